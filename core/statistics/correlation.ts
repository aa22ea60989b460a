import type { Statistic, Weighted } from "./weighted.ts";

/** Two numbers of one row. */
export type Point = readonly [number, number];

/** Linear correlation; `null` where one of the two does not vary. Source: K. Pearson (1895). */
export function pearson(points: readonly Weighted<Point>[]): Statistic {
  const [x, y] = [points.map(({ item }) => item[0]), points.map(({ item }) => item[1])];
  return (weights) => weightedPearson(x, y, weights);
}

/** Correlation of ranks, ties having their mean rank; `null` where one does not vary. Source: C. Spearman (1904). */
export function spearman(points: readonly Weighted<Point>[]): Statistic {
  const ranks = [0, 1].map((side) => ranker(points.map(({ item }) => item[side]!)));
  return (weights) => weightedPearson(ranks[0]!(weights), ranks[1]!(weights), weights);
}

function weightedPearson(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights: ArrayLike<number>,
): number | null {
  let [total, meanX, meanY] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    total += weights[index]!;
    meanX += weights[index]! * x[index]!;
    meanY += weights[index]! * y[index]!;
  }
  if (total === 0) return null;
  meanX /= total;
  meanY /= total;
  let [xx, yy, xy] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    const [dx, dy] = [x[index]! - meanX, y[index]! - meanY];
    xx += weights[index]! * dx * dx;
    yy += weights[index]! * dy * dy;
    xy += weights[index]! * dx * dy;
  }
  if (xx <= 0 || yy <= 0) return null;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

function ranker(values: readonly number[]): (weights: ArrayLike<number>) => Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  return (weights) => {
    const ranks = new Float64Array(values.length);
    let [start, below] = [0, 0];
    while (start < order.length) {
      let [end, tied] = [start, 0];
      while (end < order.length && values[order[end]!] === values[order[start]!]) {
        tied += weights[order[end++]!]!;
      }
      for (; start < end; start++) ranks[order[start]!] = below + (tied + 1) / 2;
      below += tied;
    }
    return ranks;
  };
}

/**
 * Kendall's tau-b: pairs of rows in the same order minus those in the opposite one, over those that could be, ties taken
 * into account. `null` where one of the two does not vary.
 *
 * Source: M. G. Kendall, Biometrika 33 (1945); counted in O(n log n) as W. Knight, JASA 61 (1966).
 */
export function kendall(points: readonly Weighted<Point>[]): Statistic {
  const levels = [...new Set(points.map(({ item }) => item[1]))].sort((a, b) => a - b);
  const at = new Map(levels.map((level, index) => [level, index + 1]));
  const x = points.map(({ item }) => item[0]);
  const y = points.map(({ item }) => at.get(item[1])!);
  const order = x.map((_, index) => index).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
  return (weights) => {
    const tree = new CountTree(levels.length);
    let [total, balance, tiesX] = [0, 0, 0];
    for (let start = 0; start < order.length;) {
      let [end, tied] = [start, 0];
      for (; end < order.length && x[order[end]!] === x[order[start]!]; end++) {
        const [rank, weight] = [y[order[end]!]!, weights[order[end]!]!];
        balance += weight * (tree.below(rank - 1) - (total - tree.below(rank)));
        tied += weight;
      }
      for (; start < end; start++) tree.add(y[order[start]!]!, weights[order[start]!]!);
      total += tied;
      tiesX += tied * tied;
    }
    const byY = new Float64Array(levels.length + 1);
    for (let index = 0; index < y.length; index++) byY[y[index]!]! += weights[index]!;
    const tiesY = byY.reduce((sum, count) => sum + count * count, 0);
    const [pairsX, pairsY] = [(total * total - tiesX) / 2, (total * total - tiesY) / 2];
    return pairsX <= 0 || pairsY <= 0 ? null : balance / Math.sqrt(pairsX * pairsY);
  };
}

/** Sums of counts up to a place. Source: P. Fenwick (1994). */
class CountTree {
  readonly #sums: Float64Array;

  constructor(size: number) {
    this.#sums = new Float64Array(size + 1);
  }

  add(place: number, count: number): void {
    for (let at = place; at < this.#sums.length; at += at & -at) this.#sums[at]! += count;
  }

  below(place: number): number {
    let sum = 0;
    for (let at = place; at > 0; at -= at & -at) sum += this.#sums[at]!;
    return sum;
  }
}
