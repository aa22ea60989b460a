import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import type { LoadedPipeline, TargetConfig } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { ChatCall, ChatCompletion } from "../provider/mod.ts";
import { type Row, sha256 } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { soon } from "../runtime/mod.ts";
import { defineStep, expand, pass, reject, stepSpec } from "../step/mod.ts";
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

/** A number from 0 to 1 that depends on a row alone. */
function chance(row: Row, of: string): number {
  return parseInt(sha256(`${of}/${row.n}/${row.answer}`).slice(0, 6), 16) / 0x1000000;
}

/** Rejects a share of the rows, as late as it likes. */
function accepting(share: number, of = "accept") {
  return rowStep(async (row) => {
    for (let turns = Math.floor(chance(row, "turns") * 6); turns > 0; turns--) await Promise.resolve();
    return chance(row, of) < share ? pass(row) : reject("unwanted");
  });
}

/** Answers late, and in another order each time: only the content depends on the call. */
async function unevenAnswer(call: ChatCall): Promise<ChatCompletion> {
  for (let turns = Math.floor(Math.random() * 6); turns >= 0; turns--) await new Promise<void>(soon);
  return await hashAnswer(call);
}

const uneven = () => modelDouble({ answer: unevenAnswer });
const ask = stepSpec(askTask, {});

/** Rejects every second row of each remainder, in order. Opened anew for each pipeline. */
function firstOf(modulus: number) {
  const seen = new Map<number, number>();
  return rowStep((row) => {
    const key = Number(row.n) % modulus;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times % 2 === 1 ? pass(row) : reject("duplicate");
  }, { kind: "ordered" });
}

/** Everything that a run writes and that must not depend on luck, by path. */
async function outputsOf(run: RunSummary): Promise<Readonly<Record<string, string>>> {
  const paths = run.files.filter(({ role, name }) =>
    role === "stage" || role === "ledger" || role === "failures" || role === "export" || name === "quality"
  ).map(({ path }) => path);
  const texts = await Promise.all(
    paths.map(async (path) => [path, await runText(run, path)] as const),
  );
  return Object.fromEntries(texts);
}

const wanted = (accepted: number, more: Partial<TargetConfig> = {}): TargetConfig => ({ accepted, ...more });

Deno.test("runPipeline() ends once exactly as many rows as the target wants were accepted, a prefix of all", () =>
  inFolder(async (folder) => {
    const build = (target?: TargetConfig) =>
      testPipeline({ concurrency: 8, ...(target === undefined ? {} : { target }) })
        .step("read", rowsStep(numbered(400)))
        .step("ask", ask, { provider: "teacher" })
        .step("judge", accepting(0.4), { stage: "good" })
        .build();
    const whole = await runIn(`${folder}/whole`, build(), uneven());
    const model = uneven();
    const run = await runIn(`${folder}/target`, build(wanted(50)), model);
    const all = await stageRows(whole, "good");
    assertEquals(await stageRows(run, "good"), all.slice(0, 50));
    assertEquals([run.status, run.partial, run.rows.kept], ["done", false, 50]);
    const candidates = Number(all[49]!.n) + 1;
    const { overshoot, ...target } = run.target!;
    assertEquals(target, { wanted: 50, accepted: 50, candidates, reached: true });
    assertEquals([run.rows.read, run.rows.rejected], [candidates, { unwanted: candidates - 50 }]);
    assert(model.calls.length <= candidates + overshoot);
    assert(overshoot < candidates / 2, `${overshoot} source rows were begun in vain`);
  }));

