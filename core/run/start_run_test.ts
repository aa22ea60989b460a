import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { expand, fail, pass, reject, stepSpec } from "../step/mod.ts";
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
import { runPipeline, startRun } from "./start_run.ts";

Deno.test("runPipeline() with a limit takes that many rows of each source, under a run id of its own", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(10)))
      .step("more", rowsStep(numbered(2)))
      .step("all", rowStep((row) => pass(row)), { from: ["read", "more"], stage: "all" })
      .build();
    const base = { pipeline, registry: registryOf(modelDouble()), runsDir: folder };
    const limited = await runPipeline({ ...base, limit: 3 });
    assertEquals([limited.status, limited.rows.read, limited.rows.kept], ["done", 5, 5]);
    assertEquals((await stageRows(limited, "all")).map(({ n }) => n), [0, 1, 2, 0, 1]);
    const ids = await Promise.all(
      [undefined, 3, 4].map(async (limit) =>
        (await planRun({ ...base, ...(limit === undefined ? {} : { limit }) })).runId
      ),
    );
    assertEquals([limited.run_id, new Set(ids).size], [ids[1], 3]);
    await assertRejects(() => planRun({ ...base, limit: 0 }), RangeError, "positive whole number");
  }));

Deno.test("RunHandle.progress() names what each step reads and how providers are used", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline().step("read", rowsStep(numbered(3))).step(
      "ask",
      stepSpec(askTask, { n: 1 }),
      {
        provider: "teacher",
      },
    ).build();
    const { progress, result } = await startRun({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir: folder,
      countSources: true,
    });
    const summary = await result;
    const { steps, providers } = progress();
    assertEquals(steps.map(({ step, inputs }) => [step, inputs]), [["read", undefined], ["ask", ["read"]]]);
    assertEquals(providers?.map(({ in_flight, waiting }) => [in_flight, waiting]), [[0, 0]]);
    assertEquals(
      summary.steps.some(({ inputs, total }) => inputs !== undefined || total !== undefined),
      false,
    );
  }));

Deno.test("runPipeline() carries rows through every kind of step in canonical order", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(100)))
      .step("double", rowStep((row) => pass({ ...row, twice: Number(row.n) * 2 })))
      .step("odd", rowStep((row) => Number(row.n) % 2 === 1 ? pass(row) : reject("even")))
      .step("two", rowStep((row) => expand([pass({ ...row, copy: 0 }), pass({ ...row, copy: 1 })])))
      .step("sorted", sortStep("prompt"), { stage: "out" })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals(summary.status, "done");
    assertEquals(summary.rows, { read: 100, kept: 100, rejected: { even: 50 }, failed: {} });
    const rows = await stageRows(summary, "out");
    assertEquals(rows.length, 100);
    assertEquals(rows.map(({ prompt }) => prompt), rows.map(({ prompt }) => String(prompt)).sort());
    for (const { step, rows_in, expanded, rows_out, rejected } of summary.steps) {
      assertEquals(rows_in + expanded, rows_out + (rejected.even ?? 0), step);
    }
  }));

Deno.test("runPipeline() gives the same bytes at any concurrency, whatever finishes first", () =>
  inFolder(async (folder) => {
    const manifests: string[] = [];
    for (const concurrency of [1, 16, 256]) {
      let turn = 0;
      const model = modelDouble({
        answer: async (call) => {
          const turns = (++turn * 7919) % 13;
          for (let wait = 0; wait < turns; wait++) await new Promise((resolve) => setImmediateSoon(resolve));
          return await hashAnswer(call);
        },
      });
      const pipeline = testPipeline({ concurrency })
        .step("read", rowsStep(numbered(200)))
        .step("ask", stepSpec(askTask, { n: 3 }), { provider: "teacher" })
        .step("first", firstOfEach("answer"), { stage: "out" })
        .build();
      const summary = await runIn(`${folder}/${concurrency}`, pipeline, model);
      assertEquals([summary.status, summary.rows.kept, model.calls.length], ["done", 600, 200]);
      manifests.push(await runText(summary, "stages/out/manifest.json"));
      manifests.push(await runText(summary, "ledger/first.jsonl"));
      manifests.push(await runText(summary, "reports/quality.json"));
      for (const path of ["effects/ask.jsonl", "made/ask.jsonl", "stages/out.txt"]) {
        manifests.push(await runText(summary, `lineage/${path}`));
      }
    }
    assertEquals(manifests.slice(0, 6), manifests.slice(6, 12));
    assertEquals(manifests.slice(0, 6), manifests.slice(12, 18));
  }));

