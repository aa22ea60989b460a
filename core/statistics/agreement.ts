import type { Statistic, Weighted } from "./weighted.ts";

/** What a rater said; `null` where a rater said nothing. */
export type Rating = string | number | boolean;

/** Ratings of one item, one for each rater. */
export type Ratings = readonly (Rating | null)[];

/** How much it counts that two ratings differ. */
export type KappaWeights = "none" | "linear" | "quadratic";

/** What {@linkcode cohenKappa} is told. */
export interface KappaOptions {
  /** `none`: all differences count the same; otherwise by the distance of the categories, or its square. */
  readonly weights: KappaWeights;
  /** The categories in their order; without them numbers are ordered as such. */
  readonly order?: readonly Rating[] | undefined;
}

/**
 * Agreement of two raters beyond what their shares of each category make come about by chance: 1 is full agreement, 0 is
 * chance. Items that one of them did not rate do not count. `null` where chance alone would be full agreement.
 *
 * Source: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960);
 * with weights Psychological Bulletin 70 (1968).
 */
export function cohenKappa(items: readonly Weighted<Ratings>[], options: KappaOptions): Statistic {
  const rated = items.map(({ item }) => item.length === 2 && item.every((rating) => rating !== null));
  const categories = categoriesOf(items.filter((_, index) => rated[index]), options.order);
  const at = new Map(categories.map((category, index) => [category, index]));
  const cells = items.map(({ item }, index) => rated[index] ? item.map((rating) => at.get(rating!)!) : []);
  const size = categories.length;
  const distance = distanceOf(options.weights);
  const apart = cells.map(([row, column]) => row === undefined ? 0 : distance(row, column!));
  return (weights) => {
    const [rows, columns] = [new Float64Array(size), new Float64Array(size)];
    let [total, observed] = [0, 0];
    for (let index = 0; index < cells.length; index++) {
      const [row, column] = cells[index]!;
      if (row === undefined) continue;
      const weight = weights[index]!;
      total += weight;
      observed += weight * apart[index]!;
      rows[row]! += weight;
      columns[column!]! += weight;
    }
    const expected = chanceDistance(rows, columns, options.weights);
    return expected === 0 ? null : 1 - observed * total / expected;
  };
}

/** The sum of the distances between all categories, weighted with how often both raters use them. */
function chanceDistance(rows: Float64Array, columns: Float64Array, weights: KappaWeights): number {
  const [rowMoments, columnMoments] = [momentsOf(rows), momentsOf(columns)];
  const [n, m] = [rowMoments.sum, columnMoments.sum];
  if (weights === "none") return n * m - rows.reduce((sum, count, at) => sum + count * columns[at]!, 0);
  if (weights === "quadratic") {
    const [a, b] = [rowMoments, columnMoments];
    return m * a.squares - 2 * a.first * b.first + n * b.squares;
  }
  let [sum, rowsUpTo, columnsUpTo] = [0, 0, 0];
  // The distance of two categories is the number of steps between neighbours that lie between them.
  for (let at = 0; at < rows.length; at++) {
    rowsUpTo += rows[at]!;
    columnsUpTo += columns[at]!;
    sum += rowsUpTo * (m - columnsUpTo) + (n - rowsUpTo) * columnsUpTo;
  }
  return sum;
}

function momentsOf(counts: Float64Array): {
  readonly sum: number;
  readonly first: number;
  readonly squares: number;
} {
  let [sum, first, squares] = [0, 0, 0];
  for (let at = 0; at < counts.length; at++) {
    sum += counts[at]!;
    first += counts[at]! * at;
    squares += counts[at]! * at * at;
  }
  return { sum, first, squares };
}

function distanceOf(weights: KappaWeights): (a: number, b: number) => number {
  if (weights === "none") return (a, b) => a === b ? 0 : 1;
  return weights === "linear" ? (a, b) => Math.abs(a - b) : (a, b) => (a - b) ** 2;
}

/**
 * Agreement of any fixed number of raters, who need not be the same ones, beyond chance. Items that lack a rating do not
 * count.
 *
 * Source: J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76 (1971).
 */
