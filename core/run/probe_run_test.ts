import { setImmediate } from "node:timers";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { type Row, sha256 } from "../record/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import { expand, pass, reject, stepSpec } from "../step/mod.ts";
import {
  askTask,
  hashAnswer,
  inFolder,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  sortStep,
  testPipeline,
} from "./_run_double.ts";
import { probeRun, type RunProbe } from "./probe_run.ts";
import { runPipeline } from "./start_run.ts";

const numbered = (count: number, seed = 0): readonly Row[] =>
  Array.from({ length: count }, (_, n) => ({ n, prompt: `question ${seed}/${n}` }));

/** A number from 0 to 1 that a text decides on. */
const chanceOf = (text: string) => parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32;

/** A model double whose answers cost as much as the prompt decides, some ten times as much as others. */
const skewedModel = () =>
  modelDouble({
    answer: async (call) => {
      const tokens = Math.ceil(20 * Math.exp(2.3 * chanceOf(String(call.request.messages[0]!.content))));
      const usage = { input_tokens: 10, output_tokens: tokens * call.sampleIndexes.length };
      return { ...await hashAnswer(call), usage };
    },
  });

function pipelineOf(rows: number, seed = 0) {
  return testPipeline({ price: true, concurrency: 4 })
    .step("read", rowsStep(numbered(rows, seed)))
    .step("two", rowStep((row) => expand([pass({ ...row, copy: 0 }), pass({ ...row, copy: 1 })])))
    .step("ask", stepSpec(askTask, {}), { provider: "teacher" })
    .step("good", rowStep((row) => chanceOf(`${row.answer}/${row.copy}`) < 0.6 ? pass(row) : reject("poor")))
    .step("sorted", sortStep("answer"))
    .build();
}

Deno.test("probeRun() runs some rows for real, records their effects, and writes nothing else", () =>
  inFolder(async (runsDir) => {
    const model = skewedModel();
    const options = { pipeline: pipelineOf(50), registry: registryOf(model), runsDir };
    const probe = await probeRun({ ...options, rows: 10 });
    assertEquals(probe.sources, [{ step: "read", rows: 50, probed: 10 }]);
    assertEquals(model.calls.length, 10); // Both copies of a row ask the same.
    const left = [...Deno.readDirSync(runsDir)].map(({ name }) => name.replace(/-(wal|shm)$/, ""));
    assertEquals([...new Set(left)], ["effects.sqlite"]);
    const again = await probeRun({ ...options, rows: 10 });
    assertEquals([model.calls.length, again.probe.spent_usd], [10, 0]);
    assertEquals([again.cost_usd, again.tokens, again.kept], [probe.cost_usd, probe.tokens, probe.kept]);
    assert(probe.probe.spent_usd > 0 && Math.abs(probe.probe.cost_usd! - probe.probe.spent_usd) < 1e-12);
    await runPipeline(options);
    assertEquals(model.calls.length, 50);
  }));

Deno.test("probeRun() of every row says what the run comes to", () =>
  inFolder(async (runsDir) => {
    const options = { pipeline: pipelineOf(12), registry: registryOf(skewedModel()), runsDir };
    const { cost_usd, tokens, kept } = await probeRun({ ...options, rows: 12 });
    const summary = await runPipeline({ ...options, runsDir: `${runsDir}/fresh` });
    assertEquals([kept.p10, kept.p90], [summary.rows.kept, summary.rows.kept]);
    assertEquals(Math.round(cost_usd!.p50 * 1e9), Math.round(summary.spent_usd * 1e9));
    assertEquals(tokens.p50, Math.round(summary.spent_usd * 1e6));
  }));

Deno.test("probeRun() draws its rows where it is told to, the same ones each time", () =>
  inFolder(async (runsDir) => {
    const model = skewedModel();
    const options = {
      pipeline: pipelineOf(500),
      registry: registryOf(model),
      runsDir,
      rows: 5,
      isRandom: true,
    };
    await probeRun(options);
    const asked = model.calls.map(({ request }) => String(request.messages[0]!.content));
    assert(asked.some((prompt) => Number(prompt.split("/")[1]) > 50), asked.join());
    await probeRun(options);
    assertEquals(model.calls.length, 5);
  }));

Deno.test("probeRun() refuses a source that cannot count, unless a limit says how many rows", () =>
  inFolder(async (runsDir) => {
    const pipeline = testPipeline().step("read", rowsStep(numbered(9), { isCounted: false })).build();
    const options = { pipeline, registry: registryOf(modelDouble()), runsDir, rows: 3 };
    const error = await assertRejects(() => probeRun(options), FastDistillError, "cannot count its rows");
    assertEquals(error.code, "config.usage");
    assertEquals((await probeRun({ ...options, limit: 6 })).kept.p50, 6);
    await assertRejects(() => probeRun({ ...options, rows: 1 }), RangeError, "at least two rows");
  }));

