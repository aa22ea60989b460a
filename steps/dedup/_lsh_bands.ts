const STEPS = 200;

/** How a signature is cut into bands. */
export interface Banding {
  readonly bands: number;
  /** Values of a band. */
  readonly rows: number;
}

/** What the bands are chosen for. */
export interface BandingWish {
  /** Similarity from which on a pair should be found. */
  readonly threshold: number;
  /** Values that a signature has at most. */
  readonly permutations: number;
  /** Weight of the pairs that are missed, from 0 to 1; the rest is the weight of those found for nothing. */
  readonly missWeight: number;
}

/**
 * The bands for which the weighted sum of two areas is least: that below the curve of `1 - (1 - s^rows)^bands` left of
 * the threshold (pairs that are looked at for nothing), and that above it right of the threshold (pairs that are missed).
 *
 * Source: J. Leskovec, A. Rajaraman, J. Ullman, Mining of Massive Datasets, section 3.4; E. Zhu et al., LSH Ensemble
 * (arXiv:1603.07410), section 5.
 */
export function chooseBanding({ threshold, permutations, missWeight }: BandingWish): Banding {
  let best: Banding = { bands: permutations, rows: 1 };
  let least = Infinity;
  for (let rows = 1; rows <= permutations; rows++) {
    // Fewer bands than fit find fewer pairs; that is worth it only where looking at pairs weighs.
    for (let bands = Math.floor(permutations / rows); bands >= 1; bands--) {
      const found = (similarity: number) => findChance(similarity, { bands, rows });
      const forNothing = area(found, 0, threshold);
      const missed = 1 - threshold - area(found, threshold, 1);
      const cost = (1 - missWeight) * forNothing + missWeight * missed;
      if (cost < least - 1e-12) [best, least] = [{ bands, rows }, cost];
    }
  }
  return best;
}

/** How likely a pair of this similarity meets in at least one band. */
export function findChance(similarity: number, { bands, rows }: Banding): number {
  return 1 - (1 - similarity ** rows) ** bands;
}

/** By the midpoint rule. */
function area(curve: (x: number) => number, from: number, to: number): number {
  const width = (to - from) / STEPS;
  let sum = 0;
  for (let step = 0; step < STEPS; step++) sum += curve(from + (step + 0.5) * width);
  return sum * width;
}
