import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { defineStep, expand, pass, reject, stepSpec } from "../step/mod.ts";
import { z } from "zod";
import {
  askTask,
  hashAnswer,
  inFolder,
  modelDouble,
  numbered,
  registryOf,
  rowsStep,
  rowStep,
  runIn,
  runText,
  sortStep,
  stageRows,
  testPipeline,
} from "./_run_double.ts";
import { planRun } from "./plan_run.ts";

/** A row step that notes its name, as late as it likes. */
function noting(name: string, adds: Readonly<Record<string, "string">> = { by: "string" }) {
  const column = Object.keys(adds)[0]!;
  return rowStep(async (row) => {
    for (let turn = 0; turn < Number(row.n) * 7 % 5; turn++) await Promise.resolve();
    return pass({ ...row, [column]: name });
  }, { adds });
}

Deno.test("route by cases sends a row to the first case that holds, and rejects it where none does", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(9)), {
        route: {
          cases: [{ when: "n < 3", to: ["low"] }, { when: "n < 5", to: ["low", "mid"] }, {
            when: "n == 8",
            to: ["mid"],
          }],
        },
      })
      .step("low", noting("low"), { from: "read", stage: "low" })
      .step("mid", noting("mid"), { from: "read", stage: "mid" })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.status, summary.rows.rejected], ["done", { no_route: 3 }]);
    assertEquals((await stageRows(summary, "low")).map(({ n }) => n), [0, 1, 2, 3, 4]);
    assertEquals((await stageRows(summary, "mid")).map(({ n }) => n), [3, 4, 8]);
    assertEquals(summary.steps[0]!.routed, { low: 5, mid: 3 });
  }));

Deno.test("route by sampling draws n of m readers for each row, by row and seed alone", () =>
  inFolder(async (folder) => {
    const build = (seed: number) =>
      testPipeline({ seed })
        .step("read", rowsStep(numbered(300)), { route: { sample: 2, weights: { c: 4 } } })
        .step("a", noting("a"), { from: "read" })
        .step("b", noting("b"), { from: "read" })
        .step("c", noting("c"), { from: "read" })
        .step("all", rowStep((row) => pass(row)), { from: ["a", "b", "c"], stage: "all" })
        .build();
    const summary = await runIn(folder, build(7));
    const rows = await stageRows(summary, "all");
    const by = new Map<number, string[]>();
    for (const { n, by: name } of rows) by.set(Number(n), [...by.get(Number(n)) ?? [], String(name)]);
    assertEquals([rows.length, new Set([...by.values()].map((names) => new Set(names).size))], [
      600,
      new Set([2]),
    ]);
    const { a, b, c } = summary.steps[0]!.routed as Record<string, number>;
    assert(c! > 250 && Math.abs(a! - b!) < 70, `${a} ${b} ${c}`);
    const other = await stageRows(await runIn(folder, build(8)), "all");
    assert(JSON.stringify(other) !== JSON.stringify(rows));
  }));

Deno.test("route by provider sends a row to the steps that ask the one that it names", () =>
  inFolder(async (folder) => {
    const rows = [{ prompt: "a", model: "teacher" }, { prompt: "b", model: "second" }, {
      prompt: "c",
      model: "third",
    }];
    const pipeline = testPipeline()
      .step("read", rowsStep(rows), { route: { provider: "model" } })
      .step("ask", stepSpec(askTask), { from: "read", provider: "teacher", stage: "first" })
      .step("ask2", stepSpec(askTask), { from: "read", provider: "second", stage: "second" })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals(summary.rows.failed, { "step.expression": 1 });
    assertEquals((await stageRows(summary, "first")).map(({ prompt }) => prompt), ["a"]);
    assertEquals((await stageRows(summary, "second")).map(({ prompt }) => prompt), ["b"]);
    const [line] = (await runText(summary, "failures.jsonl")).split("\n");
    assertEquals(JSON.parse(line!).hint, "One of: teacher, second");
  }));

