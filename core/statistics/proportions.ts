import { binomialCdf, hypergeometricCdf, normalCdf, normalQuantile } from "./distributions.ts";

/** Discordant pairs below which McNemar's test is exact. */
const EXACT_PAIRS_BELOW = 25;
/** Expected count of a cell below which Fisher's exact test is taken. */
const EXPECTED_MIN = 5;

/** Lower and upper end of an interval. */
export interface Bounds {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/**
 * The interval of Wilson's score test around a rate: with the given confidence it covers the rate that the sample was
 * drawn from.
 *
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
export function wilsonInterval(successes: number, trials: number, confidence: number): Bounds {
  const z = normalQuantile((1 + confidence) / 2);
  const rate = successes / trials;
  const scale = 1 + z * z / trials;
  const middle = (rate + z * z / (2 * trials)) / scale;
  const half = z / scale * Math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials));
  return {
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === trials ? 1 : Math.min(1, middle + half),
  };
}

/** What a test of "no worse" found. */
export interface TestResult {
  /** Name of the test. */
  readonly test: SignificanceTest;
  /** How likely a difference at least as bad is, where the new one is worse by no more than the margin. */
  readonly p: number;
}

/** Names of the tests. */
export type SignificanceTest =
  | "mcnemar_exact"
  | "mcnemar"
  | "tango_score"
  | "fisher_exact"
  | "two_proportion"
  | "farrington_manning"
  | "sign_flip_permutation"
  | "paired_t"
  | "welch_t";

/** Pairs of yes and no, before and after. */
export interface PairedCounts {
  readonly pairs: number;
  /** No before, yes after. */
  readonly gains: number;
  /** Yes before, no after. */
  readonly losses: number;
}

/**
 * Whether the rate after is no worse than the rate before by more than `margin`, rows being paired. Without a margin it
 * is McNemar's test: exact for fewer than 25 pairs that differ, otherwise the score test without continuity correction.
 *
 * Source: Q. McNemar, Psychometrika 12 (1947); with a margin T. Tango, Statistics in Medicine 17 (1998).
 */
export function pairedProportionTest({ pairs: n, gains, losses }: PairedCounts, margin: number): TestResult {
  const discordant = gains + losses;
  if (margin === 0 && discordant < EXACT_PAIRS_BELOW) {
    const p = discordant === 0 ? 1 : binomialCdf(gains, { n: discordant, p: 0.5 });
    return { test: "mcnemar_exact", p };
  }
  const difference = -margin;
  const a = 2 * n;
  const b = -discordant + (2 * n - gains + losses) * difference;
  const c = -losses * difference * (1 - difference);
  const nuisance = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
  const variance = n * (2 * nuisance + difference * (1 - difference));
  return {
    test: margin === 0 ? "mcnemar" : "tango_score",
    p: tailOf(gains - losses - n * difference, variance),
  };
}

/** Rows that hold of all rows. */
export interface Share {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Whether a rate is no worse than another one by more than `margin`, the rows being different ones. Without a margin it
 * is the pooled two-proportion test, or Fisher's exact test where a cell is expected to have fewer than 5 rows.
 *
 * Source: C. Farrington and G. Manning, Statistics in Medicine 9 (1990).
 */
export function twoProportionTest(after: Share, before: Share, margin: number): TestResult {
  const [p1, p2] = [after.successes / after.trials, before.successes / before.trials];
  const all = after.trials + before.trials;
  const held = after.successes + before.successes;
  const smallest = Math.min(after.trials, before.trials) * Math.min(held, all - held) / all;
  if (margin === 0 && smallest < EXPECTED_MIN) {
    const p = hypergeometricCdf(after.successes, { population: all, marked: held, drawn: after.trials });
    return { test: "fisher_exact", p };
  }
  const difference = -margin;
  const restricted = restrictedRate(p1, p2, { difference, ratio: before.trials / after.trials });
  const variance = restricted * (1 - restricted) / after.trials +
    (restricted - difference) * (1 - restricted + difference) / before.trials;
  const test = margin === 0 ? "two_proportion" : "farrington_manning";
  return { test, p: tailOf(p1 - p2 - difference, variance) };
}

/** The likeliest first rate, given that it differs from the second by `difference`: the root of a cubic. */
function restrictedRate(
  p1: number,
  p2: number,
  { difference: d, ratio }: { readonly difference: number; readonly ratio: number },
): number {
  const a = 1 + ratio;
  const b = -(1 + ratio + p1 + ratio * p2 + d * (ratio + 2));
  const c = d * d + d * (2 * p1 + ratio + 1) + p1 + ratio * p2;
  const e = -p1 * d * (1 + d);
  const v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + e / (2 * a);
  const u = Math.sign(v || 1) * Math.sqrt(Math.max(0, (b / (3 * a)) ** 2 - c / (3 * a)));
  const angle = u === 0 ? 0 : Math.acos(Math.min(1, Math.max(-1, v / u ** 3)));
  const root = 2 * u * Math.cos((Math.PI + angle) / 3) - b / (3 * a);
  return Math.min(1, Math.max(0, root));
}

function tailOf(difference: number, variance: number): number {
  if (variance > 0) return normalCdf(difference / Math.sqrt(variance));
  return difference < 0 ? 0 : 1;
}