Deno.test("runPipeline() with a target comes to the same bytes at any concurrency", () =>
  inFolder(async (folder) => {
    const build = (concurrency: number) =>
      testPipeline({ concurrency, target: wanted(120, { stage: "good" }) })
        .step("read", rowsStep(numbered(2_000)), { stage: "questions" })
        .step("first", firstOf(700), { stage: "unique" })
        .step("ask", stepSpec(askTask, { n: 2 }), { provider: "teacher" })
        .step("judge", accepting(0.3), { stage: "good" })
        .step("more", stepSpec(askTask, {}), { provider: "second" })
        .step("last", accepting(0.5, "last"), { stage: "out" })
        .build();
    const runs = await Promise.all(
      [1, 16, 256].map((concurrency) => runIn(`${folder}/${concurrency}`, build(concurrency), uneven())),
    );
    const [one, ...others] = await Promise.all(runs.map(outputsOf));
    for (const other of others) assertEquals(other, one);
    assertEquals(runs.map(({ stages }) => stages.find(({ stage }) => stage === "good")!.count), [
      120,
      120,
      120,
    ]);
    for (const { target } of runs) assertEquals(target!.candidates, runs[0]!.target!.candidates);
  }));

Deno.test("runPipeline() sheds what the last source row expanded into beyond the target, each with a line", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline({ target: wanted(10) })
      .step("read", rowsStep(numbered(50)))
      .step(
        "spread",
        rowStep((row) => expand([0, 1, 2, 3].map((part) => pass({ ...row, part }))), {
          adds: { part: "number" },
        }),
        { stage: "out" },
      )
      .build();
    const run = await runIn(folder, pipeline);
    assertEquals([run.status, run.rows.kept, run.rows.shed, run.partial], ["done", 10, { target: 2 }, false]);
    assertEquals((await stageRows(run, "out")).map(({ n, part }) => [n, part]).at(-1), [2, 1]);
    const shed = (await runText(run, "ledger/spread.jsonl")).split("\n").filter((line) =>
      line.includes('"shed"')
    );
    assertEquals(shed.map((line) => JSON.parse(line).reason), ["target", "target"]);
    assertEquals(run.target!.candidates, 3);
  }));

Deno.test("runPipeline() says why a target was not reached", () =>
  inFolder(async (folder) => {
    const build = (target: TargetConfig) =>
      testPipeline({ target })
        .step("read", rowsStep(numbered(60)))
        .step("judge", accepting(0.5), { stage: "good" })
        .build();
    const exhausted = await runIn(`${folder}/1`, build(wanted(50, { stage: "good" })));
    const accepted = exhausted.rows.kept;
    assertEquals(exhausted.target, {
      stage: "good",
      wanted: 50,
      accepted,
      candidates: 60,
      reached: false,
      reason: "exhausted",
      overshoot: 0,
    });
    assertEquals([exhausted.status, exhausted.error?.code, exhausted.error?.message], [
      "gate_failed",
      "gate.target_missed",
      `The target wants 50 rows of the stage "good", and ${accepted} of 60 candidates were accepted: ` +
      "the sources have no more rows",
    ]);
    const bounded = await runIn(`${folder}/2`, build(wanted(20, { max_candidates: 20 })));
    assertEquals([bounded.rows.read, bounded.target!.candidates, bounded.target!.reason], [
      20,
      20,
      "max_candidates",
    ]);
    assertEquals((await stageRows(bounded, "good")).length, bounded.target!.accepted);
    assert(bounded.error!.message.endsWith("max_candidates is 20"), bounded.error!.message);
  }));

/** A source that never ends. */
function endless() {
  return stepSpec<unknown, Row>(defineStep({
    kind: "source",
    name: "endless",
    version: 1,
    summary: "Counts for ever",
    config: z.strictObject({}),
    columns: () => ({ adds: { n: "number", prompt: "string" } }),
    open: () => ({
      rows: async function* () {
        for (let n = 0;; n++) yield { n: n % 1_000, prompt: `question ${n}` };
      },
    }),
  }));
}