function setImmediateSoon(callback: (value: unknown) => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    channel.port1.close();
    callback(undefined);
  };
  channel.port2.postMessage(0);
}

function firstOfEach(column: string) {
  const seen = new Set<unknown>();
  return rowStep((row) => {
    if (seen.has(row[column])) return reject("duplicate");
    seen.add(row[column]);
    return pass(row);
  }, { kind: "ordered" });
}

Deno.test("runPipeline() run twice asks nothing the second time and writes the same bytes", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const pipeline = (n: number) =>
      testPipeline({ price: true })
        .step("read", rowsStep(numbered(20)))
        .step("ask", stepSpec(askTask, { n }), { provider: "teacher", stage: "out" })
        .build();
    const first = await runIn(folder, pipeline(2), model);
    const second = await runIn(folder, pipeline(2), model);
    assertEquals([first.calls, second.calls], [{ performed: 40, reused: 0 }, { performed: 0, reused: 40 }]);
    assertEquals(first.run_id, second.run_id);
    assertEquals(
      first.files.filter(({ role }) => role === "stage"),
      second.files.filter(({ role }) => role === "stage"),
    );
    assertEquals([second.spent_usd, second.cost_usd], [0, first.cost_usd]);
    assert((first.cost_usd ?? 0) > 0);
    const third = await runIn(folder, pipeline(4), model);
    assertEquals(third.calls, { performed: 40, reused: 40 });
    assertNotEquals(third.run_id, first.run_id);
    assertEquals(model.calls.length, 40);
  }));

Deno.test("runPipeline() has equal requests share one call", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const rows = Array.from({ length: 50 }, (_, n) => ({ n, prompt: "the same" }));
    const pipeline = testPipeline()
      .step("read", rowsStep(rows))
      .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
      .build();
    const summary = await runIn(folder, pipeline, model);
    assertEquals([model.calls.length, summary.calls, summary.rows.kept], [
      1,
      { performed: 1, reused: 49 },
      50,
    ]);
  }));

Deno.test("runPipeline() ends when a filter drops every row, or the source has none", () =>
  inFolder(async (folder) => {
    for (const rows of [numbered(120), []]) {
      const pipeline = testPipeline()
        .step("read", rowsStep(rows))
        .step("none", rowStep(() => reject("unwanted")))
        .step("after", rowStep(pass))
        .step("sorted", sortStep("n"), { stage: "out" })
        .build();
      const summary = await runIn(`${folder}/${rows.length}`, pipeline);
      assertEquals([summary.status, summary.rows.kept, await stageRows(summary, "out")], ["done", 0, []]);
    }
  }));

Deno.test("runPipeline() keeps the other samples and rows when some fail", () =>
  inFolder(async (folder) => {
    const model = modelDouble({
      answer: async (call) => {
        const prompt = String(call.request.messages[0]!.content);
        if (prompt.endsWith("3")) {
          throw new FastDistillError("provider.content_filter", "Asked, and the content was refused");
        }
        const completion = await hashAnswer(call);
        if (!prompt.endsWith("5")) {
          return completion;
        }
        return {
          ...completion,
          choices: completion.choices.map((choice, at) =>
            at === 0 ? { ...choice, content: "unreadable" } : choice
          ),
        };
      },
    });
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(10)))
      .step("ask", stepSpec(askTask, { n: 2 }), { provider: "teacher", stage: "out" })
      .build();
    const summary = await runIn(folder, pipeline, model);
    assertEquals(summary.status, "done");
    assertEquals(summary.rows.failed, { "provider.content_filter": 2, "step.parse": 1 });
    assertEquals(summary.rows.kept, 17);
    const failures = (await runText(summary, "failures.jsonl")).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(failures.length, 3);
    assert(failures.some(({ evidence }) => evidence === "unreadable"));
  }));

Deno.test("runPipeline() says that it failed when more rows fail than a step allows", () =>
  inFolder(async (folder) => {
    const broken = rowStep((row) => {
      if (Number(row.n) < 6) throw new TypeError("cannot read this row");
      return pass(row);
    });
    const pipeline = testPipeline().step("read", rowsStep(numbered(10))).step("broken", broken, {
      stage: "out",
    }).build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.status, summary.error?.code], ["failed", "step.too_many_failures"]);
    assertEquals(
      summary.error?.message,
      'Step "broken" failed on 6 of 10 rows (6 step.failed), more than max_failure_rate 0.5 allows',
    );
  }));

