import { FastDistillError, type StepDefinition, type StepSetup } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import rows from "./rows.ts";

Deno.test("rows counts the rows that it would give", async () => {
  const definition: StepDefinition<unknown> = rows.definition;
  if (definition.kind !== "source") throw new TypeError("Not a source");
  const runner = await definition.open({ rows: [{ a: 1 }, { b: 2 }] }, {} as StepSetup);
  assertEquals(await runner.count!(new AbortController().signal), 2);
});

Deno.test("rows keeps the contract of steps", async () => {
  await testStep(rows, [{ config: { rows: [{ a: 1, b: [null] }, { b: {}, c: "x" }] } }]);
});

Deno.test("rows gives what the pipeline holds, with all columns in every row", async () => {
  const run = await runStep(rows, { config: { rows: [{ a: 1 }, { b: "x" }] } });
  assertEquals(run.rows, [{ a: 1, b: null }, { b: "x", a: null }]);
  assertEquals(run.columns.after, { a: "number", b: "string" });
});

Deno.test("rows wants at least one row, and rows that are objects", async () => {
  for (const given of [[], [1], [["a"]]]) {
    const error = await assertRejects(() => runStep(rows, { config: { rows: given } }), FastDistillError);
    assertEquals(error.code, "config.invalid_value");
  }
});