Deno.test("runPipeline() takes what it needs of a source that never ends, and no more than max_candidates", () =>
  inFolder(async (folder) => {
    const build = (target: TargetConfig, share: number) =>
      testPipeline({ target })
        .step("read", endless())
        .step("ask", ask, { provider: "teacher" })
        .step("judge", accepting(share), { stage: "good" })
        .build();
    const run = await runIn(`${folder}/1`, build(wanted(30), 0.2), uneven());
    assertEquals([run.status, run.rows.kept], ["done", 30]);
    const none = await runIn(`${folder}/2`, build(wanted(30, { max_candidates: 500 }), 0), uneven());
    assertEquals([none.status, none.rows.kept, none.target!.reason, none.target!.candidates], [
      "gate_failed",
      0,
      "max_candidates",
      500,
    ]);
  }));

Deno.test("runPipeline() extends a dataset when the target is raised, without a call made twice", () =>
  inFolder(async (folder) => {
    const build = (accepted: number) =>
      testPipeline({ target: wanted(accepted) })
        .step("read", rowsStep(numbered(500)))
        .step("ask", ask, { provider: "teacher" })
        .step("judge", accepting(0.5), { stage: "good" })
        .build();
    const model = uneven();
    const small = await runIn(folder, build(40), model);
    const large = await runIn(folder, build(90), model);
    assertEquals((await stageRows(large, "good")).slice(0, 40), await stageRows(small, "good"));
    assertEquals([small.rows.kept, large.rows.kept], [40, 90]);
    const asked = model.calls.map(({ request }) => String(request.messages[0]!.content));
    assertEquals(new Set(asked).size, asked.length);
    const before = model.calls.length;
    const again = await runIn(folder, build(90), model);
    assertEquals([model.calls.length, await outputsOf(again)], [before, await outputsOf(large)]);
  }));

Deno.test("runPipeline() reads all rows where a step before the target needs them, and sheds those beyond", () =>
  inFolder(async (folder) => {
    const build = (concurrency: number) =>
      testPipeline({ concurrency, target: wanted(20, { max_candidates: 90 }) })
        .step("read", rowsStep(numbered(200)))
        .step("all", sortStep("n"), { stage: "sorted" })
        .step("ask", ask, { provider: "teacher" })
        .step("judge", accepting(0.5), { stage: "good" })
        .build();
    const model = uneven();
    const run = await runIn(`${folder}/1`, build(1), model);
    assertEquals([run.status, run.rows.read, run.rows.kept, run.target!.candidates], ["done", 90, 20, 90]);
    const shed = run.steps.find(({ step }) => step === "all")!.shed!.target!;
    assertEquals(shed, 90 - run.steps.find(({ step }) => step === "ask")!.rows_in);
    assert(model.calls.length < 60, `${model.calls.length} calls`);
    const other = await runIn(`${folder}/2`, build(64), uneven());
    assertEquals(await outputsOf(other), await outputsOf(run));
  }));

Deno.test("runPipeline() leaves rows beyond the target out of every branch", () =>
  inFolder(async (folder) => {
    const build = (concurrency: number) =>
      testPipeline({ concurrency, target: wanted(25, { stage: "good" }) })
        .step("read", rowsStep(numbered(300)))
        .step("left", ask, { provider: "teacher", from: "read" })
        .step("right", rowStep((row) => pass({ ...row, side: "right" }), { adds: { side: "string" } }), {
          from: "read",
        })
        .step("side", sortStep("n"), { from: "right", stage: "side" })
        .step("both", accepting(0.5), {
          from: ["left", "right"],
          join: { lists: [], on_conflict: "first" },
          stage: "good",
        })
        .step("after", ask, { provider: "second", stage: "after" })
        .build();
    const runs = await Promise.all(
      [1, 16, 200].map((concurrency) => runIn(`${folder}/${concurrency}`, build(concurrency), uneven())),
    );
    const [one, ...others] = await Promise.all(runs.map(outputsOf));
    for (const other of others) assertEquals(other, one);
    const { stages, target, status } = runs[2]!;
    assertEquals([status, stages.map(({ stage, count }) => [stage, count])], [
      "done",
      [["side", target!.candidates], ["good", 25], ["after", 25]],
    ]);
  }));