Deno.test("when lets rows pass a step by, with null in what it adds and in their place", () =>
  inFolder(async (folder) => {
    const written: unknown[] = [];
    const sink = stepSpec(defineStep({
      kind: "sink",
      name: "memo",
      version: 1,
      summary: "Notes rows",
      config: z.strictObject({}),
      columns: () => ({}),
      open: () => ({ write: ({ n }) => void written.push(n), close: () => Promise.resolve({ files: [] }) }),
    }));
    const batch = stepSpec(defineStep({
      kind: "batch",
      name: "batch",
      version: 1,
      summary: "Adds the number of rows in a batch",
      config: z.strictObject({}),
      columns: () => ({ adds: { size: "number" } }),
      batchSize: () => 3,
      open: () => ({
        process: (rows) => Promise.resolve(rows.map((row) => pass({ ...row, size: rows.length }))),
      }),
    }));
    const model = modelDouble();
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(8)))
      .step("ask", stepSpec(askTask, { n: 2 }), { provider: "teacher", when: "n >= 6" })
      .step(
        "count",
        rowStep((row) => pass({ ...row, seen: true }), { kind: "ordered", adds: { seen: "boolean" } }),
        { when: "n % 2 == 0" },
      )
      .step("batch", batch, { when: "n != 1" })
      .step("sink", sink, { when: "n > 3 && answer != null", stage: "out" })
      .build();
    const summary = await runIn(folder, pipeline, model);
    assertEquals([summary.status, summary.rows.kept, model.calls.length], ["done", 10, 2]);
    const rows = await stageRows(summary, "out");
    assertEquals(rows.map(({ n, seen, size, answer }) => [n, seen, size, answer === null]), [
      [0, true, 3, true],
      [1, null, null, true],
      [2, true, 3, true],
      [3, null, 3, true],
      [4, true, 3, true],
      [5, null, 3, true],
      [6, true, 3, false],
      [6, true, 3, false],
      [7, null, 3, false],
      [7, null, 3, false],
    ]);
    assertEquals(written, [6, 6, 7, 7]);
    assertEquals(summary.steps.map(({ skipped = 0 }) => skipped), [0, 6, 5, 1, 6]);
  }));

Deno.test("a condition that cannot be evaluated fails its row, and one that is no condition does as well", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep([{ n: 1 }, { n: null }, { n: 3 }]))
      .step("one", rowStep((row) => pass(row)), { when: "n > 2" })
      .step("two", rowStep((row) => pass(row)), { when: "n + 1" })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals(summary.steps.map(({ failed }) => failed), [{}, { "step.expression": 1 }, {
      "step.expression": 2,
    }]);
  }));

Deno.test("join makes one row of the branches of a row, by lineage, whatever branches do to rows", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(6)))
      .step("a", stepSpec(askTask, { n: 2 }), { from: "read", provider: "teacher" })
      .step(
        "b",
        rowStep((row) => Number(row.n) === 4 ? reject("no") : pass({ ...row, b: 1 }), {
          adds: { b: "number" },
        }),
        { from: "read" },
      )
      .step(
        "c",
        rowStep((row) => Number(row.n) === 2 ? expand([]) : pass({ ...row, answer: "c" }), {
          adds: { answer: "string" },
        }),
        { from: "read" },
      )
      .step("side", rowStep((row) => pass(row)), { from: "read" })
      .step("both", rowStep((row) => pass(row)), {
        from: ["c", "a", "b"],
        join: { lists: ["answer"] },
        stage: "both",
      })
      .build();
    const summary = await runIn(folder, pipeline);
    const rows = await stageRows(summary, "both");
    assertEquals(summary.rows.rejected, { branch_missing: 2, no: 1, no_output: 1 });
    assertEquals(rows.map(({ n }) => n), [0, 1, 3, 5]);
    for (const { n, answer, b } of rows) {
      const asked = await Promise.all([0, 1].map(async (index) => {
        const request = { messages: [{ role: "user", content: `question ${n}` }] };
        return (await hashAnswer({ request, sampleIndexes: [index] } as never)).choices[0]!.content;
      }));
      assertEquals([answer, b], [["c", ...asked], 1]);
    }
  }));

