import { assert, assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { expand, fail, pass, stepSpec } from "../step/mod.ts";
import {
  askTask,
  hashAnswer,
  inFolder,
  type ModelDouble,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  runIn,
  runText,
  stageRows,
  testPipeline,
} from "./_run_double.ts";
import { startRun } from "./start_run.ts";

const READ = Array.from({ length: 8 }, (_, n) => ({ n, prompt: `question ${n}` }));
const odd = (row: { readonly n?: unknown }) => Number(row.n) % 2 === 1;

function failures(text: string): readonly Record<string, unknown>[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Answers that cannot be read, for the prompts that end in one of the digits. */
function unreadable(...digits: readonly number[]): ModelDouble {
  return modelDouble({
    answer: async (call) => {
      const completion = await hashAnswer(call);
      const prompt = String(call.request.messages[0]!.content);
      if (!digits.some((digit) => prompt.endsWith(String(digit)))) return completion;
      return { ...completion, choices: completion.choices.map((one) => ({ ...one, content: "unreadable" })) };
    },
  });
}

Deno.test("on_error: keep lets a failed row pass with the reason, and notes the failure once", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(READ))
      .step(
        "halve",
        rowStep(
          (row) =>
            odd(row) ? fail(new FastDistillError("step.failed", "An odd number")) : pass({ ...row, half: 1 }),
          {
            adds: { half: "number" },
          },
        ),
        { on_error: "keep", max_failure_rate: 1 },
      )
      .step("out", rowStep((row) => pass(row)), { stage: "out" })
      .build();
    const summary = await runIn(folder, pipeline);
    assertEquals([summary.status, summary.rows.kept, summary.rows.failed], ["done", 8, {}]);
    assertEquals(summary.steps[1]!.kept_failed, { "step.failed": 4 });
    const rows = await stageRows(summary, "out");
    assertEquals(rows.slice(0, 2), [
      { ...READ[0]!, half: 1, halve_error: null },
      { ...READ[1]!, half: null, halve_error: { code: "step.failed", message: "An odd number" } },
    ]);
    const noted = failures(await runText(summary, "failures.jsonl"));
    assertEquals(
      noted.map(({ kept, step, code }) => [kept, step, code]),
      Array(4).fill([true, "halve", "step.failed"]),
    );
  }));

Deno.test("on_error: keep keeps each sample of a task on its own, and counts towards max_failure_rate", () =>
  inFolder(async (folder) => {
    const build = (max_failure_rate: number) =>
      testPipeline()
        .step("read", rowsStep(READ))
        .step("ask", stepSpec(askTask, { n: 2 }), {
          provider: "teacher",
          on_error: "keep",
          max_failure_rate,
          stage: "out",
        })
        .build();
    const model = unreadable(3);
    const summary = await runIn(folder, build(0.5), model);
    assertEquals([summary.status, summary.rows.kept], ["done", 16]);
    const rows = (await stageRows(summary, "out")).filter(({ n }) => n === 3);
    assertEquals(rows.map(({ answer, ask_error }) => [answer, (ask_error as { code: string }).code]), [
      [null, "step.parse"],
      [null, "step.parse"],
    ]);
    const strict = await runIn(folder, build(0.1), model);
    assertEquals([strict.status, strict.error?.code], ["failed", "step.too_many_failures"]);
  }));

Deno.test("on_error: keep keeps a row that is not JSON as it was before the step, and every part of an expansion", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(READ.slice(0, 2)))
      .step(
        "two",
        rowStep(
          (row) =>
            expand([
              pass({ ...row, part: Number.NaN }),
              fail(new FastDistillError("step.failed", "No")),
              pass({ ...row, part: 1 }),
            ]),
          {
            adds: { part: "number" },
          },
        ),
        { on_error: "keep", max_failure_rate: 1, stage: "out" },
      )
      .build();
    const summary = await runIn(folder, pipeline);
    const rows = await stageRows(summary, "out");
    assertEquals(
      rows.map(({ n, part, two_error }) => [n, part, (two_error as { code: string } | null)?.code]),
      [
        [0, null, "data.not_canonical"],
        [0, null, "step.failed"],
        [0, 1, undefined],
        [1, null, "data.not_canonical"],
        [1, null, "step.failed"],
        [1, 1, undefined],
      ],
    );
  }));

