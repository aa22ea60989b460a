import { sha256 } from "../record/mod.ts";

/** A stream of random numbers. */
export interface RandomStream {
  /** A number from 0 up to but not including 1, with 32 random bits. */
  readonly next: () => number;
  /** A whole number from 0 up to but not including `below`. */
  readonly integer: (below: number) => number;
}

/**
 * Random numbers that depend on nothing but the seed text: the generator sfc32, seeded from its SHA-256.
 *
 * Source: Chris Doty-Humphrey, PractRand, sfc32.
 *
 * @example
 * ```ts
 * import { seededRandom } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(seededRandom("7/teach/row").next(), seededRandom("7/teach/row").next());
 * ```
 */
export function seededRandom(seed: string): RandomStream {
  const bits = sha256(seed);
  let [a, b, c, counter] = [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 16) | 0) as [
    number,
    number,
    number,
    number,
  ];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round++) next();
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** Random numbers that nobody can predict, for what must not repeat: jitter, names of temporary files. */
export const systemRandom: RandomStream = {
  next: () => Math.random(),
  integer: (below) => Math.floor(Math.random() * below),
};
