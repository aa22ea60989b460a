import { mix, MULTIPLIER, numbersOf } from "./_mix.ts";
import { type LeastOf, SIMD_PERMUTATIONS, simdLeast } from "./_simd_least.ts";

/** Which permutations there are, and how they are banded. */
export interface MinHashRule {
  readonly bands: number;
  /** Permutations of a band. */
  readonly rows: number;
  readonly seed: number;
}

/**
 * MinHash signatures: the least hash of a set under each of `bands x rows` permutations. Two sets agree in one of them with
 * a probability that is their Jaccard similarity. A permutation is multiplication with an odd number and addition, modulo
 * 2^32, of hashes that are well mixed already.
 *
 * Source: A. Broder, On the resemblance and containment of documents (SEQUENCES 1997).
 */
export class MinHasher {
  readonly #rule: MinHashRule;
  readonly #leastOf: LeastOf;

  constructor(rule: MinHashRule, options: { readonly simd?: boolean } = {}) {
    this.#rule = rule;
    const next = numbersOf(rule.seed);
    // Some permutations are done at a time; those that fill the last of these up are not looked at.
    const count = Math.ceil(rule.bands * rule.rows / SIMD_PERMUTATIONS) * SIMD_PERMUTATIONS;
    const factors = Int32Array.from({ length: count }, () => next() | 1);
    const offsets = Int32Array.from({ length: count }, () => next());
    const simd = options.simd === false ? undefined : simdLeast(factors, offsets);
    this.#leastOf = simd ?? plainLeast(factors, offsets);
  }

  /** The least hash under each permutation; valid until the next call. */
  signature(hashes: Int32Array): Int32Array {
    return this.#leastOf(hashes);
  }

  /** Writes one key a band into `keys`, from `at` on. */
  writeKeys(hashes: Int32Array, keys: Uint32Array, at: number): void {
    const least = this.signature(hashes);
    const { bands, rows } = this.#rule;
    let from = 0;
    for (let band = 0; band < bands; band++) {
      let key = band;
      for (let row = 0; row < rows; row++) key = Math.imul(mix(key ^ least[from++]!), MULTIPLIER);
      keys[at + band] = mix(key);
    }
  }
}

/** What {@linkcode simdLeast} does, without vector instructions: four permutations in a pass. */
function plainLeast(factors: Int32Array, offsets: Int32Array): LeastOf {
  const least = new Int32Array(factors.length);
  return (hashes) => {
    const { length } = hashes;
    for (let p = 0; p < least.length; p += 4) {
      const [f0, f1, f2, f3] = [factors[p]!, factors[p + 1]!, factors[p + 2]!, factors[p + 3]!];
      const [o0, o1, o2, o3] = [offsets[p]!, offsets[p + 1]!, offsets[p + 2]!, offsets[p + 3]!];
      let [m0, m1, m2, m3] = [0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff];
      for (let at = 0; at < length; at++) {
        const hash = hashes[at]!;
        const v0 = (Math.imul(hash, f0) + o0) | 0;
        const v1 = (Math.imul(hash, f1) + o1) | 0;
        const v2 = (Math.imul(hash, f2) + o2) | 0;
        const v3 = (Math.imul(hash, f3) + o3) | 0;
        if (v0 < m0) m0 = v0;
        if (v1 < m1) m1 = v1;
        if (v2 < m2) m2 = v2;
        if (v3 < m3) m3 = v3;
      }
      least[p] = m0;
      least[p + 1] = m1;
      least[p + 2] = m2;
      least[p + 3] = m3;
    }
    return least;
  };
}
