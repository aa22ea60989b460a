import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import keepColumns from "./keep_columns.ts";

const ROWS = [{ a: 1, b: "x", c: null }, { c: 2, b: "y", a: 3 }];

Deno.test("keep_columns keeps the contract of steps", async () => {
  await testStep(keepColumns, [
    { config: { columns: ["c", "a"] }, rows: ROWS },
    { config: { columns: ["a"] }, rows: [{ a: 1 }, { b: 2 }] },
  ]);
});

Deno.test("keep_columns keeps the chosen columns in the chosen order", async () => {
  const { rows } = await runStep(keepColumns, { config: { columns: ["c", "a"] }, rows: ROWS });
  assertEquals(JSON.stringify(rows), '[{"c":null,"a":1},{"c":2,"a":3}]');
});

Deno.test("keep_columns refuses a column that is not there", async () => {
  await assertRejects(() => runStep(keepColumns, { config: { columns: ["z"] }, rows: ROWS }), Error, '"z"');
});
