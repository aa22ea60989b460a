import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { lineBatches } from "./line_batches.ts";

async function linesOf(bytes: Uint8Array, cuts: readonly number[]): Promise<string[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
    for (let index = 1; index < places.length; index++) yield bytes.slice(places[index - 1], places[index]);
  }
  const lines: string[] = [];
  for await (const batch of lineBatches(chunks(), "test")) lines.push(...batch);
  return lines;
}

Deno.test("lineBatches() gives the same lines wherever the bytes are cut", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r\n", " "), maxLength: 30 });
  await fc.assert(fc.asyncProperty(text, fc.array(fc.nat(200), { maxLength: 8 }), async (text, cuts) => {
    const expected = text.split("\n").map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
    if (expected.at(-1) === "") expected.pop();
    assertEquals(await linesOf(new TextEncoder().encode(text), cuts), expected);
  }));
});
