import { assertEquals } from "@std/assert";
import { cellWidth } from "./cells.ts";
import { wrapWords } from "./wrap_words.ts";

Deno.test("wrapWords() breaks between words, keeps the indent and cuts nothing off", () => {
  assertEquals(wrapWords("  one two three", 9), ["  one two", "  three"]);
  assertEquals(wrapWords("short", 9), ["short"]);
  assertEquals(wrapWords("", 9), [""]);
  assertEquals(wrapWords("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
  const wide = "长词汇".repeat(20);
  assertEquals(wrapWords(wide, 9).join(""), wide);
  assertEquals(wrapWords(wide, 9).filter((line) => cellWidth(line) > 9), []);
});
