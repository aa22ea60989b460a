import { type RandomStream, seededRandom } from "../runtime/mod.ts";

/** Rows of one source, of which some were tried. */
export interface Stratum {
  /** Rows that there are. */
  readonly rows: number;
  /** Figures of each row that was tried, always in the same order. At least two rows. */
  readonly tried: readonly (readonly number[])[];
}

/** A figure of the whole run, as far as the tried rows tell. */
export interface Forecast {
  /** One time in ten the figure is below this. */
  readonly p10: number;
  /** As often above as below. */
  readonly p50: number;
  /** One time in ten the figure is above this. */
  readonly p90: number;
}

/** How a forecast is made. */
export interface ForecastOptions {
  /** Seed of the draws. */
  readonly seed: string;
  /** Makes the figures that are wanted from the sums of the figures of all rows. @default {the sums themselves} */
  readonly figures?: (sums: readonly number[]) => readonly number[];
  /** How often the run is drawn. @default {2000} */
  readonly draws?: number;
}

/** Rows up to which each one is drawn; beyond, their sum is drawn from a normal distribution. */
const DRAWN_ROWS_MAX = 256;
const Z90 = 1.2815515655446004;

/**
 * Forecasts sums over all rows from some that were tried, by a bootstrap: each draw takes the tried rows with replacement
 * as what rows are like, adds the rest of the rows from those, and keeps the tried rows as they were. The percentiles of the
 * draws are widened about the median by `sqrt(n / (n - 1)) * t / z`, since few rows show less variance than there is.
 *
 * Source: T. Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 5.3 (expanded percentile interval).
 *
 * @throws {RangeError} for a source of which fewer than two rows were tried, but for one that has no more
 */
export function forecastSums(strata: readonly Stratum[], options: ForecastOptions): readonly Forecast[] {
  const { seed, draws = 2000, figures = (sums) => sums } = options;
  const open = strata.filter(({ rows, tried }) => tried.length < rows);
  for (const { rows, tried } of open) {
    if (tried.length < 2) throw new RangeError(`Cannot forecast ${rows} rows from ${tried.length}`);
  }
  const known = figures(add(strata.flatMap(({ tried }) => tried)));
  const drawn = Array.from({ length: open.length === 0 ? 1 : draws }, (_, draw) => {
    const random = seededRandom(`forecast/${seed}/${draw}`);
    return figures(add(strata.map((stratum) => drawSums(stratum, random))));
  });
  const widening = Math.max(1, ...open.map(({ tried }) => wideningOf(tried.length)));
  return known.map((least, index) =>
    forecastOf(drawn.map((figures) => figures[index]!), { widening, least })
  );
}

function forecastOf(
  values: number[],
  { widening, least }: { readonly widening: number; readonly least: number },
): Forecast {
  values.sort((a, b) => a - b);
  const [low, p50, high] = [0.1, 0.5, 0.9].map((share) => quantile(values, share)) as [
    number,
    number,
    number,
  ];
  return { p10: Math.max(least, p50 - widening * (p50 - low)), p50, p90: p50 + widening * (high - p50) };
}

function drawSums({ rows, tried }: Stratum, random: RandomStream): readonly number[] {
  const rest = rows - tried.length;
  if (rest <= 0) return add(tried);
  const like = tried.map(() => tried[random.integer(tried.length)]!);
  const others = rest <= DRAWN_ROWS_MAX
    ? add(Array.from({ length: rest }, () => like[random.integer(like.length)]!))
    : normalSum(like, { rest, z: normal(random) });
  return add([add(tried), others]);
}

function normalSum(
  like: readonly (readonly number[])[],
  { rest, z }: { readonly rest: number; readonly z: number },
): readonly number[] {
  const means = add(like).map((sum) => sum / like.length);
  return means.map((mean, index) => {
    const variance = like.reduce((sum, figures) => sum + (figures[index]! - mean) ** 2, 0) / like.length;
    return Math.max(0, rest * mean + z * Math.sqrt(rest * variance));
  });
}

/** The sum of vectors of equal length. */
function add(vectors: readonly (readonly number[])[]): readonly number[] {
  const sums = [...vectors[0] ?? []];
  for (const vector of vectors.slice(1)) {
    vector.forEach((value, index) => sums[index] = (sums[index] ?? 0) + value);
  }
  return sums;
}

/** A draw from the standard normal distribution (Box and Muller, 1958). */
function normal(random: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Student's t at 90 % over the normal quantile, by the Cornish-Fisher expansion; and the bias of a small variance. */
function wideningOf(tried: number): number {
  const degrees = tried - 1;
  const z = Z90;
  const t = z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return Math.sqrt(tried / degrees) * t / z;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (at - Math.floor(at)) * (above - below);
}
