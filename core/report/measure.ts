import type { MetricConfig } from "../config/mod.ts";
import { canonicalJson, type Json, type Row } from "../record/mod.ts";
import {
  cohenKappa,
  fleissKappa,
  kendall,
  krippendorffAlpha,
  pearson,
  type Point,
  type Rating,
  type Ratings,
  spearman,
  type Statistic,
  type Weighted,
  weightedMean,
  weightedQuantile,
} from "../statistics/mod.ts";
import type { ItemCounts } from "./_item_counts.ts";

/** What is taken from each row for a metric, and what the rows come to. */
export interface Measure {
  /** Columns that it reads; none for `count`. */
  readonly columns: readonly string[];
  /** `share`: the mean of what each row says, which is yes or no; `mean`, `min`, `max`: of a number in each row; `figure`: of all rows. */
  readonly nature: "share" | "mean" | "min" | "max" | "figure";
  /** Whether an interval can be given for it. */
  readonly hasInterval: boolean;
  /** What a row adds; `undefined` when it has nothing to say. */
  readonly itemOf: (row: Row) => Ratings | undefined;
  /** The figure of items whose weights may change. */
  readonly statistic: (items: readonly Weighted<Ratings>[]) => Statistic;
}

/** Suffixes of metrics that follow from one column, with the type that the column must have. */
export const COLUMN_FIGURES: readonly (readonly [suffix: string, type: "boolean" | "number"])[] = [
  ["rate", "boolean"],
  ["mean", "number"],
  ["min", "number"],
  ["max", "number"],
];
const COLUMN_FIGURE = /^(.+)_(rate|mean|min|max|p\d{1,2}(?:\.\d+)?)$/;

/** A metric that follows from one column. */
export interface ColumnFigure {
  readonly column: string;
  /** The part of the name behind the column. */
  readonly figure: string;
}

/** The column and figure that a metric's name stands for, such as `score` and `p10`; `undefined` for another name. */
export function columnFigureOf(metric: string): ColumnFigure | undefined {
  const [, column, figure] = COLUMN_FIGURE.exec(metric) ?? [];
  return column === undefined || figure === undefined ? undefined : { column, figure };
}

/** What a gate's metric measures; `undefined` for a name that stands for nothing. */
export function measureOf(
  metric: string,
  metrics: Readonly<Record<string, MetricConfig>> = {},
): Measure | undefined {
  if (Object.hasOwn(metrics, metric)) return namedMeasure(metrics[metric]!);
  if (metric === "count") return COUNT;
  const found = columnFigureOf(metric);
  if (found === undefined) return undefined;
  const { column, figure } = found;
  if (figure === "rate") return shareOf([column], (row) => booleanIn(row[column]));
  const item = (row: Row) => {
    const value = row[column];
    return typeof value === "number" ? [value] : undefined;
  };
  const base = { columns: [column], itemOf: item, nature: "figure" as const };
  switch (figure) {
    case "mean":
      return {
        ...base,
        nature: "mean",
        hasInterval: true,
        statistic: (items) => weightedMean(numbersOf(items)),
      };
    case "min":
    case "max":
      return {
        ...base,
        nature: figure,
        hasInterval: false,
        statistic: (items) => weightedMean(numbersOf(items)),
      };
    default: {
      const share = Number(figure.slice(1)) / 100;
      return { ...base, hasInterval: true, statistic: (items) => weightedQuantile(numbersOf(items), share) };
    }
  }
}

const COUNT: Measure = {
  columns: [],
  nature: "figure",
  hasInterval: false,
  itemOf: () => [1],
  statistic: (items) => (weights) => items.reduce((sum, _, index) => sum + weights[index]!, 0),
};

/** What an entry of `metrics` measures. */
export function namedMeasure(config: MetricConfig): Measure {
  const { kind, columns } = config;
  switch (kind) {
    case "agreement":
      return shareOf(columns, (row) => {
        const ratings = ratingsOf(row, columns);
        return ratings.includes(null) ? undefined : ratings.every((rating) => rating === ratings[0]);
      });
    case "swap_consistency": {
      const swap: Readonly<Record<string, string>> = config.swap ?? { A: "B", B: "A" };
      return shareOf(columns, (row) => {
        const [first, second] = ratingsOf(row, columns);
        if (first === null || second === null) return undefined;
        const swapped = typeof second === "string" && Object.hasOwn(swap, second) ? swap[second] : second;
        return first === swapped;
      });
    }
    case "cohen_kappa": {
      const { weights = "none", order } = config;
      return ratingMeasure(columns, (items) => cohenKappa(items, { weights, order }));
    }
    case "fleiss_kappa":
      return ratingMeasure(columns, fleissKappa);
    case "krippendorff_alpha": {
      const { level = "nominal", order } = config;
      return ratingMeasure(columns, (items) => krippendorffAlpha(items, { level, order }));
    }
    default:
      return correlationMeasure(columns, { pearson, spearman, kendall }[kind]);
  }
}

function shareOf(columns: readonly string[], says: (row: Row) => boolean | undefined): Measure {
  return {
    columns,
    nature: "share",
    hasInterval: true,
    itemOf: (row) => {
      const said = says(row);
      return said === undefined ? undefined : [said ? 1 : 0];
    },
    statistic: (items) => weightedMean(numbersOf(items)),
  };
}

/** Rows in which fewer than two columns have a value say nothing about agreement. */
function ratingMeasure(columns: readonly string[], statistic: Measure["statistic"]): Measure {
  const itemOf = (row: Row) => {
    const ratings = ratingsOf(row, columns);
    return ratings.filter((rating) => rating !== null).length < 2 ? undefined : ratings;
  };
  return { columns, nature: "figure", hasInterval: true, itemOf, statistic };
}

function correlationMeasure(
  columns: readonly string[],
  correlate: (points: readonly Weighted<Point>[]) => Statistic,
): Measure {
  const itemOf = (row: Row) => {
    const values = columns.map((column) => numberIn(row[column]));
    return values.every((value) => value !== undefined) ? values : undefined;
  };
  const statistic = (items: readonly Weighted<Ratings>[]) => correlate(items as readonly Weighted<Point>[]);
  return { columns, nature: "figure", hasInterval: true, itemOf, statistic };
}

/** What the rows of a measure come to; `null` when they give nothing. */
export function valueOfMeasure(measure: Measure, counts: ItemCounts): number | null {
  if (counts.total === 0 || counts.isOverfull) return null;
  if (measure.nature === "min" || measure.nature === "max") return counts.extreme(measure.nature);
  if (measure.nature !== "figure") return counts.mean();
  const items = counts.items();
  return measure.statistic(items)(items.map(({ count }) => count));
}

function numbersOf(items: readonly Weighted<Ratings>[]): readonly Weighted<number>[] {
  return items.map(({ item, count }) => ({ item: Number(item[0]), count }));
}

function booleanIn(value: Json | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** Scores and labels: true counts as 1, false as 0. */
function numberIn(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : undefined;
}

function ratingsOf(row: Row, columns: readonly string[]): Ratings {
  return columns.map((column): Rating | null => {
    const value = row[column] ?? null;
    return value !== null && typeof value === "object" ? canonicalJson(value) : value;
  });
}
