import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UnionFind } from "./_union_find.ts";

const pairs = fc.array(fc.tuple(fc.nat(49), fc.nat(49)), { maxLength: 80 });

function joined(unions: readonly (readonly [number, number])[]): UnionFind {
  const sets = new UnionFind();
  sets.grow(50);
  for (const [a, b] of unions) sets.union(a, b);
  return sets;
}

Deno.test("UnionFind() has the sets that pairs make, with the least number as root", () => {
  fc.assert(fc.property(pairs, (unions) => {
    const sets = joined(unions);
    const slow = Array.from({ length: 50 }, (_, one) => one);
    for (let round = 0; round < 50; round++) {
      for (const [a, b] of unions) slow[a] = slow[b] = Math.min(slow[a]!, slow[b]!);
    }
    assertEquals([...sets.roots()], slow);
  }));
});

Deno.test("UnionFind() does not depend on the order of unions", () => {
  fc.assert(fc.property(pairs, (unions) => {
    assertEquals(joined(unions.toReversed()).roots(), joined(unions).roots());
  }));
});

Deno.test("UnionFind() says whether two sets became one, and grows", () => {
  const sets = new UnionFind();
  sets.grow(2);
  assert(sets.union(1, 0));
  assert(!sets.union(0, 1));
  sets.grow(5000);
  assertEquals([sets.count, sets.find(1), sets.find(4999)], [5000, 0, 4999]);
});
