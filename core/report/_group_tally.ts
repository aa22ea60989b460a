import { canonicalJson, type Json, type Row } from "../record/mod.ts";

const GROUPS_MAX = 1_000;
const LABEL_CHARS_MAX = 200;
/** Label of the rows whose group is past the bound. */
export const OTHER_GROUP = "(other)";

/** What rows are tallied in; tallies of parts add up to the tally of the whole. */
export interface Tally<Self> {
  /** Rows that were added. */
  readonly count: number;
  /** Adds one more row. */
  readonly add: (row: Row) => void;
  /** Adds all rows of another one. */
  readonly merge: (other: Self) => void;
}

/**
 * Tallies rows by the value of one column. Of more than 1,000 values, the first 1,000 in the order of their labels have
 * a tally of their own: unlike "the first that came" or "the most frequent", that choice is the same however the rows
 * are cut into parts.
 */
export class GroupTally<T extends Tally<T>> {
  readonly #column: string;
  readonly #make: () => T;
  readonly #groups: Map<string, T> = new Map();
  readonly #other: T;
  /** Labels after this one belong to the others; `undefined` until there are too many. */
  #last: string | undefined;

  /** Groups by a column, each in a tally that is made for it. */
  constructor(column: string, make: () => T) {
    this.#column = column;
    this.#make = make;
    this.#other = make();
  }

  /** Adds one more row. */
  add(row: Row): void {
    this.#tallyOf(labelOf(row[this.#column] ?? null)).add(row);
  }

  /** Adds all rows of another tally by the same column. */
  merge(other: GroupTally<T>): void {
    for (const [label, tally] of other.#groups) this.#tallyOf(label).merge(tally);
    this.#other.merge(other.#other);
    if (other.#last !== undefined && (this.#last === undefined || other.#last < this.#last)) {
      this.#last = other.#last;
    }
    this.#prune();
  }

  /** Label and tally of each group, sorted by label, the others last. */
  groups(): readonly (readonly [string, T])[] {
    this.#prune();
    const sorted = [...this.#groups].sort(([a], [b]) => a < b ? -1 : 1);
    return this.#other.count === 0 ? sorted : [...sorted, [OTHER_GROUP, this.#other]];
  }

  #tallyOf(label: string): T {
    const known = this.#groups.get(label);
    if (known !== undefined) return known;
    if (this.#last !== undefined && label > this.#last) return this.#other;
    // Twice the bound before the next clean-up, so that its cost is spread over as many rows.
    if (this.#groups.size >= 2 * GROUPS_MAX) {
      this.#prune();
      return this.#tallyOf(label);
    }
    const tally = this.#make();
    this.#groups.set(label, tally);
    return tally;
  }

  #prune(): void {
    const labels = [...this.#groups.keys()].sort();
    const last = labels.length >= GROUPS_MAX ? labels[GROUPS_MAX - 1]! : this.#last;
    if (last === undefined) return;
    for (const label of labels.filter((label) => label > last)) {
      this.#other.merge(this.#groups.get(label)!);
      this.#groups.delete(label);
    }
    this.#last = last;
  }
}

/** What a value is called as a group. */
function labelOf(value: Json): string {
  const label = value === null ? "(null)" : typeof value === "string" ? value : canonicalJson(value);
  return label.length <= LABEL_CHARS_MAX ? label : `${label.slice(0, LABEL_CHARS_MAX).toWellFormed()}…`;
}