Deno.test("runPipeline() takes up one source after the other for a target", () =>
  inFolder(async (folder) => {
    const model = uneven();
    const pipeline = testPipeline({ target: wanted(30, { max_candidates: 45 }), concurrency: 16 })
      .step("one", rowsStep(numbered(25)))
      .step("first", ask, { provider: "teacher" })
      .step("two", rowsStep(numbered(500).map((row) => ({ ...row, n: Number(row.n) + 1_000 }))))
      .step("second", ask, { provider: "teacher" })
      .step("judge", accepting(0.9), { from: ["first", "second"], stage: "good" })
      .build();
    const run = await runIn(folder, pipeline, model);
    const { candidates, overshoot } = run.target!;
    assertEquals([run.status, run.rows.kept, run.rows.read], ["done", 30, candidates]);
    assertEquals((await stageRows(run, "good")).filter(({ n }) => Number(n) < 1_000).length > 15, true);
    assert(candidates <= 45 && overshoot <= 20, JSON.stringify(run.target));
  }));

Deno.test("runPipeline() with a target that a budget cuts short is partial, and goes on later", () =>
  inFolder(async (folder) => {
    const build = (requests: number) =>
      testPipeline({ target: wanted(40), budget: { requests } })
        .step("read", rowsStep(numbered(300)))
        .step("ask", ask, { provider: "teacher" })
        .step("judge", accepting(0.5), { stage: "good" })
        .build();
    const model = uneven();
    const cut = await runIn(folder, build(30), model);
    assertEquals([cut.status, cut.target!.reached, cut.target!.reason], [
      "budget_exhausted",
      false,
      "stopped",
    ]);
    const before = await stageRows(cut, "good");
    const run = await runIn(folder, build(1_000), model);
    assertEquals([run.run_id, run.status, run.rows.kept], [cut.run_id, "done", 40]);
    assertEquals((await stageRows(run, "good")).slice(0, before.length), before);
    const asked = model.calls.map(({ request }) => String(request.messages[0]!.content));
    assertEquals(new Set(asked).size, asked.length);
  }));

Deno.test("runPipeline() counts rows for a target that wait for a slow one in a file", () =>
  inFolder(async (folder) => {
    const build = (isSlow: boolean) => {
      const others = Promise.withResolvers<void>();
      let seen = 0;
      return testPipeline({ target: wanted(7_000, { stage: "good" }) })
        .step("read", rowsStep(numbered(9_000)))
        .step(
          "wait",
          rowStep((row) => {
            if (++seen === 6_000) others.resolve();
            return isSlow && row.n === 0 ? others.promise.then(() => pass(row)) : pass(row);
          }),
        )
        .step("judge", rowStep((row) => Number(row.n) % 10 === 3 ? reject("unwanted") : pass(row)), {
          stage: "good",
        })
        .build();
    };
    const run = await runIn(`${folder}/slow`, build(true));
    const other = await runIn(`${folder}/fast`, build(false));
    assertEquals([run.status, run.rows.kept, run.target!.candidates], [
      "done",
      7_000,
      other.target!.candidates,
    ]);
    assertEquals(await outputsOf(run), await outputsOf(other));
  }));

