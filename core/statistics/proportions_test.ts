import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { binomialCdf } from "./distributions.ts";
import { pairedProportionTest, twoProportionTest, wilsonInterval } from "./proportions.ts";

Deno.test("wilsonInterval() agrees with published intervals", () => {
  // R. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
  const published = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [
    1,
    29,
    0.0061,
    0.1718,
  ]];
  for (const [successes, trials, low, high] of published) {
    const found = wilsonInterval(successes!, trials!, 0.95);
    assertAlmostEquals(found.low, low!, 5e-5);
    assertAlmostEquals(found.high, high!, 5e-5);
  }
  assertEquals(wilsonInterval(20, 20, 0.95).high, 1);
});

Deno.test("pairedProportionTest() is McNemar's test where there is no margin", () => {
  // A. Agresti, Categorical Data Analysis, table 10.1, approval of a prime minister: z = (86 - 150) / sqrt(86 + 150),
  // which is -4.17.
  const { test, p } = pairedProportionTest({ pairs: 1_600, gains: 86, losses: 150 }, 0);
  assertEquals(test, "mcnemar");
  assertAlmostEquals(p, 1.5496e-5, 1e-8);
  const exact = pairedProportionTest({ pairs: 100, gains: 3, losses: 12 }, 0);
  assertEquals(exact.test, "mcnemar_exact");
  assertAlmostEquals(exact.p, binomialCdf(3, { n: 15, p: 0.5 }), 1e-15);
  assertEquals(pairedProportionTest({ pairs: 100, gains: 0, losses: 0 }, 0).p, 1);
});

Deno.test("pairedProportionTest() with a margin holds the nuisance rate at its likeliest", () => {
  const [n, gains, losses, margin] = [200, 4, 12, 0.02];
  const d = -margin;
  // The likelihood of (gains, losses) given that their rates differ by d.
  const likelihood = (q: number) =>
    gains * Math.log(q + d) + losses * Math.log(q) + (n - gains - losses) * Math.log(1 - 2 * q - d);
  let best = margin + 1e-6;
  for (let q = margin + 1e-6; q < 0.3; q += 1e-6) if (likelihood(q) > likelihood(best)) best = q;
  const z = (gains - losses - n * d) / Math.sqrt(n * (2 * best + d * (1 - d)));
  const { p } = pairedProportionTest({ pairs: n, gains, losses }, margin);
  assert(z < 0);
  assertAlmostEquals(p, zTail(z), 1e-4);
});

/** Lower tail of the normal distribution, summed up. */
function zTail(z: number): number {
  let sum = 0;
  const step = 1e-4;
  for (let x = z - 8; x < z; x += step) sum += Math.exp(-((x + step / 2) ** 2) / 2) * step;
  return sum / Math.sqrt(2 * Math.PI);
}

Deno.test("twoProportionTest() is the pooled test, exact for few rows, and maximises the likelihood with a margin", () => {
  const pooled = twoProportionTest(
    { successes: 1_740, trials: 2_000 },
    { successes: 1_800, trials: 2_000 },
    0,
  );
  const rate = 3_540 / 4_000;
  const z = (0.87 - 0.9) / Math.sqrt(2 * rate * (1 - rate) / 2_000);
  assertEquals(pooled.test, "two_proportion");
  assertAlmostEquals(pooled.p, zTail(z), 1e-6);
  // R. A. Fisher's tea, 3 of 4 right: 1 - 17/70 of the other tail.
  const tea = twoProportionTest({ successes: 1, trials: 4 }, { successes: 3, trials: 4 }, 0);
  assertEquals(tea.test, "fisher_exact");
  assertAlmostEquals(tea.p, 17 / 70, 1e-12);
  const [a, b, margin] = [{ successes: 165, trials: 200 }, { successes: 280, trials: 300 }, 0.05];
  const likelihood = (p: number) =>
    a.successes * Math.log(p) + (a.trials - a.successes) * Math.log(1 - p) +
    b.successes * Math.log(p + margin) + (b.trials - b.successes) * Math.log(1 - p - margin);
  let best = 0.5;
  for (let p = 0.5; p < 0.949; p += 1e-6) if (likelihood(p) > likelihood(best)) best = p;
  const variance = best * (1 - best) / 200 + (best + margin) * (1 - best - margin) / 300;
  const expected = zTail((165 / 200 - 280 / 300 + margin) / Math.sqrt(variance));
  assertAlmostEquals(twoProportionTest(a, b, margin).p, expected, 1e-5);
});
