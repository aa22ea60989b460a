import { sourceRowId } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import dedupExact from "./dedup_exact.ts";

const ROWS = [{ q: "a", n: 1 }, { q: "b", n: 1 }, { q: "a", n: 2 }, { q: null, n: 3 }, { q: null, n: 4 }, {
  q: "a",
  n: 1,
}];

Deno.test("dedup_exact keeps the contract of steps", async () => {
  await testStep(dedupExact, [
    { config: { on: "q" }, rows: ROWS },
    { config: { on: ["q", "n"] }, rows: ROWS },
  ]);
});

Deno.test("dedup_exact keeps the first and names it to the others", async () => {
  const run = await runStep(dedupExact, { config: { on: "q" }, rows: ROWS });
  assertEquals(run.rows, [ROWS[0]!, ROWS[1]!, ROWS[3]!]);
  assertEquals(run.rejected, [
    { row: ROWS[2]!, reason: "duplicate", detail: sourceRowId("rows", 0) },
    { row: ROWS[4]!, reason: "duplicate", detail: sourceRowId("rows", 3) },
    { row: ROWS[5]!, reason: "duplicate", detail: sourceRowId("rows", 0) },
  ]);
});

Deno.test("dedup_exact compares several columns together", async () => {
  const run = await runStep(dedupExact, { config: { on: ["q", "n"] }, rows: ROWS });
  assertEquals(run.rejected.map(({ row }) => row), [ROWS[5]!]);
});

Deno.test("dedup_exact compares objects by value and texts in form NFC", async () => {
  const rows = [{ q: { a: 1, b: 2 } }, { q: { b: 2, a: 1 } }, { q: "e\u0301" }, { q: "\u00e9" }, { q: "1" }, {
    q: 1,
  }];
  const run = await runStep(dedupExact, { config: { on: "q" }, rows });
  assertEquals(run.rejected.map(({ row }) => row), [rows[1]!, rows[3]!]);
});

Deno.test("dedup_exact refuses a column that is not there", async () => {
  await assertRejects(
    () => runStep(dedupExact, { config: { on: "sample_id" }, rows: ROWS }),
    Error,
    '"sample_id"',
  );
  await assertRejects(() => runStep(dedupExact, { config: { on: [] }, rows: ROWS }));
});
