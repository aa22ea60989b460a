import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { firstRows, type RowSelection, sampleRows } from "./row_selection.ts";

const chosen = ({ end, has }: RowSelection, of: number): readonly number[] =>
  Array.from({ length: of }, (_, index) => index).filter((index) => index < end && has(index));

Deno.test("firstRows() ends at the limit, or never", () => {
  assertEquals(chosen(firstRows(2), 5), [0, 1]);
  assertEquals(chosen(firstRows(undefined), 3), [0, 1, 2]);
});

Deno.test("sampleRows() takes so many rows, the first ones among them, the same for the same seed", () => {
  const options = { of: 1000, size: 20, first: 5, seed: "7/read" };
  const once = chosen(sampleRows(options), 1000);
  assertEquals(once.length, 20);
  assertEquals(once.slice(0, 5), [0, 1, 2, 3, 4]);
  assertEquals(chosen(sampleRows(options), 1000), once);
  assertNotEquals(chosen(sampleRows({ ...options, seed: "8/read" }), 1000), once);
  assertEquals(sampleRows(options).end, once.at(-1)! + 1);
});

Deno.test("sampleRows() takes every row where as many are wanted", () => {
  assertEquals(chosen(sampleRows({ of: 3, size: 3, seed: "" }), 10), [0, 1, 2]);
  assertEquals(chosen(sampleRows({ of: 0, size: 3, seed: "" }), 10), []);
});

Deno.test("sampleRows() draws every position about equally often", () => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (let seed = 0; seed < 2000; seed++) {
    for (const index of chosen(sampleRows({ of: 10, size: 3, seed: String(seed) }), 10)) counts[index]!++;
  }
  assert(counts.every((count) => count > 500 && count < 700), String(counts));
});
