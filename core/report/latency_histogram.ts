const NANOSECONDS_PER_MS = 1_000_000;
/** Buckets in each doubling of the duration. The middle of a bucket is at most 1/128 away from anything in it. */
const BUCKETS_PER_DOUBLING = 64;
const EXACT_BELOW = 2 * BUCKETS_PER_DOUBLING;
const NANOSECONDS_MAX = Number.MAX_SAFE_INTEGER;

/** What a {@linkcode LatencyHistogram} tells. All durations in milliseconds; `null` when nothing was added. */
export interface LatencySummary {
  /** Durations that were added. */
  readonly count: number;
  /** Arithmetic mean. */
  readonly mean_ms: number | null;
  /** Median. */
  readonly p50_ms: number | null;
  /** What 90 % do not exceed. */
  readonly p90_ms: number | null;
  /** What 99 % do not exceed. */
  readonly p99_ms: number | null;
  /** The longest. */
  readonly max_ms: number | null;
  /** All of them together. */
  readonly total_ms: number;
}

/**
 * Durations, counted in buckets whose width grows with the duration, so that any quantile is known to within 1 % in
 * memory that does not grow. Resolution is a nanosecond, range 104 days. Histograms add.
 *
 * Source: the log-linear buckets of Gil Tene, HdrHistogram.
 *
 * @example
 * ```ts
 * import { LatencyHistogram } from "@fastdistill/core";
 * import { assert } from "@std/assert";
 *
 * const histogram = new LatencyHistogram();
 * for (let ms = 1; ms <= 1000; ms++) histogram.add(ms);
 * assert(Math.abs(histogram.quantile(0.9)! - 900) <= 9);
 * ```
 */
export class LatencyHistogram {
  readonly #buckets: Map<number, number> = new Map();
  #count = 0;
  /** The sum is both together: a big integer for every duration would cost more than all the rest. */
  #sum = 0n;
  #recentSum = 0;
  #min = NANOSECONDS_MAX;
  #max = 0;

  /** Adds a duration in milliseconds; a negative one, which a clock can give, counts as 0. @throws {RangeError} for NaN */
  add(ms: number): void {
    if (Number.isNaN(ms)) throw new RangeError("Cannot add a duration that is not a number: NaN");
    const nanoseconds = Math.min(NANOSECONDS_MAX, Math.max(0, Math.round(ms * NANOSECONDS_PER_MS)));
    const bucket = bucketOf(nanoseconds);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    if (this.#recentSum + nanoseconds > NANOSECONDS_MAX) this.#sum = this.#wholeSum(), this.#recentSum = 0;
    this.#recentSum += nanoseconds;
    this.#min = Math.min(this.#min, nanoseconds);
    this.#max = Math.max(this.#max, nanoseconds);
  }

  #wholeSum(): bigint {
    return this.#sum + BigInt(this.#recentSum);
  }

  /** Adds all that another histogram counted. */
  merge(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#buckets) {
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#sum += other.#wholeSum();
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * The duration, in milliseconds, that a share `q` of all durations does not exceed; `null` when nothing was added.
   * @throws {RangeError} when `q` is not between 0 and 1
   */
  quantile(q: number): number | null {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`A quantile is between 0 and 1: ${q}`);
    let left = Math.max(1, Math.ceil(q * this.#count));
    for (const bucket of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      left -= this.#buckets.get(bucket)!;
      if (left > 0) continue;
      return Math.min(this.#max, Math.max(this.#min, middleOf(bucket))) / NANOSECONDS_PER_MS;
    }
    return null;
  }

  /** Count, mean, the usual quantiles, maximum. */
  summary(): LatencySummary {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      mean_ms: isEmpty ? null : Number(this.#wholeSum() / BigInt(this.#count)) / NANOSECONDS_PER_MS,
      p50_ms: this.quantile(0.5),
      p90_ms: this.quantile(0.9),
      p99_ms: this.quantile(0.99),
      max_ms: isEmpty ? null : this.#max / NANOSECONDS_PER_MS,
      total_ms: Number(this.#wholeSum()) / NANOSECONDS_PER_MS,
    };
  }
}

/** Index of the bucket: each value below 128 has its own, then 64 to each doubling. */
function bucketOf(nanoseconds: number): number {
  if (nanoseconds < EXACT_BELOW) return nanoseconds;
  const width = widthAt(doublingOf(nanoseconds));
  return doublingOf(nanoseconds) * BUCKETS_PER_DOUBLING + Math.floor(nanoseconds / width);
}

function middleOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const doubling = Math.floor(bucket / BUCKETS_PER_DOUBLING) - 1;
  const width = widthAt(doubling);
  return (bucket - doubling * BUCKETS_PER_DOUBLING) * width + width / 2;
}

/** How often 64 has to be doubled so that the next doubling would pass the value. */
function doublingOf(nanoseconds: number): number {
  const high = Math.floor(nanoseconds / 2 ** 32);
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(nanoseconds);
  return bits - 1 - Math.log2(BUCKETS_PER_DOUBLING);
}

function widthAt(doubling: number): number {
  return 2 ** doubling;
}
