import type { Bounds } from "./proportions.ts";
import type { Statistic, Weighted } from "./weighted.ts";

const RESAMPLES = 2_000;
const RESAMPLES_MIN = 200;
/** Draws and evaluations in all; with many different items there are fewer resamples. */
const WORK_MAX = 40_000_000;
/** Items up to which each is drawn; with more, the count of each different item is drawn. */
const DRAWN_MAX = 10_000;
/** Expected count from which a Poisson count is drawn as a rounded normal one. */
const NORMAL_FROM = 30;

/** How a bootstrap is done. */
export interface BootstrapOptions {
  /** Share of resamples inside of the interval. */
  readonly confidence: number;
  /** Numbers from 0 up to but not including 1; the same stream gives the same interval. */
  readonly random: () => number;
}

/**
 * The interval that holds a figure in the middle share of resamples: 2,000 of them, fewer (at least 200) with many
 * different items. Up to 10,000 items are drawn one by one with return; of more, the count of each different item is
 * drawn from a Poisson distribution. `null` when resamples give no figure.
 *
 * Source: B. Efron, Annals of Statistics 7 (1979), percentile method; with Poisson counts J. Hanley and B. MacGibbon (2006).
 */
export function bootstrapInterval(
  items: readonly Weighted<unknown>[],
  statistic: Statistic,
  { confidence, random }: BootstrapOptions,
): Bounds | null {
  const total = items.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const draw = total <= DRAWN_MAX ? drawnOneByOne(items, random) : drawnAsCounts(items, random);
  const work = items.length + Math.min(total, DRAWN_MAX);
  const resamples = Math.max(RESAMPLES_MIN, Math.min(RESAMPLES, Math.floor(WORK_MAX / work)));
  const figures: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const figure = statistic(draw());
    if (figure !== null) figures.push(figure);
  }
  if (figures.length === 0) return null;
  figures.sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  const last = figures.length - 1;
  return { low: figures[Math.floor(tail * last)]!, high: figures[Math.ceil((1 - tail) * last)]! };
}

function drawnOneByOne(items: readonly Weighted<unknown>[], random: () => number): () => Float64Array {
  const owners = items.flatMap(({ count }, index) => Array<number>(count).fill(index));
  const weights = new Float64Array(items.length);
  return () => {
    weights.fill(0);
    for (let drawn = 0; drawn < owners.length; drawn++) {
      weights[owners[Math.floor(random() * owners.length)]!]!++;
    }
    return weights;
  };
}

function drawnAsCounts(items: readonly Weighted<unknown>[], random: () => number): () => Float64Array {
  const weights = new Float64Array(items.length);
  return () => {
    for (let index = 0; index < items.length; index++) weights[index] = poisson(items[index]!.count, random);
    return weights;
  };
}

function poisson(mean: number, random: () => number): number {
  if (mean >= NORMAL_FROM) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * radius * Math.cos(2 * Math.PI * random())));
  }
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  for (; product > limit; count++) product *= random();
  return count;
}
