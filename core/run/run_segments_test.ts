import { assertEquals } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { defineStep, stepSpec } from "../step/mod.ts";
import { rowsStep, runIn, testPipeline } from "./_run_double.ts";

/** A source and a global step for tests, which give a few rows and then throw. */
function brokenSteps(thrown: unknown) {
  const base = {
    version: 1,
    summary: "Throws between rows",
    config: z.strictObject({}),
    columns: () => ({}),
  };
  const source = defineStep({
    ...base,
    kind: "source",
    name: "broken_source",
    open: () => ({
      rows: async function* () {
        yield { n: 0 };
        throw thrown;
      },
    }),
  });
  const global = defineStep({
    ...base,
    kind: "global",
    name: "broken_global",
    open: () => ({
      process: async function* (rows) {
        for await (const _ of rows) throw thrown;
        yield* [];
      },
    }),
  });
  return { source: stepSpec<unknown, Row>(source), global: stepSpec<Row, Row>(global) };
}

async function errorsOf(thrown: unknown): Promise<readonly unknown[]> {
  const { source, global } = brokenSteps(thrown);
  const pipelines = [
    testPipeline().step("read", source).build(),
    testPipeline().step("give", rowsStep([{ n: 0 }])).step("all", global).build(),
  ];
  const folder = await Deno.makeTempDir();
  try {
    const errors: unknown[] = [];
    for (const pipeline of pipelines) {
      const { status, error } = await runIn(folder, pipeline);
      errors.push([status, error?.code, error?.message]);
    }
    return errors;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runSegments() names the step that throws between rows", async () => {
  assertEquals(await errorsOf(new TypeError("cannot go on")), [
    ["failed", "step.failed", 'Step "read" threw: cannot go on'],
    ["failed", "step.failed", 'Step "all" threw: cannot go on'],
  ]);
});

Deno.test("runSegments() leaves an error with a code as the step threw it", async () => {
  const error = new FastDistillError("data.malformed", "Read a row, found nonsense");
  assertEquals(await errorsOf(error), [
    ["failed", "data.malformed", "Read a row, found nonsense"],
    ["failed", "data.malformed", "Read a row, found nonsense"],
  ]);
});