export function fleissKappa(items: readonly Weighted<Ratings>[]): Statistic {
  const rated = items.map(({ item }) => item.every((rating) => rating !== null));
  const at = new Map(categoriesOf(items).map((category, index) => [category, index]));
  const raters = items[0]?.item.length ?? 0;
  const tallies = items.map(({ item }, index) => rated[index] ? tallyOf(item, at) : []);
  const agreements = tallies.map((tally) =>
    (tally.reduce((sum, [, count]) => sum + count * count, 0) - raters) / (raters * (raters - 1))
  );
  return (weights) => {
    const shares = new Float64Array(at.size);
    let [total, agreed] = [0, 0];
    for (let index = 0; index < tallies.length; index++) {
      if (!rated[index]) continue;
      total += weights[index]!;
      agreed += weights[index]! * agreements[index]!;
      for (const [category, count] of tallies[index]!) shares[category]! += weights[index]! * count;
    }
    const chance = shares.reduce((sum, count) => sum + (count / (total * raters)) ** 2, 0);
    return total === 0 || chance === 1 ? null : (agreed / total - chance) / (1 - chance);
  };
}

function tallyOf(
  item: Ratings,
  at: ReadonlyMap<Rating, number>,
): readonly (readonly [number, number])[] {
  const tally = new Map<number, number>();
  for (const rating of item) {
    if (rating === null) continue;
    const category = at.get(rating)!;
    tally.set(category, (tally.get(category) ?? 0) + 1);
  }
  return [...tally];
}

/** What the ratings of Krippendorff's alpha mean. */
export type AlphaLevel = "nominal" | "ordinal" | "interval";

/** What {@linkcode krippendorffAlpha} is told. */
export interface AlphaOptions {
  /** Whether ratings are names, ranks or numbers. */
  readonly level: AlphaLevel;
  /** The categories in their order; without them numbers are ordered as such. */
  readonly order?: readonly Rating[] | undefined;
}

/**
 * Reliability of any number of raters, with ratings missing anywhere: 1 is full agreement, 0 is chance. `null` where all
 * ratings are equal.
 *
 * Source: K. Krippendorff, Computing Krippendorff's alpha-reliability (2011).
 */
export function krippendorffAlpha(items: readonly Weighted<Ratings>[], options: AlphaOptions): Statistic {
  const categories = categoriesOf(items, options.order);
  const at = new Map(categories.map((category, index) => [category, index]));
  const tallies = items.map(({ item }) => tallyOf(item, at));
  const raters = tallies.map((tally) => tally.reduce((sum, [, count]) => sum + count, 0));
  return (weights) => {
    const shares = new Float64Array(categories.length);
    for (let index = 0; index < tallies.length; index++) {
      if (raters[index]! < 2) continue;
      for (const [category, count] of tallies[index]!) shares[category]! += weights[index]! * count;
    }
    const values = alphaValues(categories, shares, options.level);
    let observed = 0;
    for (let index = 0; index < tallies.length; index++) {
      if (raters[index]! < 2) continue;
      observed += weights[index]! * disagreement(tallies[index]!, values) / (raters[index]! - 1);
    }
    const total = shares.reduce((sum, count) => sum + count, 0);
    const all = Array.from(shares, (count, category) => [category, count] as const);
    const expected = disagreement(all, values);
    return expected === 0 ? null : 1 - (total - 1) * observed / expected;
  };
}

/** The sum over all pairs of ratings of the square of their difference; names differ by 1 or not at all. */
function disagreement(
  tally: readonly (readonly [number, number])[],
  values: ArrayLike<number> | undefined,
): number {
  const n = tally.reduce((sum, [, count]) => sum + count, 0);
  if (values === undefined) return n * n - tally.reduce((sum, [, count]) => sum + count * count, 0);
  const mean = tally.reduce((sum, [category, count]) => sum + count * values[category]!, 0) / n;
  return 2 * n * tally.reduce((sum, [category, count]) => sum + count * (values[category]! - mean) ** 2, 0);
}

/** What categories stand for: themselves, or the mean of the ranks of their ratings; `undefined` for names. */
function alphaValues(
  categories: readonly Rating[],
  shares: Float64Array,
  level: AlphaLevel,
): ArrayLike<number> | undefined {
  if (level === "nominal") return undefined;
  if (level === "interval") return categories.map(Number);
  const ranks = new Float64Array(shares.length);
  let below = 0;
  for (let index = 0; index < shares.length; index++) {
    ranks[index] = below + shares[index]! / 2;
    below += shares[index]!;
  }
  return ranks;
}

/** The categories of ratings in the order that was stated, otherwise numbers as such and texts by their letters. */
export function categoriesOf(
  items: readonly Weighted<Ratings>[],
  order: readonly Rating[] = [],
): readonly Rating[] {
  const seen = new Set(items.flatMap(({ item }) => item.filter((rating) => rating !== null)));
  const others = [...seen].filter((rating) => !order.includes(rating));
  return [...order, ...others.sort(ascending)];
}

function ascending(a: Rating, b: Rating): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [`${typeof a} ${a}`, `${typeof b} ${b}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
