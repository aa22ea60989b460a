import { sha256 } from "@fastdistill/core";
import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { KeyTable } from "./_key_table.ts";

Deno.test("KeyTable.firstOf() does what a map does", () => {
  const step = fc.tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.oneof(fc.string(), fc.integer().map((n) => sha256(`${n}`))),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const [table, map] = [new KeyTable(), new Map<string, string>()];
    for (const [key, rowId] of steps) {
      const digest = sha256(`${key}`);
      assertEquals(table.firstOf(digest, rowId), map.get(digest));
      if (!map.has(digest)) map.set(digest, rowId);
    }
    assertEquals(table.count, map.size);
  }));
});

Deno.test("KeyTable.firstOf() keeps every key while the table grows", () => {
  const table = new KeyTable();
  const count = 40_000;
  for (let n = 0; n < count; n++) assertEquals(table.firstOf(sha256(`${n}`), sha256(`row ${n}`)), undefined);
  for (let n = 0; n < count; n += 997) {
    assertEquals(table.firstOf(sha256(`${n}`), "later"), sha256(`row ${n}`));
  }
  assertEquals(table.count, count);
});

Deno.test("KeyTable tells keys apart that share their first word", () => {
  const table = new KeyTable();
  const keys = ["0", "1", "2"].map((end) => "ab".repeat(15) + `0${end}` + "0".repeat(32));
  keys.forEach((key, index) => assertEquals(table.firstOf(key, `row${index}`), undefined));
  assertEquals(keys.map((key) => table.firstOf(key, "x")), ["row0", "row1", "row2"]);
});

Deno.test("KeyTable takes at most 60 bytes a key, and 1 MiB besides", () => {
  const table = new KeyTable();
  for (let n = 0; n < 100_000; n++) {
    table.firstOf(sha256(`${n}`), sha256(`row ${n}`));
    if (n % 1000 === 0) assertLess(table.bytes, 60 * table.count + 2 ** 20);
  }
});
