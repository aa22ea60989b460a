import { assertEquals } from "@std/assert";
import { cellWidth } from "../render/cells.ts";
import { isUnicodeTerminal, renderBar } from "./bar.ts";

const BAR = { width: 10, share: 0.5, isActive: true, elapsedMs: 0, isUnicode: true };

Deno.test("renderBar() shows a share to an eighth of a cell, and is full only at the end", () => {
  const bars = [0, 0.004, 0.5, 0.5625, 0.9999, 1].map((share) => renderBar({ ...BAR, share }));
  assertEquals(bars, ["░░░░░░░░░░", "░░░░░░░░░░", "█████░░░░░", "█████▋░░░░", "█████████▉", "██████████"]);
  const ascii = [0, 0.55, 0.9999, 1].map((share) => renderBar({ ...BAR, share, isUnicode: false }));
  assertEquals(ascii, ["----------", "#####-----", "#########-", "##########"]);
});

Deno.test("renderBar() moves a mark to and fro where the share is not known, and none where nothing is done", () => {
  const mark = { ...BAR, width: 6, share: undefined };
  const at = [0, 200, 400, 600, 800, 1_000, 1_200].map((elapsedMs) => renderBar({ ...mark, elapsedMs }));
  assertEquals(at, ["███░░░", "░███░░", "░░███░", "░░░███", "░░███░", "░███░░", "███░░░"]);
  assertEquals(renderBar({ ...mark, isActive: false }), "░░░░░░");
});

Deno.test("renderBar() is as wide as it is asked to be", () => {
  for (let width = 1; width < 40; width++) {
    for (const share of [undefined, 0, 0.123, 0.5, 0.987, 1]) {
      for (const isUnicode of [true, false]) {
        assertEquals(cellWidth(renderBar({ ...BAR, width, share, isUnicode, elapsedMs: 1_234 })), width);
      }
    }
  }
});

Deno.test("isUnicodeTerminal() goes by the locale, of which LC_ALL comes first, and on Windows by the terminal", () => {
  const of = (env: Readonly<Record<string, string>>) => isUnicodeTerminal({ env: (name) => env[name] });
  assertEquals([of({ LANG: "de_DE.UTF-8" }), of({ LC_ALL: "C", LANG: "de_DE.UTF-8" }), of({})], [
    true,
    false,
    false,
  ]);
  assertEquals([of({ LC_ALL: "", LANG: "C.utf8" }), of({ WT_SESSION: "1" })], [true, true]);
});
