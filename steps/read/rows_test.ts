import { FastDistillError } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import rows from "./rows.ts";

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
