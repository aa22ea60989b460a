/** Something that was seen, and how often. */
export interface Weighted<Item> {
  readonly item: Item;
  readonly count: number;
}

/**
 * A figure of items with weights, made ready for items that stay and weights that change: one weight for each item, in
 * its order. `null` where the weighted items give none.
 */
export type Statistic = (weights: ArrayLike<number>) => number | null;

/** How often each item was seen. */
export function countsOf(items: readonly Weighted<unknown>[]): Float64Array {
  return Float64Array.from(items, ({ count }) => count);
}

/** The mean of numbers. */
export function weightedMean(items: readonly Weighted<number>[]): Statistic {
  return (weights) => {
    let [sum, total] = [0, 0];
    for (let index = 0; index < items.length; index++) {
      sum += weights[index]! * items[index]!.item;
      total += weights[index]!;
    }
    return total === 0 ? null : sum / total;
  };
}

/**
 * The smallest of some numbers, in ascending order, that at least the share `q` of them does not exceed.
 *
 * Source: definition 1 of R. Hyndman and Y. Fan, Sample quantiles in statistical packages (1996).
 */
export function weightedQuantile(items: readonly Weighted<number>[], q: number): Statistic {
  return (weights) => {
    let total = 0;
    for (let index = 0; index < items.length; index++) total += weights[index]!;
    if (total === 0) return null;
    // What a share times a count is below a whole number by rounding alone is that number.
    const wanted = Math.max(q * total - 1e-9 * total, 0);
    let below = 0;
    for (let index = 0; index < items.length; index++) {
      below += weights[index]!;
      if (weights[index]! > 0 && below >= wanted) return items[index]!.item;
    }
    return items.at(-1)!.item;
  };
}
