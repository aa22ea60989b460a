/** A bucket that fills continuously. It may be in debt: what was taken out in advance is corrected later. */
export interface TokenBucket {
  readonly level: number;
  /** Time in milliseconds at which it had this level. */
  readonly at: number;
}

/** How fast a bucket fills, and how much it holds. */
export interface BucketRate {
  readonly perMs: number;
  readonly capacity: number;
}

/** The bucket at a later time. What is in it beyond its capacity stays, but does not grow. */
export function refill(bucket: TokenBucket, at: number, { perMs, capacity }: BucketRate): TokenBucket {
  const gained = Math.max(0, at - bucket.at) * perMs;
  const level = bucket.level >= capacity ? bucket.level : Math.min(capacity, bucket.level + gained);
  return { level, at: Math.max(bucket.at, at) };
}

/** The bucket without what is taken, or with what is given back. */
export function take(bucket: TokenBucket, amount: number): TokenBucket {
  return { ...bucket, level: bucket.level - amount };
}

/** Milliseconds until so much can be taken; a call larger than the bucket waits for a full one. */
export function waitFor(bucket: TokenBucket, wanted: number, { perMs, capacity }: BucketRate): number {
  const missing = Math.min(wanted, capacity) - bucket.level;
  return missing <= 1e-9 ? 0 : missing / perMs;
}
