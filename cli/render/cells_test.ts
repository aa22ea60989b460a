import { assertEquals } from "@std/assert";
import { cellWidth, cutToCells, padCells, showControls } from "./cells.ts";

Deno.test("cellWidth() counts two cells for a Chinese character and none for an accent", () => {
  assertEquals([cellWidth("abc"), cellWidth("数据"), cellWidth("e\u0301"), cellWidth("，")], [3, 4, 1, 2]);
});

Deno.test("cutToCells() cuts at the cell, not at the character", () => {
  assertEquals(cutToCells("abcdef", 6), "abcdef");
  assertEquals(cutToCells("abcdef", 4), "abc…");
  assertEquals(cutToCells("数据集", 4), "数…");
  assertEquals(cutToCells("abc", 0), "");
});

Deno.test("padCells() fills either side", () => {
  assertEquals([padCells("数", 4), padCells("7", 3, "left"), padCells("long", 2)], ["数  ", "  7", "long"]);
});

Deno.test("showControls() lets no text steer the terminal", () => {
  assertEquals(showControls("a\x1b[31mb\x07\u202e\r\n\tc"), "a\\u{1b}[31mb\\u{7}\\u{202e}\\u{d}\n\tc");
});
