import { assert, assertEquals } from "@std/assert";
import type { JsonObject, Row } from "../record/mod.ts";
import { defineTask, pass, reject, stepSpec } from "../step/mod.ts";
import { z } from "zod";
import {
  askTask,
  inFolder,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  sortStep,
  testPipeline,
} from "./_run_double.ts";
import { estimateRun } from "./estimate_run.ts";
import { runPipeline } from "./start_run.ts";

const numbered = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, n) => ({ n, prompt: `question ${n}` }));
const even = rowStep((row) => Number(row.n) % 2 === 0 ? pass(row) : reject("odd"));

/** Asks about the answer of another task. */
const judgeTask = defineTask({
  name: "judge",
  version: 1,
  promptVersion: 1,
  summary: "Asks about an answer",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "answer" }], adds: { verdict: "string" } }),
  open: () => ({
    prompt: (row) => ({ messages: [{ role: "user", content: `Is this right? ${row.answer}` }] }),
    parse: (verdict) => ({ verdict }),
  }),
});

function pipelineOf(
  rows: number,
  change: { budget?: JsonObject; price?: boolean; isCounted?: boolean } = {},
) {
  const { isCounted = true, ...rest } = change;
  return testPipeline({ price: true, ...rest })
    .step("read", rowsStep(numbered(rows), { isCounted }))
    .step("even", even)
    .step("ask", stepSpec(askTask, { n: 2, max_tokens: 100 }), { provider: "teacher" })
    .step("judge", stepSpec(judgeTask, {}), { provider: "teacher", stage: "out" })
    .build();
}

Deno.test("estimateRun() calls nothing and writes nothing", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const runsDir = `${folder}/runs`;
    await estimateRun({ pipeline: pipelineOf(10), registry: registryOf(model), runsDir });
    assertEquals([model.calls.length, [...Deno.readDirSync(folder)]], [0, []]);
  }));

Deno.test("estimateRun() is exact up to the first model where every row is sampled", () =>
  inFolder(async (runsDir) => {
    const options = { pipeline: pipelineOf(10), registry: registryOf(modelDouble()), runsDir };
    const { sources, rows, tasks, total, unpriced } = await estimateRun(options);
    assertEquals(sources, [{ step: "read", rows: 10, sampled: 10 }]);
    assertEquals(rows.map(({ step, rows_in, basis }) => [step, rows_in, basis]), [
      ["read", 10, "exact"],
      ["even", 10, "exact"],
      ["ask", 5, "exact"],
      ["judge", 10, "at_most"],
    ]);
    const [ask, judge] = tasks;
    // "user", "question", " 0", and six tokens of the chat's format.
    assertEquals([ask!.calls, ask!.recorded, ask!.prompts, ask!.prompt_tokens], [10, 0, 5, 10]);
    assertEquals([ask!.input_tokens, ask!.output_tokens_max, ask!.cost_usd_max], [50, 1000, 0.00105]);
    assertEquals([judge!.calls, judge!.prompts, judge!.is_limited, judge!.max_tokens], [10, 0, false, 4096]);
    assert(judge!.prompt_tokens! > 100 && judge!.prompt_tokens! < 120, String(judge!.prompt_tokens));
    assertEquals([total.calls, total.output_tokens_max, unpriced], [20, 1000 + 10 * 4096, []]);
  }));

Deno.test("estimateRun() scales a sample up, the same one each time, and says so", () =>
  inFolder(async (runsDir) => {
    const options = { pipeline: pipelineOf(1000), registry: registryOf(modelDouble()), runsDir, sample: 100 };
    const estimate = await estimateRun(options);
    const [ask] = estimate.tasks;
    assertEquals(estimate.sources, [{ step: "read", rows: 1000, sampled: 100 }]);
    assertEquals([ask!.basis, ask!.calls > 700 && ask!.calls < 1300], ["estimate", true]);
    assertEquals(await estimateRun(options), estimate);
  }));

Deno.test("estimateRun() after a run finds every call recorded and nothing to pay", () =>
  inFolder(async (runsDir) => {
    const options = { pipeline: pipelineOf(10), registry: registryOf(modelDouble()), runsDir };
    const summary = await runPipeline(options);
    const { total, tasks, run_id, rows } = await estimateRun(options);
    assertEquals([total.calls, total.recorded, total.cost_usd_max], [20, 20, 0]);
    assertEquals([tasks[1]!.basis, run_id], ["exact", summary.run_id]);
    assertEquals(rows.at(-1)!.rows_out, summary.rows.kept);
    assertEquals(summary.calls.performed, total.calls);
  }));

