import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import {
  binomialCdf,
  hypergeometricCdf,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
} from "./distributions.ts";

Deno.test("normalCdf() agrees with tables", () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.1.
  for (
    const [z, p] of [[0, 0.5], [1, 0.841344746068543], [2, 0.977249868051821], [
      3,
      0.998650101968370,
    ]] as const
  ) {
    assertAlmostEquals(normalCdf(z), p, 1e-14);
    assertAlmostEquals(normalCdf(-z), 1 - p, 1e-14);
  }
  assertAlmostEquals(normalCdf(-8) / 6.22096057427178e-16, 1, 1e-7);
});

Deno.test("normalQuantile() turns normalCdf() round", () => {
  assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-12);
  assertAlmostEquals(normalQuantile(0.95), 1.6448536269514722, 1e-12);
  for (const p of [1e-6, 0.01, 0.3, 0.7, 0.999]) assertAlmostEquals(normalCdf(normalQuantile(p)), p, 1e-12);
  assertThrows(() => normalQuantile(1), RangeError);
});

Deno.test("studentCdf() agrees with tables", () => {
  // Upper 2.5 % points; Fisher and Yates, Statistical Tables, table III.
  for (const [df, t] of [[1, 12.706205], [5, 2.570582], [10, 2.228139], [30, 2.042272]] as const) {
    assertAlmostEquals(studentCdf(t, df), 0.975, 1e-7);
    assertAlmostEquals(studentCdf(-t, df), 0.025, 1e-7);
  }
  assertAlmostEquals(studentCdf(1.96, 1e7), normalCdf(1.96), 1e-7);
});

Deno.test("binomialCdf() and hypergeometricCdf() are sums of their terms", () => {
  const choose = (n: number, k: number): number => k === 0 ? 1 : choose(n - 1, k - 1) * n / k;
  for (const p of [0.1, 0.5, 0.83]) {
    let sum = 0;
    for (let k = 0; k <= 12; k++) {
      sum += choose(12, k) * p ** k * (1 - p) ** (12 - k);
      assertAlmostEquals(binomialCdf(k, { n: 12, p }), sum, 1e-12);
    }
  }
  let sum = 0;
  for (let k = 0; k <= 5; k++) {
    sum += choose(5, k) * choose(15, 7 - k) / choose(20, 7);
    assertAlmostEquals(hypergeometricCdf(k, { population: 20, marked: 5, drawn: 7 }), sum, 1e-12);
  }
  assert(binomialCdf(-1, { n: 3, p: 0.5 }) === 0);
});

Deno.test("logGamma() is the logarithm of factorials", () => {
  assertAlmostEquals(logGamma(11), Math.log(3_628_800), 1e-12);
  assertAlmostEquals(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-13);
});
