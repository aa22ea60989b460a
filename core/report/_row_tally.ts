import { type Columns, type ColumnType, columnTypeOf, type Json, type Row } from "../record/mod.ts";
import { ItemCounts, ITEMS_MAX } from "./_item_counts.ts";
import { type Measure, valueOfMeasure } from "./measure.ts";
import { ExactSum } from "./_exact_sum.ts";
import type { ColumnQuality, Metrics } from "./stage_quality.ts";

interface NamedTally {
  readonly name: string;
  readonly measure: Measure;
  readonly counts: ItemCounts;
}

/** Counts rows and sums up their columns; tallies of parts add up to the tally of the whole. */
export class RowTally {
  readonly #columns: Map<string, ColumnTally> = new Map();
  readonly #named: readonly NamedTally[];
  #count = 0;

  /** Counts for metrics of several columns too, by name; `itemsMax` bounds what is kept for each of them. */
  constructor(measures: ReadonlyMap<string, Measure> = new Map(), itemsMax: number = ITEMS_MAX) {
    this.#named = [...measures].map(([name, measure]) => ({
      name,
      measure,
      counts: new ItemCounts(itemsMax),
    }));
  }

  /** Rows that were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds one more row. */
  add(row: Row): void {
    this.#count++;
    for (const name in row) this.#tallyOf(name).add(row[name]!);
    for (const { measure, counts } of this.#named) {
      const item = measure.itemOf(row);
      if (item !== undefined) counts.add(item);
    }
  }

  /** Adds all rows of another tally. */
  merge(other: RowTally): void {
    this.#count += other.#count;
    for (const [name, tally] of other.#columns) this.#tallyOf(name).merge(tally);
    this.#named.forEach(({ counts }, index) => counts.merge(other.#named[index]!.counts));
  }

  /** Whether a row had the column, were it null. */
  has(column: string): boolean {
    return this.#columns.has(column);
  }

  /** The columns that were seen or stated, sorted by name. */
  columns(stated: Columns): Readonly<Record<string, ColumnQuality>> {
    const names = [...new Set([...this.#columns.keys(), ...Object.keys(stated)])].sort();
    return Object.fromEntries(names.map((name) => {
      const tally = this.#columns.get(name) ?? new ColumnTally();
      return [name, tally.quality(this.#count, stated[name])];
    }));
  }

  /** The figures of the rows, by name, of the columns whose type gives any. */
  metrics(types: Columns): Metrics {
    const figures = Object.entries(types).flatMap(([name, type]) => {
      const tally = this.#columns.get(name) ?? new ColumnTally();
      return type === "boolean" || type === "number" ? figuresOf(name, tally.quality(this.#count, type)) : [];
    });
    const named = this.#named.map(({ name, measure, counts }) =>
      [name, valueOfMeasure(measure, counts)] as const
    );
    return Object.fromEntries([["count", this.#count] as const, ...figures, ...named]);
  }

  #tallyOf(column: string): ColumnTally {
    let tally = this.#columns.get(column);
    if (tally === undefined) this.#columns.set(column, tally = new ColumnTally());
    return tally;
  }
}

function figuresOf(name: string, column: ColumnQuality): readonly (readonly [string, number | null])[] {
  if (column.type === "boolean") {
    const known = column.true! + column.false!;
    return [[`${name}_rate`, known === 0 ? null : column.true! / known]];
  }
  if (column.type !== "number") return [];
  return (["mean", "min", "max"] as const).map((figure) => [`${name}_${figure}`, column[figure]!]);
}

class ColumnTally {
  readonly #counts: Map<ColumnType, number> = new Map();
  readonly #sum: ExactSum = new ExactSum();
  #true = 0;
  #min = Infinity;
  #max = -Infinity;

  add(value: Json): void {
    const type = columnTypeOf(value);
    if (type === undefined) return;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (value === true) this.#true++;
    if (typeof value !== "number") return;
    this.#sum.add(value);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  merge(other: ColumnTally): void {
    for (const [type, count] of other.#counts) this.#counts.set(type, (this.#counts.get(type) ?? 0) + count);
    this.#sum.merge(other.#sum);
    this.#true += other.#true;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  quality(rows: number, stated: ColumnType = "any"): ColumnQuality {
    const types = [...this.#counts.keys()];
    const known = this.#counts.values().reduce((sum, count) => sum + count, 0);
    const type = types.length === 0 ? stated : types.length === 1 ? types[0]! : "any";
    const base = { type, null: rows - known };
    if (type === "boolean") return { ...base, true: this.#true, false: known - this.#true };
    if (type !== "number") return base;
    if (known === 0) return { ...base, mean: null, min: null, max: null };
    return { ...base, mean: this.#sum.mean(known), min: this.#min, max: this.#max };
  }
}
