import type { MetricConfig } from "../config/mod.ts";
import type { ColumnType } from "../record/mod.ts";

/** What one column of a stage holds. */
export interface ColumnQuality {
  /** The type of all values that are not null; `any` when they differ, or when there is none and none was stated. */
  readonly type: ColumnType;
  /** Rows in which the column is null or absent. */
  readonly null: number;
  /** Of a column of booleans: rows that hold true. */
  readonly true?: number;
  /** Of a column of booleans: rows that hold false. */
  readonly false?: number;
  /** Of a column of numbers: the mean, rounded once. `null` when every value is null. */
  readonly mean?: number | null;
  /** Of a column of numbers: the smallest. `null` when every value is null. */
  readonly min?: number | null;
  /** Of a column of numbers: the largest. `null` when every value is null. */
  readonly max?: number | null;
}

/**
 * Named figures of a set of rows; `null` where no row has a value to compute one from. `count` is the number of rows; a
 * column of booleans gives `<column>_rate`, the share of true among the values that are not null; a column of numbers
 * gives `<column>_mean`, `<column>_min` and `<column>_max`; an entry of `metrics` in the pipeline gives its own name.
 */
export interface Metrics {
  /** Value by name. */
  readonly [metric: string]: number | null;
}

/** What the rows of one group come to. */
export interface GroupQuality {
  /** Rows of the group. */
  readonly count: number;
  /** The figures that the whole stage has, of this group. */
  readonly metrics: Metrics;
}

/** What the rows of one stage come to. */
export interface StageQuality {
  /** Rows of the stage. */
  readonly count: number;
  /** Figures of all rows. */
  readonly metrics: Metrics;
  /** Counts and figures by column. */
  readonly columns: Readonly<Record<string, ColumnQuality>>;
  /** What the metrics that rest on several columns are, by name; absent when there are none. */
  readonly definitions?: Readonly<Record<string, MetricConfig>>;
  /**
   * By column, then by value: the figures of each group. At most 1,000 groups a column, the first in the order of their
   * names; the rows of all others are together in `(other)`.
   */
  readonly groups: Readonly<Record<string, Readonly<Record<string, GroupQuality>>>>;
}
