import { assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { expand, fail, pass, reject, stepSpec } from "../step/mod.ts";
import {
  askTask,
  inFolder,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  testPipeline,
} from "./_run_double.ts";
import { previewRun } from "./preview_run.ts";

const pipeline = testPipeline()
  .step("read", rowsStep(Array.from({ length: 9 }, (_, n) => ({ n, prompt: `question ${n}` }))))
  .step("two", rowStep((row) => expand([pass({ ...row, copy: 0 }), pass({ ...row, copy: 1 })])))
  .step(
    "odd",
    rowStep((row) => {
      if (row.n === 0) return fail(new FastDistillError("step.failed", "Found nothing"));
      return row.copy === 1 ? pass(row) : reject("first_copy", "copy 0");
    }),
    { on_error: "fail" },
  )
  .step("ask", stepSpec(askTask, {}), { provider: "teacher", stage: "asked" })
  .build();

Deno.test("previewRun() gives the rows after each step, and those that ended there", () =>
  inFolder(async (runsDir) => {
    const model = modelDouble();
    const { name, steps } = await previewRun({ pipeline, registry: registryOf(model), runsDir, rows: 2 });
    assertEquals(name, "test");
    assertEquals(steps.map(({ step, rows_in, rows, ended }) => [step, rows_in, rows.length, ended.length]), [
      ["read", 2, 2, 0],
      ["two", 2, 4, 0],
      ["odd", 4, 1, 3],
      ["ask", 1, 1, 0],
    ]);
    assertEquals(steps[1]!.rows.map(({ n, copy }) => [n, copy]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
    assertEquals(steps[2]!.ended.map(({ state, reason, detail }) => [state, reason, detail]), [
      ["failed", "step.failed", "Found nothing"],
      ["failed", "step.failed", "Found nothing"],
      ["rejected", "first_copy", "copy 0"],
    ]);
    assertEquals(steps[3]!.adds, ["answer"]);
    assertEquals(model.calls.length, 1);
    const left = [...Deno.readDirSync(runsDir)].map(({ name }) => name.replace(/-(wal|shm)$/, ""));
    assertEquals([...new Set(left)], ["effects.sqlite"]);
  }));

Deno.test("previewRun() of a step runs only what leads to it", () =>
  inFolder(async (runsDir) => {
    const model = modelDouble();
    const base = { pipeline, registry: registryOf(model), runsDir };
    const { steps } = await previewRun({ ...base, step: "two" });
    assertEquals(steps.map(({ step, rows }) => [step, rows.length]), [["two", 6]]);
    assertEquals(model.calls.length, 0);
    const error = await assertRejects(() => previewRun({ ...base, step: "tow" }), FastDistillError);
    assertEquals(error.message, 'The pipeline has no step "tow"; did you mean "two"?');
  }));
