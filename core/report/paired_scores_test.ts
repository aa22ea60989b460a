import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PairedScores } from "./_paired_scores.ts";

type Entry = readonly [id: string | null, score: number | null];

function scoresOf(entries: readonly Entry[]): PairedScores {
  const scores = new PairedScores(["id"]);
  for (const [id, score] of entries) scores.add({ id }, score);
  return scores;
}

Deno.test("PairedScores.pairsWith() pairs what both have once, whatever the order", () => {
  const before = scoresOf([["a", 1], ["b", 0], ["c", 1], ["twice", 1], ["twice", 0], ["none", null]]);
  const after = scoresOf([["c", 0], ["a", 1], ["twice", 1], ["new", 1], ["none", 1], [null, 1]]);
  assertEquals(after.pairsWith(before).toSorted(), [[0, 1], [1, 1]]);
  assertEquals([before.repeated, after.repeated, after.unnamed, after.rows], [1, 0, 1, 6]);
});

Deno.test("PairedScores.merge() of parts is the whole", () => {
  const entry = fc.tuple(
    fc.option(fc.constantFrom(..."abcdefgh")),
    fc.option(fc.integer({ min: 0, max: 1 })),
  );
  fc.assert(fc.property(fc.array(fc.tuple(entry, fc.nat(2))), fc.array(entry), (dealt, others) => {
    const parts = [0, 1, 2].map((hand) =>
      scoresOf(dealt.filter(([, to]) => to === hand).map(([one]) => one))
    );
    const merged = new PairedScores(["id"]);
    for (const part of parts) merged.merge(part);
    const whole = scoresOf(dealt.map(([one]) => one));
    const against = scoresOf(others);
    assertEquals(merged.pairsWith(against), whole.pairsWith(against));
    assertEquals(
      [merged.rows, merged.repeated, merged.unnamed, merged.sharedWith(against)],
      [whole.rows, whole.repeated, whole.unnamed, whole.sharedWith(against)],
    );
  }));
});

Deno.test("PairedScores keeps the same part of many rows in both runs", () => {
  const entries = Array.from({ length: 201_000 }, (_, index): Entry => [`row ${index}`, index % 2]);
  const [all, most] = [scoresOf(entries), scoresOf(entries.slice(0, 110_000).reverse())];
  const pairs = all.pairsWith(most);
  assert(pairs.length > 53_000 && pairs.length < 57_000, String(pairs.length));
  assert(pairs.every(([mine, theirs]) => mine === theirs));
});
