import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Rating, Ratings } from "../statistics/mod.ts";
import { ItemCounts } from "./_item_counts.ts";

const rating: fc.Arbitrary<Rating> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom("a", "b", true, false),
);

function countsOf(items: readonly Ratings[], max: number): ItemCounts {
  const counts = new ItemCounts(max);
  for (const item of items) counts.add(item);
  return counts;
}

function shown(counts: ItemCounts): unknown {
  return [counts.items(), counts.total, counts.isOverfull, counts.mean(), counts.extreme("min")];
}

Deno.test("ItemCounts.merge() of parts in any order is the whole, whatever the bound makes coarse", () => {
  const items = fc.oneof(
    fc.array(fc.tuple(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true })), fc.nat(3)), {
      maxLength: 80,
    }),
    fc.array(fc.tuple(fc.tuple(rating, fc.option(rating)), fc.nat(3)), { maxLength: 80 }),
  );
  fc.assert(fc.property(items, fc.integer({ min: 1, max: 40 }), fc.boolean(), (dealt, max, isReversed) => {
    const parts = [0, 1, 2, 3].map((hand) =>
      countsOf(dealt.filter(([, to]) => to === hand).map(([item]) => item), max)
    );
    const merged = new ItemCounts(max);
    for (const part of isReversed ? parts.reverse() : parts) merged.merge(part);
    assertEquals(shown(merged), shown(countsOf(dealt.map(([item]) => item), max)));
    assert(merged.items().length <= max);
  }));
});

Deno.test("ItemCounts keeps values as they are while few are different, and close to them when many are", () => {
  assertEquals(countsOf([[0.1], [0.1], ["x"]], 3).items(), [{ item: [0.1], count: 2 }, {
    item: ["x"],
    count: 1,
  }]);
  const many = countsOf(Array.from({ length: 100_000 }, (_, index) => [Math.sin(index)]), 4_096);
  assert(many.items().length <= 4_096);
  const exact = new Set(Array.from({ length: 100_000 }, (_, index) => Math.sin(index)));
  const largest = Math.max(...many.items().map(({ item }) => Number(item[0])));
  assert(Math.abs(largest - 1) < 0.005, String(largest));
  assertEquals([many.total, many.isOverfull, exact.size], [100_000, false, 100_000]);
});

Deno.test("ItemCounts gives up where too many texts are different", () => {
  const texts = countsOf(Array.from({ length: 11 }, (_, index) => [`text ${index}`]), 10);
  assertEquals([texts.isOverfull, texts.items(), texts.total], [true, [], 11]);
});
