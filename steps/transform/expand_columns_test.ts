import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import expandColumns from "./expand_columns.ts";

const ROWS = [{ id: 1, a: ["x", "y"], b: [1, 2] }, { id: 2, a: [], b: null }, {
  id: 3,
  a: ["z"],
  b: [{ n: 3 }],
}];

Deno.test("expand_columns keeps the contract of steps", async () => {
  await testStep(expandColumns, [
    { config: { columns: "a" }, rows: ROWS },
    {
      config: { columns: ["a", "b"], index_column: "at", on_unequal: "null" },
      rows: ROWS,
    },
  ]);
});

Deno.test("expand_columns makes a row of each element and repeats the rest", async () => {
  const { rows, rejected } = await runStep(expandColumns, {
    config: { columns: "a", index_column: "at" },
    rows: ROWS,
  });
  assertEquals(rows, [
    { id: 1, a: "x", b: [1, 2], at: 0 },
    { id: 1, a: "y", b: [1, 2], at: 1 },
    { id: 3, a: "z", b: [{ n: 3 }], at: 0 },
  ]);
  assertEquals(rejected.map(({ reason }) => reason), ["no_output"]);
});

Deno.test("expand_columns takes lists of several columns side by side", async () => {
  const { rows } = await runStep(expandColumns, { config: { columns: ["a", "b"] }, rows: ROWS });
  assertEquals(rows, [{ id: 1, a: "x", b: 1 }, { id: 1, a: "y", b: 2 }, { id: 3, a: "z", b: { n: 3 } }]);
});

Deno.test("expand_columns fails a row with lists of different lengths, or fills up with null", async () => {
  const rows = [{ a: [1, 2], b: [1, 2, 3] }];
  const strict = await runStep(expandColumns, { config: { columns: ["a", "b"] }, rows });
  assertEquals([strict.rows, strict.failed.map(({ error }) => error.message)], [
    [],
    ['Expected lists of one length, found 2 in "a", 3 in "b"'],
  ]);
  const filled = await runStep(expandColumns, { config: { columns: ["a", "b"], on_unequal: "null" }, rows });
  assertEquals(filled.rows, [{ a: 1, b: 1 }, { a: 2, b: 2 }, { a: null, b: 3 }]);
});

Deno.test("expand_columns fails a row whose column holds no list", async () => {
  const { failed } = await runStep(expandColumns, {
    config: { columns: "a" },
    rows: [{ a: "x,y" }, { a: { x: 1 } }],
  });
  assertEquals(failed.map(({ error }) => error.message), [
    'Expected a list in the column "a", found a string',
    'Expected a list in the column "a", found a map',
  ]);
});
