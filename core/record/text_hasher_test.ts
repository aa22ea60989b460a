import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sha256 } from "./digest.ts";
import { sourceRowId, sourceRowIds } from "./row_id.ts";
import { openTextHasher } from "./text_hasher.ts";

Deno.test("openTextHasher() hashes as the runtime does, short and long, text and bytes", async () => {
  const hasher = await openTextHasher();
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary-ascii", minLength: 900, maxLength: 2_000 }),
  );
  fc.assert(
    fc.property(text, (text) => {
      assertEquals(hasher.sha256(text), sha256(text));
      const bytes = new TextEncoder().encode(text);
      assertEquals(hasher.sha256(bytes), sha256(bytes));
    }),
    { numRuns: 500, seed: 7 },
  );
});

Deno.test("sourceRowIds() gives the ids that sourceRowId() gives", async () => {
  const idOf = sourceRowIds("questions", await openTextHasher());
  for (const index of [0, 1, 9_999_999]) assertEquals(idOf(index), sourceRowId("questions", index));
});
