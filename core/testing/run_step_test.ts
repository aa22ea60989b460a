import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { defineStep, expand, fail, pass, reject, type StepComponent } from "../step/mod.ts";
import { MemoryEffects } from "./memory_effects.ts";
import { runStep } from "./run_step.ts";

const BASE = { version: 1, summary: "A test step", config: z.strictObject({}), columns: () => ({}) };
const ROWS = [{ n: 1 }, { n: 2 }, { n: 3 }];

Deno.test("runStep() sorts the outcomes of a row step", async () => {
  const step = defineStep({
    ...BASE,
    kind: "row",
    name: "mixed",
    open: () => ({
      process: (row) => {
        if (row.n === 1) return expand([pass({ n: 1.1 }), reject("half"), pass({ n: 1.2 })]);
        if (row.n === 2) return fail(new FastDistillError("step.parse", "No"), "raw");
        if (row.n === 3) throw new Error("oops");
        return Promise.reject(new FastDistillError("step.template", "Bad"));
      },
    }),
  });
  const run = await runStep(step, { rows: [...ROWS, { n: 4 }] });
  assertEquals(run.rows, [{ n: 1.1 }, { n: 1.2 }]);
  assertEquals(run.rejected, [{ row: { n: 1 }, reason: "half", detail: undefined }]);
  assertEquals(run.failed.map(({ error, evidence }) => [error.code, evidence]), [
    ["step.parse", "raw"],
    ["step.failed", undefined],
    ["step.template", undefined],
  ]);
  assertEquals(run.outcomes.map(({ outcome }) => outcome.kind), ["expand", "fail", "fail", "fail"]);
});

Deno.test("runStep() counts an empty expansion as rejected", async () => {
  const step = defineStep({
    ...BASE,
    kind: "row",
    name: "none",
    open: () => ({ process: () => expand([]) }),
  });
  assertEquals((await runStep(step, { rows: [{ n: 1 }] })).rejected[0]?.reason, "no_output");
});

Deno.test("runStep() gives an ordered step one row at a time", async () => {
  let inside = 0;
  const step = defineStep({
    ...BASE,
    kind: "ordered",
    name: "sums",
    open: () => {
      let sum = 0;
      return {
        process: async (row) => {
          assertEquals(++inside, 1);
          await Promise.resolve();
          inside--;
          return pass({ n: sum += row.n as number });
        },
      };
    },
  });
  assertEquals((await runStep(step, { rows: ROWS })).rows, [{ n: 1 }, { n: 3 }, { n: 6 }]);
});

Deno.test("runStep() cuts rows into batches and misses none", async () => {
  const sizes: number[] = [];
  const batches = (lose: boolean): StepComponent =>
    defineStep({
      ...BASE,
      kind: "batch",
      name: "pairs",
      batchSize: () => 2,
      open: () => ({
        process: (rows) => {
          sizes.push(rows.length);
          return Promise.resolve(rows.slice(lose ? 1 : 0).map((row) => pass(row)));
        },
      }),
    });
  assertEquals((await runStep(batches(false), { rows: ROWS })).rows, ROWS);
  assertEquals(sizes, [2, 1]);
  const error = await assertRejects(() => runStep(batches(true), { rows: ROWS }), FastDistillError);
  assertEquals(error.code, "step.lost_rows");
});

Deno.test("runStep() holds a global step to one answer per row", async () => {
  const globals = (keep: (index: number) => number): StepComponent =>
    defineStep({
      ...BASE,
      kind: "global",
      name: "backwards",
      open: () => ({
        process: async function* (rows) {
          const all = await Array.fromAsync(rows);
          for (const { rowId, row } of all.toReversed()) {
            for (let copy = 0; copy < keep(row.n as number); copy++) yield { rowId, outcome: pass(row) };
          }
        },
      }),
    });
  assertEquals((await runStep(globals(() => 1), { rows: ROWS })).rows, ROWS.toReversed());
  const lost = await assertRejects(
    () => runStep(globals((n) => n === 2 ? 0 : 1), { rows: ROWS }),
    FastDistillError,
  );
  assertEquals(lost.code, "step.lost_rows");
  const twice = await assertRejects(
    () => runStep(globals((n) => n === 2 ? 2 : 1), { rows: ROWS }),
    FastDistillError,
  );
  assertEquals(twice.code, "step.bad_output");
});

