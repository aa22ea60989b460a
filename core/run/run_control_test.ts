import { assertEquals } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { defineStep, stepSpec } from "../step/mod.ts";
import { modelDouble, rowsStep, runIn, stageRows, testPipeline } from "./_run_double.ts";
import { RunControl } from "./run_control.ts";

Deno.test("RunControl.endsRun() tells what every further row would run into from what befell one row", () => {
  const ending = [
    "budget.exhausted",
    "provider.auth",
    "provider.model_not_found",
    "store.unavailable",
    "data.write_failed",
    "internal.invariant",
  ] as const;
  for (const code of ending) {
    const control = new RunControl();
    const error = new FastDistillError(code, "It broke");
    assertEquals([control.endsRun(error), control.stopReason, control.signal.aborted], [true, error, false]);
  }
  const control = new RunControl();
  for (const code of ["provider.timeout", "step.parse", "data.database"] as const) {
    assertEquals(control.endsRun(new FastDistillError(code, "It broke")), false);
  }
  assertEquals([control.endsRun(new TypeError("It broke")), control.stopReason], [false, undefined]);
});

/** A sink for tests that throws on row 3. */
function brokenSink(thrown: Error) {
  return stepSpec<Row, Row>(defineStep({
    kind: "sink",
    name: "broken_sink",
    version: 1,
    summary: "Throws on row 3",
    config: z.strictObject({}),
    columns: () => ({}),
    open: () => ({
      write: ({ n }) => {
        if (n === 3) throw thrown;
      },
      close: () => Promise.resolve({ files: [] }),
    }),
  }));
}

async function runWith(thrown: Error) {
  const rows = Array.from({ length: 20 }, (_, n) => ({ n }));
  const pipeline = testPipeline()
    .step("read", rowsStep(rows))
    .step("write", brokenSink(thrown), { stage: "out" })
    .build();
  const folder = await Deno.makeTempDir();
  try {
    const summary = await runIn(folder, pipeline, modelDouble());
    return { summary, rows: await stageRows(summary, "out") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runPipeline() ends at the row at which a sink could not write its file any more", async () => {
  const { summary, rows } = await runWith(
    new FastDistillError("data.write_failed", "Cannot write: disk full"),
  );
  assertEquals([summary.status, summary.partial, summary.error?.code], ["failed", true, "data.write_failed"]);
  assertEquals([rows.map(({ n }) => n), summary.rows.failed], [[0, 1, 2], {}]);
});

Deno.test("runPipeline() fails the one row that a sink cannot write", async () => {
  const { summary, rows } = await runWith(new TypeError("cannot write this row"));
  assertEquals([summary.status, summary.rows.failed, rows.length], ["done", { "step.failed": 1 }, 19]);
});
