import type { Moments } from "../statistics/mod.ts";
import type { ItemCounts } from "./_item_counts.ts";

/** Number, mean and variance of items that are numbers; there has to be one. */
export function momentsOf(counts: ItemCounts): Moments {
  const n = counts.total;
  const mean = counts.mean()!;
  const squares = counts.items().reduce(
    (sum, { item, count }) => sum + count * (Number(item[0]) - mean) ** 2,
    0,
  );
  return { n, mean, variance: n < 2 ? 0 : squares / (n - 1) };
}
