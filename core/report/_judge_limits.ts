import type { GateConfig } from "../config/mod.ts";
import {
  bootstrapInterval,
  type Bounds,
  normalQuantile,
  weightedMean,
  wilsonInterval,
} from "../statistics/mod.ts";
import { counted, formatFigure } from "./_format_figure.ts";
import type { GateTally } from "./_gate_tally.ts";
import type { Measure } from "./measure.ts";
import { momentsOf } from "./_moments.ts";
import type { GateInterval } from "./run_summary.ts";

/** Values from which the interval of a mean is that of the normal distribution. */
const NORMAL_ABOVE = 10_000;

/** What was found, and whether it holds. */
export interface Finding {
  readonly passed: boolean;
  readonly finding: string;
}

/** Least and greatest value that a gate allows. */
export function limitsOf(
  { min, max, between }: GateConfig,
): { readonly min?: number; readonly max?: number } {
  const [low, high] = [between?.[0] ?? min, between?.[1] ?? max];
  return { ...(low === undefined ? {} : { min: low }), ...(high === undefined ? {} : { max: high }) };
}

/** An interval, and how many values it rests on. */
export interface KnownInterval {
  readonly interval: GateInterval;
  readonly n: number;
}

/** Holds a value, or the interval around it, against the limits of a gate. */
export function judgeLimits(gate: GateConfig, value: number, known?: KnownInterval): Finding {
  const { min, max } = limitsOf(gate);
  const limits = [min, max].filter((limit) => limit !== undefined);
  const is = `is ${formatFigure(value, limits)}`;
  if (known !== undefined) return judgeInterval(is, known, { min, max });
  if (min !== undefined && value < min) return { passed: false, finding: `${is}, below min ${min}` };
  if (max !== undefined && value > max) return { passed: false, finding: `${is}, above max ${max}` };
  const bounds = [
    ...(min === undefined ? [] : [`at least min ${min}`]),
    ...(max === undefined ? [] : [`at most max ${max}`]),
  ];
  return { passed: true, finding: [is, bounds.join(" and ")].filter((part) => part !== "").join(", ") };
}

interface Limits {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

function judgeInterval(is: string, { interval, n }: KnownInterval, { min, max }: Limits): Finding {
  const { confidence, low, high, method } = interval;
  const [shownLow, shownHigh] = [low, high].map((end) =>
    formatFigure(end, [min, max].filter((limit) => limit !== undefined))
  );
  const share = Number((100 * confidence).toPrecision(6));
  const known = `${is}, with ${share} % confidence from ${shownLow} to ${shownHigh} (${METHODS[method]}, ${
    counted(n, "value")
  })`;
  const below = min !== undefined && low < min;
  const above = max !== undefined && high > max;
  if (below) return { passed: false, finding: `${known}: the lower end is below min ${min}` };
  if (above) return { passed: false, finding: `${known}: the upper end is above max ${max}` };
  const holds = [
    ...(min === undefined ? [] : [`the lower end is at least min ${min}`]),
    ...(max === undefined ? [] : [`the upper end is at most max ${max}`]),
  ];
  return { passed: true, finding: `${known}: ${holds.join(" and ")}` };
}

const METHODS: Readonly<Record<GateInterval["method"], string>> = {
  wilson: "Wilson",
  bootstrap: "bootstrap",
  normal: "normal",
};

/** What an interval is worked out with. */
export interface IntervalOptions {
  readonly measure: Measure;
  readonly confidence: number;
  readonly random: () => number;
}

/** The interval around the value of a measure; `undefined` where the rows give none. */
export function intervalOf(
  { items: counts }: GateTally,
  { measure, confidence, random }: IntervalOptions,
): GateInterval | undefined {
  if (counts.total === 0 || counts.isOverfull) return undefined;
  const items = counts.items();
  if (measure.nature === "share") {
    const successes = items.find(({ item }) => item[0] === 1)?.count ?? 0;
    return { confidence, ...wilsonInterval(successes, counts.total, confidence), method: "wilson" };
  }
  if (measure.nature === "mean") {
    if (counts.total > NORMAL_ABOVE) return normalInterval(counts, confidence);
    const numbers = items.map(({ item, count }) => ({ item: Number(item[0]), count }));
    return named(bootstrapInterval(items, weightedMean(numbers), { confidence, random }), confidence);
  }
  return named(bootstrapInterval(items, measure.statistic(items), { confidence, random }), confidence);
}

function named(bounds: Bounds | null, confidence: number): GateInterval | undefined {
  return bounds === null ? undefined : { confidence, ...bounds, method: "bootstrap" };
}

function normalInterval(counts: GateTally["items"], confidence: number): GateInterval {
  const { n, mean, variance } = momentsOf(counts);
  const half = normalQuantile((1 + confidence) / 2) * Math.sqrt(variance / n);
  return { confidence, low: mean - half, high: mean + half, method: "normal" };
}

/** Why a metric has no value. */
export interface NoValue {
  /** Rows of the stage, or the group. */
  readonly rows: number;
  /** Rows that say something. */
  readonly n?: number | undefined;
  readonly isOverfull?: boolean | undefined;
}

/** Says why a metric has no value. */
export function noValue({ rows, n = 0, isOverfull = false }: NoValue): string {
  if (isOverfull) return `has no value: its columns hold too many different texts in ${counted(rows, "row")}`;
  if (n > 0) return `has no value: what ${counted(n, "row")} say does not vary`;
  return `has no value: none of ${counted(rows, "row")} gives one`;
}
