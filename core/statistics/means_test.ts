import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { seededRandom } from "../runtime/mod.ts";
import { bootstrapInterval } from "./bootstrap.ts";
import { studentCdf } from "./distributions.ts";
import { pairedMeanTest, welchTest } from "./means.ts";
import { weightedMean, weightedQuantile } from "./weighted.ts";

Deno.test("welchTest() agrees with a published example", () => {
  // NIST/SEMATECH, e-Handbook of Statistical Methods, 1.3.5.3: t = -12.94621, df = 136.8750.
  const us = { n: 249, mean: 20.14458, variance: 6.4147 ** 2 };
  const japan = { n: 79, mean: 30.48101, variance: 6.10771 ** 2 };
  const { p } = welchTest(us, japan, 0);
  assertAlmostEquals(p / studentCdf(-12.94621, 136.875), 1, 1e-3);
  // With the whole difference as margin, nothing is worse.
  assertAlmostEquals(welchTest(us, japan, 30.48101 - 20.14458).p, 0.5, 1e-12);
  assertEquals(welchTest({ n: 5, mean: 1, variance: 0 }, { n: 5, mean: 2, variance: 0 }, 0).p, 0);
});

Deno.test("pairedMeanTest() flips all signs that there are", () => {
  // R. A. Fisher, The Design of Experiments: Darwin's maize, 15 differences in eighths of an inch; of 2^15 sign
  // patterns, 863 + 863 give a sum at least as far from 0: a one-sided p of 863 / 32768.
  const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
  const { test, p } = pairedMeanTest(darwin.map((value) => -value), {
    margin: 0,
    random: seededRandom("maize").next,
  });
  assertEquals(test, "sign_flip_permutation");
  assertAlmostEquals(p, 863 / 32_768, 0.006);
  const many = Array.from({ length: 2_001 }, (_, index) => (index % 7) - 3.2);
  assertEquals(pairedMeanTest(many, { margin: 0, random: seededRandom("many").next }).test, "paired_t");
});

Deno.test("bootstrapInterval() is the same for the same stream, and covers the mean as often as it says", () => {
  const interval = (seed: string, values: readonly number[]) => {
    const items = values.toSorted((a, b) => a - b).map((item) => ({ item, count: 1 }));
    return bootstrapInterval(items, weightedMean(items), {
      confidence: 0.9,
      random: seededRandom(seed).next,
    })!;
  };
  let covered = 0;
  for (let trial = 0; trial < 200; trial++) {
    const { next } = seededRandom(`sample ${trial}`);
    const { low, high } = interval(`trial ${trial}`, Array.from({ length: 60 }, () => next()));
    if (low <= 0.5 && 0.5 <= high) covered++;
  }
  // 90 % of 200 is 180, with a standard deviation of 4.2.
  assert(covered >= 168 && covered <= 192, `covered ${covered} of 200`);
  assertEquals(interval("x", [1, 2, 3]), interval("x", [3, 2, 1]));
});

Deno.test("bootstrapInterval() draws counts of many items, and finds the same interval", () => {
  const { next } = seededRandom("many");
  const values = Array.from({ length: 12_000 }, () => Math.floor(next() * 10));
  const items = Array.from(
    { length: 10 },
    (_, item) => ({ item, count: values.filter((value) => value === item).length }),
  );
  const { low, high } = bootstrapInterval(items, weightedMean(items), { confidence: 0.95, random: next })!;
  // 1.96 * 2.872 / sqrt(12000) = 0.0514 on each side.
  assertAlmostEquals(high - low, 0.1028, 0.01);
});

Deno.test("weightedQuantile() is the smallest value that the share does not exceed", () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((item) => ({ item, count: 1 }));
  const at = (q: number) => weightedQuantile(items, q)(items.map(({ count }) => count));
  assertEquals([0, 0.1, 0.11, 0.5, 0.9, 0.99].map(at), [1, 1, 2, 5, 9, 10]);
  assertEquals(weightedQuantile(items, 0.5)(items.map(({ item }) => item === 9 ? 5 : 0)), 9);
});
