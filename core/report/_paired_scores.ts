import { canonicalJson, type Row, sha256 } from "../record/mod.ts";

const SCORES_MAX = 200_000;
const KEY_DIGITS = 32;
const LOT_DIGITS = 8;

/**
 * What each row says, by what tells which rows of two runs belong together. Of more than 200,000 rows a part is kept that
 * the keys alone decide, so that two runs keep the same rows, and parts add up to the whole.
 */
export class PairedScores {
  readonly #columns: readonly string[];
  #scores: Map<string, number | null> = new Map();
  /** Keys that more than one row had. */
  #repeated: Set<string> = new Set();
  /** Keys whose lot is not below this one are left out. */
  #limit = 2 ** 32;
  #rows = 0;
  #unnamed = 0;

  /** Pairs by columns. */
  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows that lack a column to pair by. */
  get unnamed(): number {
    return this.#unnamed;
  }

  /** Keys that more than one row had. */
  get repeated(): number {
    return this.#repeated.size;
  }

  /** Adds what a row says; `null` for nothing. */
  add(row: Row, score: number | null): void {
    this.#rows++;
    const values = this.#columns.map((column) => row[column] ?? null);
    if (values.includes(null)) this.#unnamed++;
    else this.#put(sha256(canonicalJson(values)).slice(0, KEY_DIGITS), score);
  }

  /** Adds all rows of another one by the same columns. */
  merge(other: PairedScores): void {
    this.#rows += other.#rows;
    this.#unnamed += other.#unnamed;
    this.#lower(other.#limit);
    for (const key of other.#repeated) if (lotOf(key) < this.#limit) this.#repeated.add(key);
    for (const [key, score] of other.#scores) this.#put(key, score);
  }

  /** The scores of rows that both have, `[this, other]`, in the order of their keys; those without a score are left out. */
  pairsWith(other: PairedScores): readonly (readonly [number, number])[] {
    const limit = Math.min(this.#limit, other.#limit);
    return [...this.#scores.keys()].sort().flatMap((key) => {
      const [mine, theirs] = [this.#scores.get(key) ?? null, other.#scores.get(key) ?? null];
      const isPair = mine !== null && theirs !== null && lotOf(key) < limit;
      return isPair && !this.#repeated.has(key) && !other.#repeated.has(key) ? [[mine, theirs] as const] : [];
    });
  }

  /** The share of the rows of both that have a partner, of those that are kept. */
  sharedWith(other: PairedScores): number {
    const limit = Math.min(this.#limit, other.#limit);
    const mine = [...this.#scores.keys()].filter((key) => lotOf(key) < limit);
    const theirs = [...other.#scores.keys()].filter((key) => lotOf(key) < limit);
    const shared = mine.filter((key) => other.#scores.has(key)).length;
    return shared / Math.max(1, mine.length, theirs.length);
  }

  #put(key: string, score: number | null): void {
    if (lotOf(key) >= this.#limit) return;
    if (this.#scores.has(key)) this.#repeated.add(key);
    // Which of several rows with one key is kept shows nowhere: such a key makes no pair.
    this.#scores.set(key, score);
    while (this.#scores.size > SCORES_MAX) this.#lower(this.#limit / 2);
  }

  #lower(limit: number): void {
    if (limit >= this.#limit) return;
    this.#limit = limit;
    for (const key of this.#scores.keys()) if (lotOf(key) >= limit) this.#scores.delete(key);
    for (const key of this.#repeated) if (lotOf(key) >= limit) this.#repeated.delete(key);
  }
}

/** A number from 0 to 2^32 that a key draws. */
function lotOf(key: string): number {
  return Number.parseInt(key.slice(0, LOT_DIGITS), 16);
}