Deno.test("runStep() runs a source on its input files", async () => {
  const step = defineStep({
    ...BASE,
    kind: "source",
    name: "lines",
    inspect: async (_config, { files }) => ({
      columns: { line: "string" },
      inputs: [{ name: "in/a.txt", ...await files.fingerprint("in/a.txt") }],
    }),
    open: (_config, { files }) => ({
      rows: async function* () {
        for await (const line of files.readLines("in/a.txt")) yield { line };
      },
    }),
  });
  const run = await runStep(step, { files: { "in/a.txt": "x\ny\n" } });
  assertEquals(run.rows, [{ line: "x" }, { line: "y" }]);
  assertEquals(run.columns.after, { line: "string" });
  const error = await assertRejects(() => runStep(step), FastDistillError);
  assertEquals(error.code, "data.file_not_found");
});

Deno.test("runStep() gives back what a sink wrote, and nothing of a broken one", async () => {
  const aborted: string[] = [];
  const step = defineStep({
    ...BASE,
    kind: "sink",
    name: "writes",
    config: z.strictObject({ broken: z.boolean().default(false) }),
    open: async ({ broken }, { outputs }) => {
      const file = await outputs.create("deep/out.txt");
      return {
        write: (row) => file.write(`${row.n};`),
        close: async () => {
          if (broken) throw new Error("disk");
          const { sha256, size } = await file.commit();
          return { files: [{ path: "deep/out.txt", sha256, size, rows: 3 }] };
        },
        abort: async () => {
          aborted.push("aborted");
          await file.abort();
        },
      };
    },
  });
  const run = await runStep(step, { rows: ROWS });
  assertEquals([run.files, run.rows, run.report?.files[0]?.size], [{ "deep/out.txt": "1;2;3;" }, ROWS, 6]);
  await assertRejects(() => runStep(step, { rows: ROWS, config: { broken: true } }), Error, "disk");
  assertEquals(aborted, ["aborted"]);
});

Deno.test("runStep() performs effects once, and shares them between runs", async () => {
  const step = defineStep({
    ...BASE,
    kind: "row",
    name: "parity",
    open: () => ({
      process: async (row, { effect }) => {
        const input = { odd: (row.n as number) % 2 };
        const answer = await effect(
          { kind: "parity", version: 1, input },
          () => Promise.resolve(input.odd === 1),
        );
        return pass({ ...row, answer });
      },
    }),
  });
  const effects = new MemoryEffects();
  const first = await runStep(step, { rows: ROWS, effects });
  assertEquals(first.rows.map((row) => row.answer), [true, false, true]);
  assertEquals(first.effects, { performed: 2, reused: 1 });
  assertEquals((await runStep(step, { rows: ROWS, effects })).effects, { performed: 0, reused: 3 });
});

Deno.test("runStep() seeds random numbers by seed, step and row", async () => {
  const step = defineStep({
    ...BASE,
    kind: "row",
    name: "dice",
    open: () => ({ process: (_row, { random }) => pass({ n: random().integer(1000) }) }),
  });
  const roll = async (seed: number) => (await runStep(step, { rows: ROWS, seed })).rows.map((row) => row.n);
  assertEquals(await roll(1), await roll(1));
  assertEquals(JSON.stringify(await roll(1)) === JSON.stringify(await roll(2)), false);
  assertEquals(new Set(await roll(1)).size, 3);
});

Deno.test("runStep() refuses a wrong configuration and a missing column", async () => {
  const step = defineStep({
    ...BASE,
    kind: "row",
    name: "needs",
    config: z.strictObject({ field: z.string() }),
    columns: ({ field }) => ({ requires: [{ column: field }] }),
    open: () => ({ process: pass }),
  });
  const codeOf = async (config: Record<string, string | number>) =>
    (await assertRejects(() => runStep(step, { rows: ROWS, config }), FastDistillError)).code;
  assertEquals(await codeOf({ field: "n", other: 1 }), "config.unknown_key");
  assertEquals(await codeOf({ field: 1 }), "config.invalid_value");
  assertEquals(await codeOf({ field: "m" }), "graph.missing_column");
});