Deno.test("join keeps what there is, fails where branches disagree, or takes the first", () =>
  inFolder(async (folder) => {
    const build = (join: { readonly missing?: "keep"; readonly on_conflict?: "first" }) =>
      testPipeline()
        .step("read", rowsStep(numbered(3)))
        .step(
          "a",
          rowStep((row) => Number(row.n) === 1 ? reject("no") : pass({ ...row, x: "a" }), {
            adds: { x: "string" },
          }),
          { from: "read" },
        )
        .step(
          "b",
          rowStep((row) => pass({ ...row, x: Number(row.n) === 2 ? "a" : "b", y: 1 }), {
            adds: { x: "string", y: "number" },
          }),
          { from: "read" },
        )
        .step("both", rowStep((row) => pass(row)), {
          from: ["a", "b"],
          join,
          stage: "both",
          max_failure_rate: 1,
        })
        .build();
    const strict = await runIn(folder, build({}));
    assertEquals([strict.rows.failed, strict.rows.rejected], [{ "step.join_conflict": 1 }, {
      branch_missing: 1,
      no: 1,
    }]);
    const { message } = JSON.parse((await runText(strict, "failures.jsonl")).split("\n")[0]!);
    assertEquals(
      message,
      'Step "both" joins rows that disagree on the column "x": "a" in "a", "b" in "b"',
    );
    const loose = await runIn(folder, build({ missing: "keep", on_conflict: "first" }));
    assertEquals((await stageRows(loose, "both")).map(({ n, x, y }) => [n, x, y]), [
      [0, "a", 1],
      [1, "b", 1],
      [2, "a", 1],
    ]);
  }));

Deno.test("routes and joins nest: a sample of two out of three models, put together as lists", () =>
  inFolder(async (folder) => {
    const build = (concurrency: number) =>
      testPipeline({ concurrency })
        .step("read", rowsStep(numbered(40)), { route: { sample: 2 } })
        .step("m1", noting("m1", { model: "string" }), { from: "read" })
        .step("m2", noting("m2", { model: "string" }), { from: "read" })
        .step("m3", noting("m3", { model: "string" }), {
          from: "read",
          route: { cases: [{ when: "n % 2 == 0", to: ["even"] }], otherwise: ["odd"] },
        })
        .step("even", noting("even"), { from: "m3" })
        .step("odd", noting("odd"), { from: "m3" })
        .step("third", rowStep((row) => pass(row)), { from: ["even", "odd"], join: {} })
        .step("all", rowStep((row) => pass(row)), {
          from: ["m1", "m2", "third"],
          join: { lists: ["model"] },
          stage: "all",
        })
        .build();
    const summaries = [];
    for (const concurrency of [1, 16, 256]) {
      summaries.push(await runIn(`${folder}/${concurrency}`, build(concurrency)));
    }
    const [rows, ...others] = await Promise.all(summaries.map((summary) => stageRows(summary, "all")));
    assertEquals(others, [rows, rows]);
    assertEquals(rows!.length, 40);
    assert(
      rows!.every(({ n, model, by }) =>
        (model as string[]).length === 2 &&
        ((model as string[]).includes("m3") ? by === (Number(n) % 2 === 0 ? "even" : "odd") : by === null)
      ),
    );
  }));

