import type { GateConfig } from "../config/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import type { GateTally } from "./_gate_tally.ts";
import { compareRows, judgeComparison } from "./_judge_baseline.ts";
import { type Finding, intervalOf, judgeLimits, limitsOf } from "./_judge_limits.ts";
import type { Measure } from "./measure.ts";
import type { GateComparison, GateInterval } from "./run_summary.ts";

/** The run that a gate compares with: its rows, itself, or why there is none. */
export type BaselineRows<Rows> =
  | { readonly runId: string; readonly rows: Rows | undefined }
  | { readonly runId: string; readonly isSelf: true }
  | { readonly problem: string; readonly isBroken?: true };

/** What a gate asks, and what it is judged with. */
export interface CellContext {
  readonly gate: GateConfig;
  /** Seed of resampling. */
  readonly seed: string;
}

/** A set of rows: the whole stage, or one group of it. */
export interface Cell {
  readonly value: number;
  /** Absent for a gate that needs no more than the value. */
  readonly measured?: { readonly measure: Measure; readonly tally: GateTally } | undefined;
  /** Absent for a gate without a baseline. */
  readonly baseline?: BaselineRows<GateTally> | undefined;
}

/** What was worked out of a set of rows, before it is said whether it holds. */
export interface Examined {
  readonly value: number;
  /** Values behind it. */
  readonly n: number;
  readonly interval?: GateInterval | undefined;
  readonly comparison?: GateComparison;
  /** What stands in for a comparison. */
  readonly instead?: Finding;
}

/** Works out interval and comparison. */
export function examine({ value, measured, baseline }: Cell, { gate, seed }: CellContext): Examined {
  const { confidence, no_worse_than: config } = gate;
  if (measured === undefined) return { value, n: 0 };
  const { measure, tally } = measured;
  const n = tally.items.total;
  const random = () => seededRandom(seed).next;
  const interval = confidence === undefined
    ? undefined
    : intervalOf(tally, { measure, confidence, random: random() });
  if (config === undefined) return { value, n, interval };
  if (baseline === undefined || "problem" in baseline) {
    const finding = baseline?.problem ?? `cannot be compared: no run "${config.run}" was looked for`;
    const passed = config.if_missing === "pass" && baseline?.isBroken !== true;
    return { value, n, interval, instead: { passed, finding } };
  }
  const { runId } = baseline;
  if ("isSelf" in baseline) {
    return { value, n, interval, instead: { passed: true, finding: `run ${runId} is the baseline itself` } };
  }
  if (baseline.rows === undefined) {
    return { value, n, interval, instead: { passed: true, finding: `run ${runId} has no such group` } };
  }
  const rows = { measure, after: tally, before: baseline.rows, runId, config, random: random() };
  const { comparison, problem } = compareRows(rows);
  if (comparison !== undefined) return { value, n, interval, comparison };
  return { value, n, interval, instead: { passed: false, finding: problem } };
}

/** Says whether what was worked out holds. */
export function conclude(
  { value, n, interval, comparison, instead }: Examined,
  gate: GateConfig,
  { isAdjusted = false }: { readonly isAdjusted?: boolean } = {},
): Finding {
  const { min, max } = limitsOf(gate);
  const hasNoInterval = gate.confidence !== undefined && interval === undefined && (min ?? max) !== undefined;
  const findings = [
    judgeLimits(gate, value, interval === undefined ? undefined : { interval, n }),
    ...(hasNoInterval
      ? [{ passed: false, finding: "has no interval: resamples of its rows have no value" }]
      : []),
    ...(comparison === undefined ? [] : [judgeComparison(comparison, isAdjusted)]),
    ...(instead === undefined ? [] : [instead]),
  ];
  return {
    passed: findings.every(({ passed }) => passed),
    finding: findings.map(({ finding }) => finding).join("; "),
  };
}
