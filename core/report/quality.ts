import type { Columns, Row } from "../record/mod.ts";
import type { MetricConfig } from "../config/mod.ts";
import { GroupTally } from "./_group_tally.ts";
import { GROUP_ITEMS_MAX } from "./_item_counts.ts";
import { namedMeasure } from "./measure.ts";
import { RowTally } from "./_row_tally.ts";
import type { GateVerdict, RunSummary, StepProgress } from "./run_summary.ts";
import type { GroupQuality, StageQuality } from "./stage_quality.ts";

/** What a {@linkcode QualityAggregator} is told before the first row. */
export interface QualityOptions {
  /** Columns by whose values the figures are broken down. @default {[]} */
  readonly groupBy?: readonly string[];
  /** Columns that the rows are known to have, so that an empty stage has its figures too, as `null`. @default {{}} */
  readonly columns?: Columns;
  /** Metrics that rest on several columns, by name. @default {none} */
  readonly metrics?: Readonly<Record<string, MetricConfig>>;
}

/**
 * Sums up the quality of a stage, row by row. Aggregators of parts add up to the aggregator of the whole, to the byte,
 * however the rows are cut and in whatever order.
 *
 * @example
 * ```ts
 * import { QualityAggregator } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const quality = new QualityAggregator({ groupBy: ["level"] });
 * quality.add({ level: "easy", exec_pass: true, score: 1 });
 * quality.add({ level: "hard", exec_pass: false, score: 0.5 });
 * quality.add({ level: "hard", exec_pass: null, score: 0 });
 * const report = quality.report();
 * assertEquals(report.metrics, { count: 3, exec_pass_rate: 0.5, score_max: 1, score_mean: 0.5, score_min: 0 });
 * assertEquals(report.groups["level"]?.["hard"]?.metrics["exec_pass_rate"], 0);
 * ```
 */
export class QualityAggregator {
  readonly #stated: Columns;
  readonly #metrics: Readonly<Record<string, MetricConfig>>;
  readonly #whole: RowTally;
  readonly #groups: ReadonlyMap<string, GroupTally<RowTally>>;

  /** Starts with no rows. */
  constructor({ groupBy = [], columns = {}, metrics = {} }: QualityOptions = {}) {
    this.#stated = columns;
    this.#metrics = metrics;
    const measures = new Map(Object.entries(metrics).map(([name, config]) => [name, namedMeasure(config)]));
    const tally = () => new RowTally(measures, GROUP_ITEMS_MAX);
    this.#whole = new RowTally(measures);
    this.#groups = new Map(groupBy.map((column) => [column, new GroupTally(column, tally)]));
  }

  /** Adds one more row. */
  add(row: Row): void {
    this.#whole.add(row);
    for (const group of this.#groups.values()) group.add(row);
  }

  /**
   * Adds all rows of another aggregator with the same options.
   * @throws {TypeError} when it groups by other columns or has other metrics
   */
  merge(other: QualityAggregator): void {
    const [mine, theirs] = [this, other].map((one) => [...one.#groups.keys()].sort().join(", "));
    if (mine !== theirs) {
      throw new TypeError(
        `Cannot merge aggregators that group by ${mine || "nothing"} and ${theirs || "nothing"}`,
      );
    }
    if (Object.keys(this.#metrics).join() !== Object.keys(other.#metrics).join()) {
      throw new TypeError("Cannot merge aggregators that have different metrics");
    }
    this.#whole.merge(other.#whole);
    for (const [column, group] of other.#groups) this.#groups.get(column)!.merge(group);
  }

  /** The figures of the rows so far. A column to group by that no row has is left out. */
  report(): StageQuality {
    const columns = this.#whole.columns(this.#stated);
    const types = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));
    const grouped = [...this.#groups].filter(([column]) => this.#whole.has(column));
    return {
      count: this.#whole.count,
      metrics: this.#whole.metrics(types),
      columns,
      ...(Object.keys(this.#metrics).length === 0 ? {} : { definitions: this.#metrics }),
      groups: Object.fromEntries(grouped.map(([column, group]) => [column, groupsOf(group, types)])),
    };
  }
}

/** Every group has the figures that the whole stage has. */
function groupsOf(group: GroupTally<RowTally>, types: Columns): Readonly<Record<string, GroupQuality>> {
  return Object.fromEntries(
    group.groups().map(([label, tally]) => [label, { count: tally.count, metrics: tally.metrics(types) }]),
  );
}

/** What became of the rows that one step was given. */
export type StepQuality = Pick<
  StepProgress,
  "use" | "rows_in" | "expanded" | "rows_out" | "rejected" | "failed" | "kept_failed"
>;

/** What `quality.json` holds. No time, no path, no cost: equal runs write equal bytes. */
export interface QualityReport {
  /** Name and version of this format. */
  readonly schema: "fastdistill.quality/1";
  /** Id of the run. */
  readonly run_id: string;
  /** What became of the rows of the run. */
  readonly rows: RunSummary["rows"];
  /** Figures by stage. */
  readonly stages: Readonly<Record<string, StageQuality>>;
  /** Counts by step. */
  readonly steps: Readonly<Record<string, StepQuality>>;
  /** What the gates said; absent in a pipeline without gates and in a run that was cut short. */
  readonly gates?: readonly GateVerdict[];
}

/** What {@linkcode qualityReport} is made from. */
export interface QualityReportInput {
  /** Id of the run. */
  readonly run_id: string;
  /** What became of the rows of the run. */
  readonly rows: RunSummary["rows"];
  /** Figures by stage. */
  readonly stages: ReadonlyMap<string, StageQuality>;
  /** Counts of all steps. */
  readonly steps: readonly StepProgress[];
  /** What the gates said. @default {none} */
  readonly gates?: readonly GateVerdict[];
}

/** Puts together what `quality.json` holds. */
export function qualityReport(
  { run_id, rows, stages, steps, gates = [] }: QualityReportInput,
): QualityReport {
  const perStep = steps.map(({ step, use, rows_in, expanded, rows_out, rejected, failed, kept_failed }) => {
    const kept = kept_failed === undefined ? {} : { kept_failed };
    return [step, { use, rows_in, expanded, rows_out, rejected, failed, ...kept }] as const;
  });
  return {
    schema: "fastdistill.quality/1",
    run_id,
    rows,
    stages: Object.fromEntries(stages),
    steps: Object.fromEntries(perStep),
    ...(gates.length === 0 ? {} : { gates }),
  };
}
