import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, digest } from "../record/mod.ts";
import { rowDigest, StageDigest } from "./_stage_digest.ts";

Deno.test("rowDigest() takes from the line what digest() says of the row", () => {
  const pieces = fc.constantFrom(
    "e",
    "\u0301",
    "\u00e9",
    "n",
    "\n",
    "\t",
    '"',
    "\\",
    "\u0303",
    "\u1100",
    "\u1161",
    "\u2260",
    "=",
    "\u0338",
  );
  const text = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));
  const rows = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text)));
  fc.assert(fc.property(rows, (row) => {
    const line = canonicalJson(row);
    const keys = new Set(Object.keys(row).map((key) => key.normalize("NFC")));
    if (keys.size === Object.keys(row).length) assertEquals(rowDigest(row, line), digest(row));
    else assertThrows(() => rowDigest(row, line), FastDistillError, "in form NFC");
  }));
});

Deno.test("StageDigest.add() does not count a row that cannot be written", () => {
  const stage = new StageDigest();
  stage.add({ a: 1 });
  const before = stage.facts();
  assertThrows(() => stage.add({ a: "\ud800" }), FastDistillError);
  assertThrows(() => stage.add({ "\u00e9": 1, "e\u0301": 2 }), FastDistillError);
  assertEquals(stage.facts(), before);
});
