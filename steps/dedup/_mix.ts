/** Odd multiplier of the polynomial hashes: the golden ratio times 2^32. */
export const MULTIPLIER = 0x9e3779b1;

/**
 * Spreads 32 bits over 32 bits, one to one.
 *
 * Source: A. Appleby, MurmurHash3, finaliser of the 32-bit variant (public domain).
 */
export function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Endless 32-bit numbers, the same for the same seed: a counter, mixed. */
export function numbersOf(seed: number): () => number {
  let state = mix(seed | 0);
  return () => {
    state = (state + MULTIPLIER) | 0;
    return mix(mix(state) ^ (seed | 0));
  };
}
