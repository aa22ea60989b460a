import { studentCdf } from "./distributions.ts";
import type { TestResult } from "./proportions.ts";

/** Pairs up to which signs are flipped; more of them differ from a t test in nothing that matters. */
const FLIPPED_PAIRS_MAX = 2_000;
const FLIPS = 9_999;
const ROUNDING = 1e-9;

/** What a set of numbers comes to. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** With n - 1 in the denominator. */
  readonly variance: number;
}

/**
 * Whether a mean is no worse than another one by more than `margin`, the rows being different ones. At least two values
 * each.
 *
 * Source: B. L. Welch, Biometrika 34 (1947).
 */
export function welchTest(after: Moments, before: Moments, margin: number): TestResult {
  const [a, b] = [after.variance / after.n, before.variance / before.n];
  const difference = after.mean - before.mean + margin;
  if (a + b === 0) return { test: "welch_t", p: difference < 0 ? 0 : 1 };
  const df = (a + b) ** 2 / (a * a / (after.n - 1) + b * b / (before.n - 1));
  return { test: "welch_t", p: studentCdf(difference / Math.sqrt(a + b), df) };
}

/**
 * Whether paired differences, after minus before, have a mean no worse than `-margin`: with up to 2,000 pairs by flipping
 * their signs 9,999 times, with more by a t test.
 *
 * Source: R. A. Fisher, The design of experiments (1935); E. Pitman (1937).
 */
export function pairedMeanTest(
  differences: readonly number[],
  { margin, random }: { readonly margin: number; readonly random: () => number },
): TestResult {
  const shifted = differences.map((difference) => difference + margin);
  if (shifted.length > FLIPPED_PAIRS_MAX) return pairedT(shifted);
  const observed = sum(shifted);
  const slack = ROUNDING * shifted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let asBad = 0;
  for (let flip = 0; flip < FLIPS; flip++) if (flippedSum(shifted, random) <= observed + slack) asBad++;
  return { test: "sign_flip_permutation", p: (asBad + 1) / (FLIPS + 1) };
}

function pairedT(values: readonly number[]): TestResult {
  const { n, mean, variance } = momentsOf(values);
  if (variance === 0) return { test: "paired_t", p: mean < 0 ? 0 : 1 };
  return { test: "paired_t", p: studentCdf(mean / Math.sqrt(variance / n), n - 1) };
}

function flippedSum(values: readonly number[], random: () => number): number {
  let [total, bits] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    // 32 signs from one draw.
    if (index % 32 === 0) bits = Math.floor(random() * 4294967296);
    total += (bits >>> (index % 32)) & 1 ? values[index]! : -values[index]!;
  }
  return total;
}

function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = sum(values) / n;
  return { n, mean, variance: sum(values.map((value) => (value - mean) ** 2)) / (n - 1) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
