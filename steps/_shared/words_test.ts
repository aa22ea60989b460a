import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fencedBlock } from "./fenced_block.ts";
import { normalisedWords, wordsIn } from "./words.ts";

Deno.test("normalisedWords() leaves out case, punctuation and the form of letters", () => {
  assertEquals(normalisedWords("The  QUICK, brown-fox; it's 1,5 ﬁne"), [
    "the",
    "quick",
    "brown",
    "fox",
    "it",
    "s",
    "1",
    "5",
    "fine",
  ]); // deno-fmt-ignore
  assertEquals(normalisedWords("AI 人工智能。ﾊﾛｰ"), ["ai", "人", "工", "智", "能", "ハ", "ロ", "ー"]);
  assertEquals(normalisedWords(" .,!? "), []);
});

Deno.test("wordsIn() finds as many words as there are in a text that is in its normal form", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const normal = text.normalize("NFKC").toLowerCase();
    const found = [...wordsIn(normal)].map(({ start, end }) => normal.slice(start, end));
    assertEquals(found, normalisedWords(normal));
  }));
});

Deno.test("fencedBlock() reads one block, and knows when there are more", () => {
  assertEquals(fencedBlock("\n```TS title\na\n\nb\n```\n"), {
    language: "ts",
    inner: "a\n\nb",
    isSeveral: false,
  });
  assertEquals(fencedBlock("~~~\na\n~~~")?.inner, "a");
  assertEquals(fencedBlock("```\na\n```\nx\n```\nb\n```")?.isSeveral, true);
  for (const text of ["", "a", "```", "```\na", "x\n```\na\n```", "```\na\n``` x"]) {
    assertEquals(fencedBlock(text), undefined);
  }
});