Deno.test("planRun() refuses a target that cannot be counted", async () => {
  const registry = registryOf(modelDouble());
  const refused = async (pipeline: LoadedPipeline) => {
    const thrown = await planRun({ registry, pipeline }).catch((error) => error);
    assert(thrown instanceof FastDistillError, String(thrown));
    return [thrown.code, thrown.message];
  };
  const two = testPipeline({ target: wanted(5) })
    .step("read", rowsStep(numbered(3)))
    .step("left", accepting(1), { from: "read" })
    .step("right", accepting(1), { from: "read" });
  assertEquals(await refused(two.build()), [
    "graph.target",
    "A target counts the rows of one step, and the pipeline ends in several: left, right",
  ]);
  const unknown = testPipeline({ target: wanted(5, { stage: "god" }) })
    .step("read", rowsStep(numbered(3)), { stage: "good" });
  assertEquals(await refused(unknown.build()), [
    "graph.unknown_stage",
    'The target counts the rows of the stage "god", and no step writes it; did you mean "good"?',
  ]);
});

const share = fc.constantFrom(0, 0.1, 0.5, 0.9, 1);
const scenario = fc.record({
  rows: fc.integer({ min: 1, max: 60 }),
  accepted: fc.integer({ min: 1, max: 40 }),
  max: fc.option(fc.integer({ min: 1, max: 70 }), { nil: undefined }),
  concurrency: fc.constantFrom(1, 3, 16),
  n: fc.integer({ min: 1, max: 3 }),
  before: share,
  after: share,
  modulus: fc.option(fc.integer({ min: 2, max: 30 }), { nil: undefined }),
  isBranched: fc.boolean(),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer One> ? One : never;

function pipelineOf(it: Scenario, target: TargetConfig | undefined): LoadedPipeline {
  const base = testPipeline({
    concurrency: it.concurrency,
    ...(target === undefined ? {} : { target }),
  });
  const read = base.step("read", rowsStep(numbered(it.rows)), { stage: "questions" })
    .step("before", accepting(it.before, "before"));
  const ordered = read.step(
    "ordered",
    it.modulus === undefined ? rowStep((row) => pass(row)) : firstOf(it.modulus),
  );
  const asked = ordered.step("ask", stepSpec(askTask, { n: it.n }), { provider: "teacher", from: "ordered" });
  const side = it.isBranched
    ? asked.step("side", accepting(0.5, "side"), { from: "ordered", stage: "side" })
    : asked;
  return side.step("judge", accepting(it.after, "after"), { from: "ask", stage: "good" })
    .step("last", accepting(0.8, "last"), { from: "judge", stage: "out" })
    .build();
}

Deno.test("a run with a target is the run over the source rows up to the last one that it needs", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, (it) =>
      inFolder(async (folder) => {
        const target = { accepted: it.accepted, max_candidates: it.max, stage: "good" };
        const run = await runIn(`${folder}/target`, pipelineOf(it, target), uneven());
        const { candidates, accepted, reached, reason } = run.target!;
        assertEquals(accepted, run.stages.find(({ stage }) => stage === "good")!.count);
        const most = Math.min(it.rows, it.max ?? Infinity);
        assertEquals(reached, accepted === it.accepted);
        if (!reached) {
          assertEquals([candidates, reason === "max_candidates"], [
            most,
            it.max !== undefined && it.max < it.rows,
          ]);
        }
        // The whole run, without a target, over exactly those candidates.
        const oracle = await runIn(
          `${folder}/whole`,
          pipelineOf({ ...it, rows: candidates }, undefined),
          uneven(),
        );
        for (const stage of ["questions", "good", ...(it.isBranched ? ["side"] : [])]) {
          const rows = await stageRows(oracle, stage);
          assertEquals(
            await stageRows(run, stage),
            stage === "good" ? rows.slice(0, it.accepted) : rows,
            stage,
          );
        }
        const trimmed = (await stageRows(oracle, "good")).length - accepted;
        assertEquals(run.rows.shed?.target ?? 0, trimmed);
        // No smaller number of candidates would have been enough.
        const fewer = candidates === 0 ? 0 : (await stageRows(oracle, "good"))
          .filter(({ n }) => Number(n) < candidates - 1).length;
        if (reached) assert(fewer < it.accepted, `${fewer} rows came from one candidate less`);
      })),
    { numRuns: 25, seed: 7 },
  );
});
