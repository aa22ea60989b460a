import { assertEquals } from "@std/assert";
import { HeldRows } from "./held_rows.ts";

function add(held: HeldRows, from: number, to: number): void {
  for (let n = from; n < to; n++) held.add({ rowId: `row-${n}`, path: [0, n], row: { n }, parents: [] });
}

Deno.test("HeldRows.take() gives a row back once, with its parents", () => {
  const held = new HeldRows();
  held.add({ rowId: "a", path: [0, 1, 2], row: { n: 1 }, parents: ["p"] });
  assertEquals(held.size, 1);
  assertEquals(held.take("a"), { rowId: "a", row: { n: 1 }, parents: ["p"] });
  assertEquals(held.take("a"), undefined);
  assertEquals(held.size, 0);
});

Deno.test("HeldRows.take() knows the content of new rows, and the ids of all", () => {
  const held = new HeldRows();
  add(held, 0, 5_000);
  assertEquals(held.size, 5_000);
  assertEquals(held.take("row-4999")?.row, { n: 4_999 });
  assertEquals(held.take("row-4500")?.row, { n: 4_500 });
  assertEquals(held.take("row-3"), { rowId: "row-3", row: {}, parents: [] });
});