Deno.test("probeRun() ends where the budget ends", () =>
  inFolder(async (runsDir) => {
    const pipeline = testPipeline({ budget: { requests: 2 } })
      .step("read", rowsStep(numbered(9)))
      .step("ask", stepSpec(askTask, {}), { provider: "teacher" })
      .build();
    const error = await assertRejects(
      () => probeRun({ pipeline, registry: registryOf(modelDouble()), runsDir, rows: 5 }),
      FastDistillError,
    );
    assertEquals(error.code, "budget.exhausted");
  }));

// With 40 trials of money, tokens and rows and 20 of wall time, 34 of 40 (85 %) each and 19 of 20 were covered.
Deno.test("probeRun() covers what the run comes to in most of 24 trials", () =>
  inFolder(async (folder) => {
    const covered = { cost_usd: 0, tokens: 0, kept: 0 };
    for (let trial = 0; trial < 24; trial++) {
      const options = { pipeline: pipelineOf(120, trial), registry: registryOf(skewedModel()) };
      const probe = await probeRun({ ...options, runsDir: `${folder}/probe-${trial}`, rows: 20 });
      const { spent_usd, rows } = await runPipeline({ ...options, runsDir: `${folder}/run-${trial}` });
      const truth = { cost_usd: spent_usd, tokens: spent_usd * 1e6, kept: rows.kept };
      for (const name of ["cost_usd", "tokens", "kept"] as const) {
        if (holds(probe[name]!, truth[name])) covered[name]++;
      }
    }
    assert(Object.values(covered).every((count) => count >= 17), JSON.stringify(covered));
  }));

Deno.test("probeRun() covers the wall time of a run on a virtual clock in most of 10 trials", () =>
  inFolder(async (folder) => {
    let covered = 0;
    for (let trial = 0; trial < 10; trial++) {
      const clock = virtualClock();
      const model = modelDouble({
        answer: async (call) => {
          await clock.sleep(
            50 * Math.exp(2 * chanceOf(String(call.request.messages[0]!.content))),
            call.signal,
          );
          return await hashAnswer(call);
        },
      });
      const options = { pipeline: pipelineOf(120, trial), registry: registryOf(model), clock };
      const probe = await probeRun({ ...options, runsDir: `${folder}/probe-${trial}`, rows: 20 });
      const { elapsed_ms } = await runPipeline({ ...options, runsDir: `${folder}/run-${trial}` });
      if (holds(probe.wall_ms, elapsed_ms)) covered++;
    }
    assert(covered >= 7, `covered ${covered} of 10`);
  }));

function holds(interval: RunProbe["kept"], truth: number): boolean {
  return interval.p10 - 1e-9 <= truth && truth <= interval.p90 + 1e-9;
}

/** A clock that goes on to the next sleeper whenever nothing else is left to do. */
function virtualClock(): Clock {
  let now = 0;
  let isWaking = false;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const wakeNext = async () => {
    isWaking = true;
    while (sleepers.length > 0) {
      for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      sleepers.sort((a, b) => a.at - b.at);
      const next = sleepers.shift();
      if (next === undefined) break;
      now = Math.max(now, next.at);
      next.wake();
    }
    isWaking = false;
  };
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        const at = sleepers.indexOf(sleeper);
        if (at !== -1) sleepers.splice(at, 1);
        reject(signal.reason);
      }, { once: true });
      if (!isWaking) void wakeNext();
      return promise;
    },
  };
}

Deno.test("probeRun() forecasts a run with a target for as many source rows as it takes by the probe", () =>
  inFolder(async (runsDir) => {
    const build = (accepted: number) =>
      testPipeline({ target: { accepted } })
        .step("read", rowsStep(numbered(1_000)))
        .step("ask", stepSpec(askTask, {}), { provider: "teacher" })
        .step("good", rowStep((row) => Number(row.n) % 2 === 0 ? pass(row) : reject("odd")))
        .build();
    const options = { registry: registryOf(skewedModel()), runsDir, rows: 20 };
    const few = await probeRun({ ...options, pipeline: build(50) });
    assertEquals(few.target, { wanted: 50, candidates: 100 });
    assert(few.kept.p10 <= 50 && few.kept.p90 >= 50, JSON.stringify(few.kept));
    const all = await probeRun({ ...options, pipeline: build(900) });
    assertEquals(all.target, { wanted: 900, candidates: 1_000 });
  }));
