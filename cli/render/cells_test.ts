import { assertEquals } from "@std/assert";
import { cellWidth, cutToCells, padCells, showControls, wrapToCells } from "./cells.ts";

Deno.test("cellWidth() counts two cells for a Chinese character and none for an accent", () => {
  assertEquals([cellWidth("abc"), cellWidth("数据"), cellWidth("e\u0301"), cellWidth("，")], [3, 4, 1, 2]);
});

Deno.test("cutToCells() cuts at the cell, not at the character", () => {
  assertEquals(cutToCells("abcdef", 6), "abcdef");
  assertEquals(cutToCells("abcdef", 4), "abc…");
  assertEquals(cutToCells("数据集", 4), "数…");
  assertEquals(cutToCells("abc", 0), "");
});

Deno.test("wrapToCells() breaks between words, and a word only where it is too long for a line", () => {
  assertEquals(wrapToCells("one two  three\nfour", 9), ["one two", "three", "four"]);
  assertEquals(wrapToCells("a abcdefgh b", 3), ["a", "abc", "def", "gh", "b"]);
  assertEquals(wrapToCells("数据集 x", 4), ["数据", "集 x"]);
  assertEquals([wrapToCells(" ", 9), wrapToCells("ab", 0)], [[], ["a", "b"]]);
});

Deno.test("padCells() fills either side", () => {
  assertEquals([padCells("数", 4), padCells("7", 3, "left"), padCells("long", 2)], ["数  ", "  7", "long"]);
});

Deno.test("showControls() lets no text steer the terminal", () => {
  assertEquals(showControls("a\x1b[31mb\x07\u202e\r\n\tc"), "a\\u{1b}[31mb\\u{7}\\u{202e}\\u{d}\n\tc");
});
