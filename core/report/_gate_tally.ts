import type { Row } from "../record/mod.ts";
import type { Tally } from "./_group_tally.ts";
import { ItemCounts } from "./_item_counts.ts";
import type { Measure } from "./measure.ts";
import { PairedScores } from "./_paired_scores.ts";

/** What is tallied for a gate. */
export interface GateTallyOptions {
  readonly measure: Measure;
  /** Different items that are kept. */
  readonly itemsMax: number;
  /** Columns to pair rows of two runs by; absent when no two runs are compared. */
  readonly pairBy?: readonly string[] | undefined;
}

/** What the rows of a stage, or of one group, hold for one gate. */
export class GateTally implements Tally<GateTally> {
  readonly items: ItemCounts;
  /** Absent when no two runs are compared. */
  readonly scores: PairedScores | undefined;
  readonly #measure: Measure;
  #count = 0;

  /** Starts with no rows. */
  constructor({ measure, itemsMax, pairBy }: GateTallyOptions) {
    this.#measure = measure;
    this.items = new ItemCounts(itemsMax);
    this.scores = pairBy === undefined ? undefined : new PairedScores(pairBy);
  }

  /** Rows that were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds one more row. */
  add(row: Row): void {
    this.#count++;
    const item = this.#measure.itemOf(row);
    if (item !== undefined) this.items.add(item);
    if (this.scores === undefined) return;
    const score = item?.[0];
    this.scores.add(row, typeof score === "number" ? score : null);
  }

  /** Adds all rows of another one. */
  merge(other: GateTally): void {
    this.#count += other.#count;
    this.items.merge(other.items);
    if (other.scores !== undefined) this.scores?.merge(other.scores);
  }
}
