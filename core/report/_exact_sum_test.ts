import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ExactSum } from "./_exact_sum.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
}

Deno.test("ExactSum gives back a single number unchanged, over the whole range", () => {
  fc.assert(fc.property(finite, (value) => assertEquals(sumOf([value]).mean(1), value === 0 ? 0 : value)));
  for (const edge of [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** 53, 2 ** 53 - 1, 0.1]) {
    assertEquals(sumOf([edge]).mean(1), edge);
  }
});

Deno.test("ExactSum does not depend on order or grouping", () => {
  const cut = fc.tuple(fc.array(finite, { minLength: 1 }), fc.nat());
  fc.assert(fc.property(cut, ([values, at]) => {
    const middle = at % values.length;
    const merged = sumOf(values.slice(middle).reverse());
    merged.merge(sumOf(values.slice(0, middle)));
    assertEquals(merged.mean(values.length), sumOf(values).mean(values.length));
  }));
});

Deno.test("ExactSum is right where plain addition is wrong", () => {
  assertEquals(sumOf([1e308, 1e308, -1e308, -1e308, 1]).mean(1), 1);
  assertEquals(sumOf([0.1, 0.2, 0.3]).mean(1), 0.6);
  assertEquals(sumOf([1e16, 1, -1e16]).mean(1), 1);
  assertEquals(sumOf(Array(10).fill(0.1)).mean(1), 1);
  assertEquals(sumOf([2 ** 53 - 1, 2 ** 53 - 1, 2]).mean(2), 2 ** 53);
  assertEquals(sumOf([1, 2]).mean(3), 1);
  assertEquals(sumOf([-1]).mean(3), -1 / 3);
});

Deno.test("ExactSum refuses what is not finite", () => {
  assertThrows(() => new ExactSum().add(NaN), RangeError, "not finite: NaN");
});
