import type { GateConfig, MetricConfig } from "../config/mod.ts";
import type { Row } from "../record/mod.ts";
import { GateTally } from "./_gate_tally.ts";
import { GroupTally } from "./_group_tally.ts";
import { GROUP_ITEMS_MAX, ITEMS_MAX } from "./_item_counts.ts";
import { columnFigureOf, type Measure, measureOf } from "./measure.ts";

/** Columns that pair rows of two runs where a gate names none. */
const PAIR_BY: readonly string[] = ["sample_id"];

/** What {@linkcode StageMeasures} is told before the first row. */
export interface StageMeasuresOptions {
  /** Name of the stage. */
  readonly stage: string;
  /** All gates of the pipeline, in its order. */
  readonly gates: readonly GateConfig[];
  /** Metrics that rest on several columns, by name. @default {none} */
  readonly metrics?: Readonly<Record<string, MetricConfig>> | undefined;
}

/** What one gate measures. */
export interface GateMeasures {
  readonly measure: Measure;
  readonly whole: GateTally;
  /** Present when the gate groups rows. */
  readonly groups?: GroupTally<GateTally>;
}

/**
 * Collects from the rows of a stage what its gates need beyond the figures of `StageQuality`: intervals, groups,
 * quantiles, comparisons with other runs. Parts add up to the whole. Memory is bounded: at most 65,536 different values of
 * a gate (of more, numbers are rounded), 4,096 of each of at most 1,000 groups, 200,000 rows to be paired.
 */
export class StageMeasures {
  readonly #gates: ReadonlyMap<number, GateMeasures>;
  readonly #groupings: readonly GroupTally<GateTally>[];
  readonly #wholes: readonly GateTally[];

  /** Starts with no rows. Gates of other stages, and those that need nothing more, are left aside. */
  constructor({ stage, gates, metrics = {} }: StageMeasuresOptions) {
    const measured = gates.flatMap((gate, index): readonly (readonly [number, GateMeasures])[] => {
      const measure = measureOf(gate.metric, metrics);
      if (gate.stage !== stage || measure === undefined || !needsRows(gate, metrics)) return [];
      return [[index, measuresOf(gate, measure)]];
    });
    this.#gates = new Map(measured);
    this.#wholes = measured.map(([, { whole }]) => whole);
    this.#groupings = measured.flatMap(([, { groups }]) => groups === undefined ? [] : [groups]);
  }

  /** Adds one more row. */
  add(row: Row): void {
    for (const whole of this.#wholes) whole.add(row);
    for (const groups of this.#groupings) groups.add(row);
  }

  /** Adds all rows of another one that was made with the same options. */
  merge(other: StageMeasures): void {
    for (const [index, { whole, groups }] of this.#gates) {
      const theirs = other.#gates.get(index);
      if (theirs === undefined) throw new TypeError("Cannot merge the measures of different gates");
      whole.merge(theirs.whole);
      if (theirs.groups !== undefined) groups?.merge(theirs.groups);
    }
  }

  /** What was collected for the gate at an index of the pipeline's list. */
  of(index: number): GateMeasures | undefined {
    return this.#gates.get(index);
  }
}

function measuresOf(gate: GateConfig, measure: Measure): GateMeasures {
  const pairBy = gate.no_worse_than === undefined ? undefined : gate.no_worse_than.pair_by ?? PAIR_BY;
  const whole = new GateTally({ measure, itemsMax: ITEMS_MAX, pairBy });
  if (gate.by === undefined) return { measure, whole };
  const group = () => new GateTally({ measure, itemsMax: GROUP_ITEMS_MAX, pairBy });
  return { measure, whole, groups: new GroupTally(gate.by, group) };
}

/** Whether the rows say more of a gate than the figures that every stage has. */
function needsRows(
  { metric, confidence, by, no_worse_than }: GateConfig,
  metrics: Readonly<Record<string, MetricConfig>> = {},
): boolean {
  if (confidence !== undefined || by !== undefined || no_worse_than !== undefined) return true;
  return Object.hasOwn(metrics, metric) || columnFigureOf(metric)?.figure.startsWith("p") === true;
}
