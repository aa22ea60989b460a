import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineBuffer } from "./_line_buffer.ts";

Deno.test("LineBuffer gives back every line that it was given, whatever its length and script", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 80 }), (lines) => {
      const buffer = new LineBuffer();
      const numbers = [...lines, "x".repeat(100_000)].map((line) => buffer.add(line));
      const read = numbers.map((number) => new TextDecoder().decode(buffer.at(number)));
      assertEquals(read, [...lines, "x".repeat(100_000)].map((line) => `${line}\n`));
      buffer.clear();
      assertEquals(buffer.size, 0);
      assertEquals(new TextDecoder().decode(buffer.at(buffer.add("again"))), "again\n");
    }),
  );
});