Deno.test("routes, conditions and joins give what a plain loop over the rows gives", async () => {
  const chance = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 0, max: 30 }),
        a: chance,
        b: chance,
        skip: chance,
        drop: chance,
        twice: chance,
      }),
      ({ rows, a, b, skip, drop, twice }) =>
        inFolder(async (folder) => {
          const pipeline = testPipeline()
            .step("read", rowsStep([...numbered(rows), { n: 99, prompt: "" }]), {
              route: { cases: [{ when: `n % ${a + b} < ${a}`, to: ["left"] }], otherwise: ["left", "right"] },
            })
            .step(
              "left",
              rowStep(
                (row) =>
                  Number(row.n) % (drop + 1) === 1 ? reject("odd") : pass({ ...row, l: Number(row.n) }),
                { adds: { l: "number" } },
              ),
              { from: "read", when: `n % ${skip + 1} != 0` },
            )
            .step(
              "right",
              rowStep((row) =>
                Number(row.n) % twice === 0
                  ? expand([pass({ ...row, r: 1 }), pass({ ...row, r: 2 })])
                  : pass({ ...row, r: 0 }), { adds: { r: "number" } }),
              { from: "read" },
            )
            .step(
              "both",
              rowStep((row) =>
                pass(row)
              ),
              {
                from: ["left", "right"],
                join: { lists: ["r"], missing: "keep" },
                stage: "both",
              },
            )
            .build();
          const found = await stageRows(await runIn(folder, pipeline), "both");
          const expected = [...numbered(rows), { n: 99, prompt: "" }].flatMap((row) => {
            const n = Number(row.n);
            const goesRight = n % (a + b) >= a;
            const left = n % (skip + 1) === 0 ? { l: null } : n % (drop + 1) === 1 ? undefined : { l: n };
            const right = !goesRight ? [] : n % twice === 0 ? [1, 2] : [0];
            return left === undefined && right.length === 0 ? [] : [{ n, l: left?.l ?? null, r: right }];
          });
          assertEquals(
            found.map(({ n, l, r }) => ({ n, l, r })),
            expected.map(({ n, l, r }) => ({ n, l, r })),
          );
        }),
    ),
    { numRuns: 25 },
  );
});

Deno.test("mistakes in when, route and join are found before anything runs", async () => {
  const read = rowsStep([{ n: 1 }]);
  const step = rowStep((row) => pass(row));
  const two = (route: object) =>
    testPipeline().step("read", read, { route: route as never }).step("a", step, { from: "read" }).step(
      "b",
      step,
      { from: "read" },
    );
  const plans = {
    unknownColumn: testPipeline().step("read", read).step("a", step, { when: "m > 1" }),
    source: testPipeline().step("read", read, { when: "n > 1" }),
    global: testPipeline().step("read", read).step("a", sortStep("n"), { when: "n > 1" }),
    syntax: testPipeline().step("read", read).step("a", step, { when: "n >" }),
    noReader: testPipeline().step("read", read, { route: { sample: 1 } }).step("a", step),
    unknownTarget: two({ cases: [{ when: "n > 1", to: ["c"] }], otherwise: ["a", "b"] }),
    left: two({ cases: [{ when: "n > 1", to: ["a"] }] }),
    sample: two({ sample: 3 }),
    weights: two({ sample: 1, weights: { c: 1 } }),
    provider: two({ provider: "n" }),
    joinOne: testPipeline().step("read", read).step("a", step, { join: {} }),
    joinApart: testPipeline().step("read", read).step("other", read).step("a", step, {
      from: ["read", "other"],
      join: {},
    }),
    joinGlobal: testPipeline().step("read", read).step("a", sortStep("n"), { from: "read" }).step("b", step, {
      from: "read",
    })
      .step("c", step, { from: ["a", "b"], join: {} }),
  };
  const messages: string[] = [];
  for (const pipeline of Object.values(plans)) {
    const planning = () => planRun({ pipeline: pipeline.build(), registry: registryOf(modelDouble()) });
    const { code, message } = await assertRejects(planning, FastDistillError);
    messages.push(`${code}: ${message}`);
  }
  assertEquals(messages, [
    'graph.missing_column: The expression "m > 1" of step "a" reads the column "m", and the row has none of that name; did you mean "n"?',
    'config.invalid_value: Step "read" has a condition, and it is a source: no row comes in',
    'config.invalid_value: Step "a" has a condition, and it needs all rows',
    'step.expression: Cannot read the expression as CEL, line 1, column 3, near ">": n >',
    'graph.route: Step "read" has a route, and only "a" reads it',
    'graph.route: The route of step "read" names "c", which does not read it; did you mean "a"?',
    'graph.route: The route of step "read" gives no row to "b", which reads it',
    'graph.route: Step "read" gives each row to 3 steps, and 2 read it: a, b',
    'graph.route: The route of step "read" names "c", which does not read it; did you mean "a"?',
    'graph.route: Step "read" routes rows by provider, and "a", which reads it, asks none',
    'graph.join: Step "a" joins read: a join reads at least two steps',
    'graph.join: Step "a" joins read, other: their rows do not stem from one step',
    'graph.join: Step "c" joins a, b: "a" stands in between and gives rows another order',
  ]);
});
