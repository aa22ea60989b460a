import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../record/mod.ts";
import { RowIdTable } from "./_row_id_table.ts";

Deno.test("RowIdTable holds what a Set holds, whatever is added and taken", () => {
  const id = fc.integer({ min: 0, max: 40 }).map((n) => n % 5 === 0 ? `other-${n}` : sha256(String(n)));
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), id), { maxLength: 200 }), (actions) => {
    const [table, set] = [new RowIdTable(), new Set<string>()];
    for (const [isAdd, rowId] of actions) {
      if (isAdd) table.add(rowId), set.add(rowId);
      else assertEquals(table.take(rowId), set.delete(rowId));
      assertEquals(table.size, set.size);
    }
  }));
});

Deno.test("RowIdTable finds every id again after it has grown", () => {
  const table = new RowIdTable();
  const ids = Array.from({ length: 40_000 }, (_, n) => sha256(`row ${n}`));
  for (const id of ids) table.add(id);
  for (const id of ids.slice(0, 20_000)) assertEquals(table.take(id), true);
  for (const id of ids) table.add(id);
  assertEquals(table.size, 40_000);
  assertEquals(ids.filter((id) => !table.take(id)), []);
  assertEquals([table.size, table.take(ids[0]!)], [0, false]);
});

Deno.test("RowIdTable takes no more memory for ids that come and go", () => {
  const table = new RowIdTable();
  const bytes = new Set<number>();
  for (let n = 0; n < 50_000; n++) {
    table.add(sha256(`row ${n}`));
    if (n >= 100) table.take(sha256(`row ${n - 100}`));
    if (n >= 100) bytes.add(table.bytes);
  }
  assertEquals([table.size, bytes.size], [100, 1]);
});
