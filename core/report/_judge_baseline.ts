import type { BaselineConfig } from "../config/mod.ts";
import {
  pairedMeanTest,
  pairedProportionTest,
  type SignificanceTest,
  type TestResult,
  twoProportionTest,
  welchTest,
} from "../statistics/mod.ts";
import { counted, formatFigure, formatP } from "./_format_figure.ts";
import type { GateTally } from "./_gate_tally.ts";
import type { Finding } from "./_judge_limits.ts";
import type { Measure } from "./measure.ts";
import { momentsOf } from "./_moments.ts";
import type { GateComparison } from "./run_summary.ts";

/** Share of the rows of both runs that need a partner for rows to be paired where no gate says by what. */
const SHARED_MIN = 0.9;
/** Values that each side needs. */
const VALUES_MIN = 2;

/** Two sets of rows that are compared. */
export interface ComparedRows {
  readonly measure: Measure;
  readonly after: GateTally;
  readonly before: GateTally;
  /** Id of the run that is compared with. */
  readonly runId: string;
  readonly config: BaselineConfig;
  readonly random: () => number;
}

/** A comparison, or why there is none. */
export type Comparison =
  | { readonly comparison: GateComparison; readonly problem?: undefined }
  | { readonly problem: string; readonly comparison?: undefined };

/** Tests whether rows are no worse than others by more than the margin. */
export function compareRows(rows: ComparedRows): Comparison {
  const { after, before, runId, config } = rows;
  if (Math.min(after.items.total, before.items.total) < VALUES_MIN) {
    const [mine, theirs] = [after.items.total, before.items.total];
    return {
      problem: `cannot be compared with run ${runId}: ${counted(mine, "value")} here, ${
        counted(theirs, "value")
      } there`,
    };
  }
  const pairing = pairsOf(rows);
  if (typeof pairing === "string") return { problem: `cannot be compared with run ${runId}: ${pairing}` };
  const { margin, alpha, better } = config;
  const sign = better === "higher" ? 1 : -1;
  const { test, p } = pairing === undefined ? testApart(rows, sign) : testPairs(pairing, rows, sign);
  const [here, there] = [after.items.mean()!, before.items.mean()!];
  const difference = pairing === undefined ? here - there : meanDifference(pairing);
  return {
    comparison: {
      run_id: runId,
      value: there,
      n: before.items.total,
      ...(pairing === undefined ? {} : { pairs: pairing.length }),
      test,
      difference,
      p_value: p,
      alpha,
      margin,
      better,
    },
  };
}

type Pairs = readonly (readonly [number, number])[];

/** The pairs, `undefined` where rows are not to be paired, or why they cannot be. */
function pairsOf({ after, before, config }: ComparedRows): Pairs | string | undefined {
  const [mine, theirs] = [after.scores!, before.scores!];
  const unnamed = mine.unnamed + theirs.unnamed;
  const repeated = mine.repeated + theirs.repeated;
  if (config.pair_by === undefined) {
    const isPaired = unnamed === 0 && repeated === 0 && mine.sharedWith(theirs) >= SHARED_MIN;
    const pairs = isPaired ? mine.pairsWith(theirs) : [];
    return pairs.length < VALUES_MIN ? undefined : pairs;
  }
  const by = config.pair_by.join(", ");
  if (unnamed > 0) {
    return `${counted(unnamed, "row")} of both runs lack ${by}, by which rows are to be paired`;
  }
  if (repeated > 0) return `${counted(repeated, "value")} of ${by}, by which rows are to be paired, repeat`;
  const pairs = mine.pairsWith(theirs);
  return pairs.length < VALUES_MIN ? `${counted(pairs.length, "row")} of both runs share ${by}` : pairs;
}

function testPairs(pairs: Pairs, { measure, config, random }: ComparedRows, sign: number): TestResult {
  const differences = pairs.map(([after, before]) => sign * (after - before));
  if (measure.nature !== "share") return pairedMeanTest(differences, { margin: config.margin, random });
  const gains = differences.filter((difference) => difference > 0).length;
  const losses = differences.filter((difference) => difference < 0).length;
  return pairedProportionTest({ pairs: pairs.length, gains, losses }, config.margin);
}

function testApart({ measure, after, before, config }: ComparedRows, sign: number): TestResult {
  const [mine, theirs] = [after, before].map(({ items }) => momentsOf(items)) as [Moments, Moments];
  if (measure.nature !== "share") {
    const turned = (moments: Moments) => ({ ...moments, mean: sign * moments.mean });
    return welchTest(turned(mine), turned(theirs), config.margin);
  }
  const share = ({ n, mean }: Moments) => ({
    successes: Math.round(sign > 0 ? n * mean : n - n * mean),
    trials: n,
  });
  return twoProportionTest(share(mine), share(theirs), config.margin);
}

type Moments = ReturnType<typeof momentsOf>;

function meanDifference(pairs: Pairs): number {
  return pairs.reduce((sum, [after, before]) => sum + after - before, 0) / pairs.length;
}

/** Makes the probabilities of several tests ones that may be held against one level together. Source: S. Holm (1979). */
export function holmAdjusted(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, index) => index).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = [...ps];
  let least = 0;
  for (const [rank, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[index]!));
    adjusted[index] = least;
  }
  return adjusted;
}

/** What a comparison says. */
export function judgeComparison(comparison: GateComparison, isAdjusted = false): Finding {
  const { run_id, value, difference, p_value, alpha, margin, better, pairs, test } = comparison;
  const passed = p_value === null || p_value >= alpha;
  const apart = formatFigure(Math.abs(difference ?? 0));
  const isWorse = (difference ?? 0) * (better === "higher" ? 1 : -1) < 0;
  const by = difference === 0 ? "equal" : `${apart} ${isWorse ? "worse" : "better"}`;
  const how = `${formatP(p_value ?? 1, alpha)} by ${TESTS[test!]}${
    pairs === undefined ? "" : ` on ${counted(pairs, "pair")}`
  }${isAdjusted ? ", adjusted for the number of groups" : ""}, alpha ${alpha}`;
  const allowed = margin === 0 ? "" : `, margin ${margin}`;
  const than = `${formatFigure(value ?? 0)} in run ${run_id}${allowed}`;
  return {
    passed,
    finding: passed ? `no worse than ${than} (${by}, ${how})` : `worse than ${than} (${by}, ${how})`,
  };
}

/** What tests are called in messages. */
const TESTS: Readonly<Record<SignificanceTest, string>> = {
  mcnemar_exact: "the exact McNemar test",
  mcnemar: "the McNemar test",
  tango_score: "the Tango score test",
  fisher_exact: "the exact Fisher test",
  two_proportion: "the two-proportion test",
  farrington_manning: "the Farrington-Manning test",
  sign_flip_permutation: "a sign-flip permutation test",
  paired_t: "the paired t test",
  welch_t: "the Welch t test",
};
