/** How long the model server double takes over a call; drawn anew, and alike, by whoever knows the seed. */
export interface Latency {
  /** Milliseconds. */
  readonly median: number;
  /** Of the logarithm; 0 makes every call take the median. */
  readonly sigma: number;
  readonly seed: number;
}

/** Milliseconds of the call for a row: lognormal, by row number, so that the order of calls changes nothing. */
export function latencyOf({ median, sigma, seed }: Latency, row: number): number {
  const first = 1 - uniform(seed, 2 * row);
  const normal = Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * uniform(seed, 2 * row + 1));
  return median * Math.exp(sigma * normal);
}

/** Seconds that an ideal pool needs: `places` workers, each taking the next row the moment it is free. */
export function idealSeconds(
  latency: Latency,
  pool: { readonly rows: number; readonly places: number },
): number {
  const freeAt = new Float64Array(pool.places);
  for (let row = 0; row < pool.rows; row++) {
    let next = 0;
    for (let place = 1; place < pool.places; place++) if (freeAt[place]! < freeAt[next]!) next = place;
    freeAt[next]! += latencyOf(latency, row);
  }
  return Math.max(...freeAt) / 1_000;
}

/** A number in [0, 1) that depends on both. Source: the finalizer of MurmurHash3. */
function uniform(seed: number, index: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) + index | 0;
  for (let round = 0; round < 2; round++) {
    hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
    hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
