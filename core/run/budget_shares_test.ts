import { assert, assertEquals } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { pass, stepSpec } from "../step/mod.ts";
import {
  askTask,
  inFolder,
  modelDouble,
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

const ROWS = 200;
const numbered: readonly Row[] = Array.from({ length: ROWS }, (_, n) => ({ n, prompt: `question ${n}` }));
const next = rowStep((row) => pass({ ...row, prompt: `more on ${row.n}: ${row.answer}` }));
const ask = stepSpec(askTask, { max_tokens: 20 });

/** Rows that are drafted, all brought into order, then judged: no row can be finished early. */
function build({ requests = 100, share }: { readonly requests?: number; readonly share?: number }) {
  return testPipeline({ budget: { requests } })
    .step("read", rowsStep(numbered))
    .step("draft", ask, { provider: "teacher", stage: "drafts" })
    .step("all", sortStep("n"))
    .step("next", next)
    .step("judge", ask, {
      provider: "second",
      stage: "judged",
      ...(share === undefined ? {} : { budget: { share } }),
    })
    .build();
}

Deno.test("a share keeps money for a step behind one that needs all rows: rows are finished, the others shed", () =>
  inFolder(async (folder) => {
    const without = await runIn(`${folder}/without`, build({}));
    assertEquals([without.status, without.stages[1]!.count], ["budget_exhausted", 0]);
    const run = await runIn(`${folder}/share`, build({ share: 0.5 }));
    const counts = run.stages.map(({ count }) => count);
    assertEquals([run.status, run.partial, counts, run.rows.shed], ["done", true, [50, 50], {
      budget: ROWS - 50,
    }]);
    assertEquals((await stageRows(run, "drafts")).map(({ n }) => n), numbered.slice(0, 50).map(({ n }) => n));
    const lines = (await runText(run, "ledger/draft.jsonl")).trimEnd().split("\n");
    assertEquals(lines.length, ROWS - 50);
  }));

Deno.test("what a finished step did not use of its share goes to those that still need it", () =>
  inFolder(async (folder) => {
    const few = numbered.slice(0, 20);
    const model = modelDouble();
    const pipeline = testPipeline({ budget: { requests: 100 } })
      .step("read", rowsStep(few))
      .step("draft", ask, { provider: "teacher", budget: { share: 0.6 } })
      .step("all", sortStep("n"))
      .step("next", next)
      .step("many", stepSpec(askTask, { n: 4, max_tokens: 20 }), { provider: "second", stage: "out" })
      .build();
    const run = await runIn(folder, pipeline, model);
    assertEquals([run.status, run.rows.kept, run.rows.shed], ["done", 80, undefined]);
    assert(run.calls.performed === 100, `${run.calls.performed} calls`);
  }));

Deno.test("planRun() refuses shares of nothing, and more than everything", async () => {
  const registry = registryOf(modelDouble());
  const refused = async (budget: Record<string, number>, shares: readonly number[]) => {
    const pipeline = testPipeline({ budget })
      .step("read", rowsStep(numbered))
      .step("draft", ask, { provider: "teacher", budget: { share: shares[0]! } })
      .step("judge", ask, { provider: "second", budget: { share: shares[1]! } })
      .build();
    const thrown = await planRun({ pipeline, registry }).catch((error) => error);
    assert(thrown instanceof FastDistillError, String(thrown));
    return [thrown, ...thrown.related].map(({ message }) => message);
  };
  assertEquals(await refused({ seconds: 5 }, [0.5, 0.5]), [
    'Step "draft" has a share of 0.5 in the budget of the run, which limits nothing that can be shared',
    'Step "judge" has a share of 0.5 in the budget of the run, which limits nothing that can be shared',
  ]);
  assertEquals(await refused({ requests: 5 }, [0.5, 0.75]), [
    "The shares of the budget come to 1.25, and there is no more than 1",
  ]);
});