Deno.test("runPipeline() stops at the first failed row where the step says so", () =>
  inFolder(async (folder) => {
    const error = new FastDistillError("data.malformed", "Read a row, found nonsense");
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(5_000)))
      .step("strict", rowStep((row) => Number(row.n) === 40 ? fail(error) : pass(row)), {
        on_error: "fail",
        stage: "out",
      })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.status, summary.partial, summary.error?.code], ["failed", true, "data.malformed"]);
    assert(summary.rows.read < 5_000, `read ${summary.rows.read}`);
  }));

Deno.test("runPipeline() reports a global step that throws instead of giving nothing", () =>
  inFolder(async (folder) => {
    const bad = sortStep("n");
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(10)))
      .step("explode", rowStep(() => Promise.reject(new Error("one row"))), { max_failure_rate: 1 })
      .step("sorted", bad, { stage: "out" })
      .build();
    assertEquals((await runIn(folder, pipeline)).rows.failed, { "step.failed": 10 });
    const lost = stepSpec({
      component: "step",
      definition: {
        ...(bad.component as { definition: object }).definition,
        name: "loses",
        open: () => ({
          process: async function* (rows: AsyncIterable<{ rowId: string; row: Row }>) {
            for await (const { rowId, row } of rows) if (row.n !== 3) yield { rowId, outcome: pass(row) };
          },
        }),
      },
    } as never);
    const losing = testPipeline().step("read", rowsStep(numbered(10))).step("lost", lost, { stage: "out" })
      .build();
    const summary = await runIn(folder, losing);
    assertEquals([summary.status, summary.error?.code, summary.error?.message], [
      "failed",
      "step.lost_rows",
      'Step "lost" did not give back 1 rows',
    ]);
  }));

Deno.test("runPipeline() spends no more than the budget, and what it made is a prefix that a larger one extends", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const pipeline = (requests: number) =>
      testPipeline({ budget: { requests }, concurrency: 16 })
        .step("read", rowsStep(numbered(300)))
        .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
        .build();
    const whole = await runIn(`${folder}/whole`, pipeline(1_000));
    const all = await stageRows(whole, "out");
    const part = await runIn(`${folder}/part`, pipeline(120), model);
    assertEquals([part.status, part.partial, part.error?.code], [
      "budget_exhausted",
      true,
      "budget.exhausted",
    ]);
    assertEquals(model.calls.length, 120);
    assertEquals(await stageRows(part, "out"), all.slice(0, 120));
    const rest = await runIn(`${folder}/part`, pipeline(1_000), model);
    assertEquals([rest.status, rest.calls.reused, model.calls.length], ["done", 120, 300]);
    assertEquals(
      await runText(rest, "stages/out/manifest.json"),
      await runText(whole, "stages/out/manifest.json"),
    );
  }));

Deno.test("runPipeline() joins branches again, row by row, in canonical order", () =>
  inFolder(async (folder) => {
    const build = (delay: boolean) => {
      const slow = async (row: Row) => {
        if (delay && Number(row.n) % 5 === 0) await new Promise(setImmediateSoon);
        return pass({ ...row, by: "slow" });
      };
      return testPipeline()
        .step("read", rowsStep(numbered(50)))
        .step("slow", rowStep(slow), { from: "read" })
        .step(
          "fast",
          rowStep((row) => Number(row.n) % 2 === 0 ? pass({ ...row, by: "fast" }) : reject("odd")),
          { from: "read" },
        )
        .step("all", sortStep("n"), { from: "read" })
        .step("joined", rowStep(pass), { from: ["slow", "fast", "all"], stage: "out" })
        .build();
    };
    const one = await runIn(`${folder}/1`, build(false));
    const two = await runIn(`${folder}/2`, build(true));
    assertEquals([one.status, one.rows.kept, one.rows.rejected], ["done", 125, { odd: 25 }]);
    assertEquals(
      await runText(one, "stages/out/manifest.json"),
      await runText(two, "stages/out/manifest.json"),
    );
  }));

Deno.test("runPipeline() fails a gate with its name, value and threshold", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(10)))
      .step(
        "mark",
        rowStep((row) => pass({ ...row, good: Number(row.n) < 7 }), { adds: { good: "boolean" } }),
        { stage: "out" },
      )
      .gate({ stage: "out", metric: "good_rate", min: 0.9 })
      .gate({ stage: "out", metric: "count", min: 10 })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals(summary.status, "gate_failed");
    assertEquals(summary.error?.message, "Gate failed: good_rate of stage out is 0.7, below min 0.9");
    assertEquals(summary.gates.map(({ passed }) => passed), [false, true]);
  }));

