import { FastDistillError } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import renameColumns from "./rename_columns.ts";

const ROWS = [{ a: 1, b: "x", c: null }];

Deno.test("rename_columns keeps the contract of steps", async () => {
  await testStep(renameColumns, [
    { config: { rename: { a: "z" } }, rows: ROWS },
    { config: { rename: { a: "b", b: "a" } }, rows: ROWS },
    { config: { rename: { a: "z", b: "y" } }, rows: [{ a: 1 }, { b: "x" }] },
  ]);
});

Deno.test("rename_columns leaves columns where they stand and keeps their types", async () => {
  const run = await runStep(renameColumns, { config: { rename: { b: "text" } }, rows: ROWS });
  assertEquals(JSON.stringify(run.rows), '[{"a":1,"text":"x","c":null}]');
  assertEquals(run.columns.after, { a: "number", c: "any", text: "string" });
});

Deno.test("rename_columns lets columns change places", async () => {
  const run = await runStep(renameColumns, { config: { rename: { a: "b", b: "a" } }, rows: ROWS });
  assertEquals(run.rows, [{ b: 1, a: "x", c: null }]);
});

Deno.test("rename_columns refuses names that are taken", async () => {
  const refusal = async (rename: Record<string, string>) =>
    (await assertRejects(() => runStep(renameColumns, { config: { rename }, rows: ROWS }), FastDistillError))
      .message;
  assertEquals(await refusal({ a: "b" }), 'Cannot rename "a" to "b": that column exists already');
  assertEquals(
    (await refusal({ a: "z", b: "z" })).includes("Two columns cannot have the same new name"),
    true,
  );
  assertEquals((await refusal({})).includes("Name at least one column"), true);
});