Deno.test("on_error: keep does not keep what ends the run", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(READ))
      .step("ask", stepSpec(askTask), { provider: "teacher", on_error: "keep" })
      .build();
    const answer = () =>
      Promise.reject(new FastDistillError("provider.auth", "Asked with a key, found it refused"));
    const summary = await runIn(folder, pipeline, modelDouble({ answer }));
    assertEquals([summary.status, summary.error?.code], ["failed", "provider.auth"]);
  }));

Deno.test("retryFailed asks again for what rows failed on, and for nothing else", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(READ))
      .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
      .build();
    const first = await runIn(folder, pipeline, unreadable(3, 5));
    assertEquals([first.rows.kept, first.rows.failed], [6, { "step.parse": 2 }]);
    const noted = failures(await runText(first, "failures.jsonl"));
    assert(noted.every(({ effects }) => Array.isArray(effects) && effects.length === 1));

    const unchanged = await runIn(folder, pipeline, modelDouble());
    assertEquals([unchanged.effects.performed, unchanged.rows.failed], [0, { "step.parse": 2 }]);

    const model = unreadable(5);
    const handle = await startRun({
      pipeline,
      registry: registryOf(model),
      runsDir: folder,
      retryFailed: true,
    });
    const again = await handle.result;
    assertEquals(handle.retried, { rows: 2, effects: 2 });
    assertEquals([model.calls.length, again.effects], [2, { performed: 2, reused: 6 }]);
    assertEquals([again.run_id, again.rows.failed], [first.run_id, { "step.parse": 1 }]);

    const later = await runIn(folder, pipeline, modelDouble());
    assertEquals([later.effects.performed, later.rows.kept], [0, 7]);
  }));

Deno.test("retryFailed keeps a recorded answer until a new one has come, and refuses to work offline", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep(READ))
      .step("ask", stepSpec(askTask), { provider: "teacher", stage: "out" })
      .build();
    const first = await runIn(folder, pipeline, unreadable(3));
    const base = { pipeline, runsDir: folder, retryFailed: true };
    const broken = modelDouble({
      answer: () => Promise.reject(new FastDistillError("provider.bad_request", "Refused")),
    });
    const handle = await startRun({ ...base, registry: registryOf(broken) });
    const second = await handle.result;
    assertEquals([handle.retried, second.rows.failed], [{ rows: 1, effects: 1 }, {
      "provider.bad_request": 1,
    }]);
    const third = await runIn(folder, pipeline, broken);
    assertEquals([third.effects.performed, third.rows.failed], [0, first.rows.failed]);
    const offline = () => startRun({ ...base, registry: registryOf(broken), offline: true });
    await assertRejects(offline, FastDistillError, "found both");
  }));

Deno.test("retryFailed with no earlier execution has nothing to retry", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline().step("read", rowsStep(READ)).build();
    const handle = await startRun({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir: folder,
      retryFailed: true,
    });
    assertEquals([handle.retried, (await handle.result).status], [{ rows: 0, effects: 0 }, "done"]);
  }));

Deno.test("on_error: keep refuses a column that is there already", () =>
  inFolder(async (folder) => {
    const pipeline = testPipeline()
      .step("read", rowsStep([{ same_error: 1 }]))
      .step("same", rowStep((row) => pass(row)), { on_error: "keep" })
      .build();
    const error = await assertRejects(() => runIn(folder, pipeline), FastDistillError);
    assertEquals([error.code, error.message], [
      "config.invalid_value",
      'Step "same" adds the column "same_error" since its on_error is keep, and the column is there already',
    ]);
  }));