Deno.test("estimateRun() after a part of the run counts what is left", () =>
  inFolder(async (runsDir) => {
    const options = { pipeline: pipelineOf(10), registry: registryOf(modelDouble()), runsDir };
    const model = modelDouble();
    await runPipeline({ ...options, registry: registryOf(model), limit: 4 });
    const { tasks } = await estimateRun(options);
    assertEquals(tasks.map(({ calls, recorded }) => [calls, recorded]), [[10, 4], [10, 4]]);
    assertEquals((await estimateRun({ ...options, limit: 4 })).total.recorded, 8);
  }));

Deno.test("estimateRun() holds the worst case against each limit of the budget", () =>
  inFolder(async (runsDir) => {
    const verdicts = async (budget: JsonObject, price = true) => {
      const pipeline = pipelineOf(10, { budget, price });
      const { budget: found } = await estimateRun({ pipeline, registry: registryOf(modelDouble()), runsDir });
      return found.map(({ of, verdict }) => `${of} ${verdict}`);
    };
    assertEquals(await verdicts({ usd: 1, tokens: 100_000, requests: 20 }), [
      "usd fits",
      "tokens fits",
      "requests fits",
    ]);
    assertEquals(await verdicts({ usd: 0.02, tokens: 2_000 }), ["usd may_exceed", "tokens may_exceed"]);
    assertEquals(await verdicts({ usd: 0.0001, tokens: 20 }), ["usd exceeds", "tokens exceeds"]);
    assertEquals(await verdicts({ requests: 19 }, false), ["requests may_exceed"]);
  }));

Deno.test("estimateRun() says which provider has no price, and that a source cannot count", () =>
  inFolder(async (runsDir) => {
    const pipeline = pipelineOf(50, { price: false, isCounted: false });
    const base = { pipeline, registry: registryOf(modelDouble()), runsDir };
    const part = await estimateRun({ ...base, sample: 10 });
    assertEquals(part.sources, [{ step: "read", rows: null, sampled: 10 }]);
    assertEquals([part.tasks[0]!.basis, part.tasks[0]!.calls], ["at_least", 10]);
    assertEquals([part.unpriced, part.total.cost_usd_max], [["teacher"], null]);
    const whole = await estimateRun({ ...base, sample: 100 });
    assertEquals([whole.sources[0]!.rows, whole.tasks[0]!.basis], [50, "exact"]);
  }));

Deno.test("estimateRun() leaves a prompt unknown that cannot be made of empty values", () =>
  inFolder(async (runsDir) => {
    const picky = defineTask({
      ...judgeTask.definition,
      open: () => ({
        prompt: (row) => {
          if (row.answer === "") throw new TypeError("Nothing to judge");
          return { messages: [{ role: "user", content: String(row.answer) }] };
        },
        parse: (verdict) => ({ verdict }),
      }),
    });
    const pipeline = testPipeline({ price: true, budget: { usd: 1 } })
      .step("read", rowsStep(numbered(2)))
      .step("sorted", sortStep("prompt"))
      .step("ask", stepSpec(askTask, {}), { provider: "teacher" })
      .step("judge", stepSpec(picky, {}), { provider: "teacher" })
      .build();
    const { tasks, total, budget } = await estimateRun({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir,
    });
    assertEquals(tasks.map(({ prompt_tokens }) => prompt_tokens === null), [false, true]);
    assertEquals([total.cost_usd_max, budget[0]!.verdict], [null, "unknown"]);
  }));

Deno.test("estimateRun() tells how many source rows a target takes at least, and what is done behind it", () =>
  inFolder(async (runsDir) => {
    const pipeline = testPipeline({
      price: true,
      target: { accepted: 30, max_candidates: 80, stage: "asked" },
    })
      .step("read", rowsStep(numbered(100)))
      .step("even", even)
      .step("ask", stepSpec(askTask, { n: 2, max_tokens: 100 }), { provider: "teacher", stage: "asked" })
      .step("judge", stepSpec(judgeTask, {}), { provider: "teacher", stage: "out" })
      .build();
    const { target, rows, tasks } = await estimateRun({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir,
    });
    assertEquals(rows.map(({ step, rows_in }) => [step, rows_in]), [
      ["read", 80],
      ["even", 80],
      ["ask", 40],
      ["judge", 30],
    ]);
    assertEquals(tasks.map(({ calls }) => calls), [80, 30]);
    assertEquals(target, {
      step: "ask",
      wanted: 30,
      accepted: 30,
      candidates: 30,
      candidates_max: 80,
      basis: "at_least",
      calls: 60,
    });
  }));
