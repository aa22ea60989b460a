import type { Rating, Ratings, Weighted } from "../statistics/mod.ts";
import { ExactSum } from "./_exact_sum.ts";

/** Bits of a number's fraction that are kept, the first that makes few enough numbers; 20 is 6 decimal digits. */
const FRACTION_BITS: readonly number[] = [20, 16, 12, 10, 8, 6, 5, 4, 3, 2, 1, 0];
const HIGH_WORD_BITS = 20;
const SIGN_AND_EXPONENT = 0xfff00000;

/** Different items of a whole stage that are kept. */
export const ITEMS_MAX = 65_536;
/** Different items of one of many groups that are kept. */
export const GROUP_ITEMS_MAX = 4_096;

interface Entry {
  readonly item: Ratings;
  count: number;
}

/**
 * Counts how often each different item was seen: a value, or the values of several columns. Of too many different items,
 * numbers lose the last bits of their fraction, all of them the same, until few enough are different: whatever parts
 * counts are added from, and in whatever order, they end the same.
 */
export class ItemCounts {
  readonly #itemsMax: number;
  readonly #sum: ExactSum = new ExactSum();
  #entries: Map<unknown, Entry> = new Map();
  #total = 0;
  #min = Infinity;
  #max = -Infinity;
  /** Index into `FRACTION_BITS`; -1 while numbers are whole. */
  #level = -1;
  #isOverfull = false;

  /** Keeps at most `max` different items. */
  constructor(max: number) {
    this.#itemsMax = max;
  }

  /** Items that were added. */
  get total(): number {
    return this.#total;
  }

  /** Whether there were more different texts than can be kept; the items are gone then. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Adds one more item. */
  add(item: Ratings): void {
    const [only] = item;
    if (item.length === 1 && typeof only === "number") {
      this.#sum.add(only);
      this.#min = Math.min(this.#min, only);
      this.#max = Math.max(this.#max, only);
    }
    this.#put(item, 1);
  }

  /** Adds all items of another one. */
  merge(other: ItemCounts): void {
    this.#sum.merge(other.#sum);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    while (this.#level < other.#level) this.#coarsen();
    if (other.#isOverfull) this.#overflow();
    this.#total += other.#isOverfull ? other.#total : 0;
    for (const { item, count } of other.#entries.values()) this.#put(item, count);
  }

  /** The different items, in an order that depends on nothing but them. */
  items(): readonly Weighted<Ratings>[] {
    const level = this.#level;
    return [...this.#entries.values()]
      .sort((a, b) => compareItems(a.item, b.item))
      .map(({ item, count }) => ({
        item: level < 0 ? item : item.map((value) => middleOf(value, level)),
        count,
      }));
  }

  /** The mean of items that are numbers, rounded once; `null` when there is none. */
  mean(): number | null {
    return this.#total === 0 ? null : this.#sum.mean(this.#total);
  }

  /** The smallest or largest of items that are numbers; `null` when there is none. */
  extreme(which: "min" | "max"): number | null {
    return this.#total === 0 ? null : which === "min" ? this.#min : this.#max;
  }

  #put(item: Ratings, count: number): void {
    this.#total += count;
    if (this.#isOverfull) return;
    const kept = this.#level < 0 ? item : item.map((value) => truncated(value, this.#level));
    const key = keyOf(kept);
    const known = this.#entries.get(key);
    if (known !== undefined) known.count += count;
    else this.#entries.set(key, { item: kept, count });
    while (this.#entries.size > this.#itemsMax) this.#coarsen();
  }

  #coarsen(): void {
    if (++this.#level >= FRACTION_BITS.length) return this.#overflow();
    const before = this.#entries;
    this.#entries = new Map();
    for (const { item, count } of before.values()) {
      const kept = item.map((value) => truncated(value, this.#level));
      const known = this.#entries.get(keyOf(kept));
      if (known !== undefined) known.count += count;
      else this.#entries.set(keyOf(kept), { item: kept, count });
    }
  }

  #overflow(): void {
    this.#level = FRACTION_BITS.length;
    this.#isOverfull = true;
    this.#entries = new Map();
  }
}

/** One value stands for itself, which is faster than its text; numbers and texts do not meet in a map. */
function keyOf(item: Ratings): unknown {
  return item.length === 1 ? item[0] : JSON.stringify(item);
}

const view = new DataView(new ArrayBuffer(8));

function truncated(value: Rating | null, level: number): Rating | null {
  if (typeof value !== "number" || value === 0) return value;
  view.setFloat64(0, value);
  const dropped = HIGH_WORD_BITS - FRACTION_BITS[level]!;
  view.setUint32(0, (view.getUint32(0) >>> dropped << dropped) >>> 0);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** The middle of the numbers that a truncated one stands for. */
function middleOf(value: Rating | null, level: number): Rating | null {
  if (typeof value !== "number" || value === 0) return value;
  view.setFloat64(0, value);
  const exponent = (view.getUint32(0) & SIGN_AND_EXPONENT) >>> 0;
  view.setUint32(0, exponent);
  view.setUint32(4, 0);
  return value + view.getFloat64(0) * 2 ** -(FRACTION_BITS[level]! + 1);
}

function compareItems(a: Ratings, b: Ratings): number {
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === right) continue;
    if (typeof left === "number" && typeof right === "number") return left - right;
    const [leftText, rightText] = [`${typeof left} ${left}`, `${typeof right} ${right}`];
    if (leftText !== rightText) return leftText < rightText ? -1 : 1;
  }
  return 0;
}