Deno.test("runPipeline() fails a row that is not JSON, from a source or a step, and no other", () =>
  inFolder(async (folder) => {
    const rows = [{ n: 0, text: "fine" }, { n: 1, text: "\ud800" }, { n: 2, text: "fine" }, {
      n: 3,
      text: "fine",
    }];
    const pipeline = testPipeline()
      .step("read", rowsStep(rows))
      .step("divide", rowStep((row) => pass({ ...row, share: Number(row.n) === 2 ? 0 / 0 : 1 })), {
        stage: "out",
      })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.error, summary.rows.kept, summary.rows.failed], [undefined, 2, {
      "data.not_canonical": 2,
    }]);
    const failures = await runText(summary, "failures.jsonl");
    assert(failures.includes('Step \\"divide\\" made a row with NaN at share'), failures);
  }));

Deno.test("RunHandle.stop() lets calls in flight finish and makes no further ones", () =>
  inFolder(async (folder) => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const model = modelDouble({
      answer: async (call) => {
        if (model.calls.length === 4) begun.resolve();
        await gate.promise;
        return await hashAnswer(call);
      },
    });
    const pipeline = testPipeline({ concurrency: 4 })
      .step("read", rowsStep(numbered(500)))
      .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
      .build();
    const handle = await startRun({ pipeline, registry: registryOf(model), runsDir: folder });
    await begun.promise;
    handle.stop();
    gate.resolve();
    const summary = await handle.result;
    assertEquals([summary.status, summary.partial, model.calls.length], ["interrupted", true, 4]);
    assertEquals((await stageRows(summary, "out")).map(({ n }) => n), [0, 1, 2, 3]);
    const resumed = await runIn(folder, pipeline, model);
    assertEquals([resumed.status, resumed.calls], ["done", { performed: 496, reused: 4 }]);
  }));

Deno.test("RunHandle.abort() gives calls in flight up, and the run is ready to be run again", () =>
  inFolder(async (folder) => {
    const begun = Promise.withResolvers<void>();
    const model = modelDouble({
      answer: ({ signal }) => {
        begun.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const pipeline = testPipeline()
      .step("read", rowsStep(numbered(50)))
      .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
      .build();
    const handle = await startRun({ pipeline, registry: registryOf(model), runsDir: folder });
    await begun.promise;
    handle.abort();
    const summary = await handle.result;
    assertEquals([summary.status, summary.rows.kept], ["interrupted", 0]);
    assertEquals((await runIn(folder, pipeline)).status, "done");
  }));

Deno.test("RunHandle.stop() after the last row was settled changes nothing", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline().step("read", rowsStep(numbered(5))).step("same", rowStep(pass), {
      stage: "out",
    }).build();
    const handle = await startRun({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir: folder,
      onEvent: ({ type }) => {
        if (type === "stage_written") handle.stop();
      },
    });
    const summary = await handle.result;
    assertEquals([summary.status, summary.partial, summary.rows.kept], ["done", false, 5]);
  }));

Deno.test("runPipeline() reports a global step that stops reading, and does not hang", () =>
  inFolder(async (folder) => {
    const sort = sortStep("n");
    const first = stepSpec({
      component: "step",
      definition: {
        ...(sort.component as { definition: object }).definition,
        name: "first",
        open: () => ({
          process: async function* (rows: AsyncIterable<{ rowId: string; row: Row }>) {
            for await (const { rowId, row } of rows) {
              yield { rowId, outcome: pass(row) };
              return;
            }
          },
        }),
      },
    } as never);
    const pipeline = testPipeline().step("read", rowsStep(numbered(20_000))).step("first", first, {
      stage: "out",
    }).build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.status, summary.error?.message], [
      "failed",
      'Step "first" stopped reading before the last row',
    ]);
  }));

Deno.test("planRun() refuses a gate on a metric that its stage cannot have", async () => {
  const pipeline = testPipeline()
    .step("read", rowsStep(numbered(1)))
    .step("mark", rowStep(pass, { adds: { good: "boolean", text: "string" } }), { stage: "out" })
    .gate({ stage: "out", metric: "god_rate", min: 0.9 })
    .gate({ stage: "out", metric: "text_rate", min: 0.9 })
    .build();
  const error = await assertRejects(
    () => planRun({ pipeline, registry: registryOf(modelDouble()) }),
    FastDistillError,
  );
  assertEquals([error.code, error.message, error.related.length], [
    "gate.unknown_metric",
    'Gate 0 asks for "god_rate" of the stage "out", which has no such metric; did you mean "good_rate"?',
    1,
  ]);
});
