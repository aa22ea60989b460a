import type { GateConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { type BaselineRows, conclude, examine } from "./_judge_cell.ts";
import { judgeGroups } from "./_judge_groups.ts";
import { type Finding, noValue } from "./_judge_limits.ts";
import { columnFigureOf, valueOfMeasure } from "./measure.ts";
import type { GateVerdict } from "./run_summary.ts";
import type { GateMeasures, StageMeasures } from "./stage_measures.ts";
import type { StageQuality } from "./stage_quality.ts";

/**
 * Holds the figures of stages against gates.
 *
 * A gate whose metric has no value does not hold, and neither does one whose stage has fewer rows than `min_total`: a
 * claim about nothing is not a claim that was met. In a stage without rows every metric counts as known.
 *
 * @throws {FastDistillError} `graph.unknown_stage`; `gate.unknown_metric`, with the nearest name
 * @throws {TypeError} for a gate that needs the rows themselves: with `confidence`, `by`, `no_worse_than` or a quantile;
 * `checkRunGates` judges those
 *
 * @example
 * ```ts
 * import { checkGates, QualityAggregator } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const quality = new QualityAggregator();
 * quality.add({ exec_pass: true });
 * quality.add({ exec_pass: false });
 * const gate = { stage: "distilled", metric: "exec_pass_rate", min: 0.95, severity: "fail" } as const;
 * const [verdict] = checkGates([gate], new Map([["distilled", quality.report()]]));
 * assertEquals(verdict?.message, "Gate failed: exec_pass_rate of stage distilled is 0.5, below min 0.95");
 * ```
 */
export function checkGates(
  gates: readonly GateConfig[],
  stages: ReadonlyMap<string, StageQuality>,
): readonly GateVerdict[] {
  return judgeGates(gates, { stages, measures: new Map(), baselines: new Map(), seed: 0 });
}

/** The run that a gate compares with: its rows, the run itself, or why there is none or none that can be read. */
export type Baseline =
  | { readonly runId: string; readonly measures: StageMeasures }
  | { readonly runId: string; readonly isSelf: true }
  | { readonly problem: string; readonly isBroken?: true };

/** What gates are judged by. */
export interface JudgeOptions {
  /** Figures by stage. */
  readonly stages: ReadonlyMap<string, StageQuality>;
  /** What gates need beyond them, by stage. */
  readonly measures: ReadonlyMap<string, StageMeasures>;
  /** By the index of the gate; measured for the same list of gates. */
  readonly baselines: ReadonlyMap<number, Baseline>;
  /** Of the pipeline; resampling starts from it. */
  readonly seed: number;
}

/** Judges gates by figures and rows. Errors as {@linkcode checkGates}. */
export function judgeGates(gates: readonly GateConfig[], options: JudgeOptions): readonly GateVerdict[] {
  return gates.map((gate, index) => {
    const quality = stageOf(gate, options.stages);
    const known = knownValue(gate, quality);
    const measured = options.measures.get(gate.stage)?.of(index);
    if (measured === undefined && (known === undefined || asksForRows(gate))) {
      throw new TypeError(`A gate on ${gate.metric} of stage ${gate.stage} needs the rows of the stage`);
    }
    const baseline = options.baselines.get(index);
    const before = baseline !== undefined && "measures" in baseline
      ? { runId: baseline.runId, rows: baseline.measures.of(index) }
      : baseline;
    const value = known !== undefined ? known : valueOfMeasure(measured!.measure, measured!.whole.items);
    const seed = `${options.seed}/gate/${gate.stage}/${gate.metric}`;
    const facts = { gate, count: quality.count, value, measured, baseline: before, seed };
    return verdictOf(gate, gate.by === undefined ? judgeWhole(facts) : judgeByGroup(facts));
  });
}

function asksForRows({ confidence, by, no_worse_than }: GateConfig): boolean {
  return confidence !== undefined || by !== undefined || no_worse_than !== undefined;
}

/** All that is known of one gate. */
interface GateFacts {
  readonly gate: GateConfig;
  /** Rows of the stage. */
  readonly count: number;
  readonly value: number | null;
  readonly measured: GateMeasures | undefined;
  readonly baseline: BaselineRows<GateMeasures> | undefined;
  readonly seed: string;
}

interface Judged extends Finding {
  readonly facts: Pick<GateVerdict, "value" | "n" | "interval" | "baseline" | "by" | "groups">;
}

function judgeWhole({ gate, count, value, measured, baseline, seed }: GateFacts): Judged {
  const base = { value, ...(measured === undefined ? {} : { n: measured.whole.items.total }) };
  if (gate.min_total !== undefined && count < gate.min_total) {
    const finding = `rests on ${count} rows, fewer than min_total ${gate.min_total}`;
    return { passed: false, finding, facts: base };
  }
  if (value === null) {
    const items = measured?.whole.items;
    const finding = noValue({ rows: count, n: items?.total, isOverfull: items?.isOverfull });
    return { passed: false, finding, facts: base };
  }
  const before = baseline === undefined || !("rows" in baseline)
    ? baseline
    : { runId: baseline.runId, rows: baseline.rows?.whole };
  const rows = measured === undefined ? undefined : { measure: measured.measure, tally: measured.whole };
  const examined = examine({ value, measured: rows, baseline: before }, { gate, seed });
  const { interval, comparison } = examined;
  const facts = {
    ...base,
    ...(interval === undefined ? {} : { interval }),
    ...(comparison === undefined ? {} : { baseline: comparison }),
  };
  return { ...conclude(examined, gate), facts };
}

function judgeByGroup({ gate, value, measured, baseline, seed }: GateFacts): Judged {
  const before = baseline === undefined || !("rows" in baseline)
    ? baseline
    : { runId: baseline.runId, rows: baseline.rows?.groups?.groups() };
  const { measure, whole, groups } = measured!;
  const { groups: judged, ...finding } = judgeGroups({
    gate,
    measure,
    groups: groups!.groups(),
    baseline: before,
    seed,
  });
  return { ...finding, facts: { value, n: whole.items.total, by: gate.by!, groups: judged } };
}

function verdictOf({ stage, metric, severity }: GateConfig, { passed, finding, facts }: Judged): GateVerdict {
  const { value, ...more } = facts;
  const opening = passed ? "Gate held" : severity === "warn" ? "Gate warning" : "Gate failed";
  const message = `${opening}: ${metric} of stage ${stage} ${finding}`;
  return { stage, metric, value, passed, severity, message, ...more };
}

function stageOf(gate: GateConfig, stages: ReadonlyMap<string, StageQuality>): StageQuality {
  const quality = stages.get(gate.stage);
  if (quality !== undefined) return quality;
  throw new FastDistillError(
    "graph.unknown_stage",
    `A gate on ${gate.metric} names the stage "${gate.stage}", and no step writes it${
      didYouMean(gate.stage, stages.keys())
    }`,
    { context: { stage: gate.stage, metric: gate.metric } },
  );
}

/** The value as the stage's figures state it; `undefined` for a quantile, which they do not have. */
function knownValue(
  { stage, metric }: GateConfig,
  { count, metrics, columns }: StageQuality,
): number | null | undefined {
  const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (value !== undefined) return value;
  const found = columnFigureOf(metric);
  const column = found !== undefined && Object.hasOwn(columns, found.column)
    ? columns[found.column]
    : undefined;
  if (count === 0 || (column !== undefined && column.null === count)) return null;
  if (column?.type === "number" && found!.figure.startsWith("p")) return undefined;
  throw new FastDistillError(
    "gate.unknown_metric",
    `Stage "${stage}" has no metric "${metric}"${didYouMean(metric, Object.keys(metrics))}`,
    { hint: `Known: ${Object.keys(metrics).sort().join(", ")}`, context: { stage, metric } },
  );
}
