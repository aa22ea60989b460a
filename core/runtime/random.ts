import { sha256 } from "../record/mod.ts";
import { sfc32 } from "./_sfc32.ts";

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
  const next = sfc32(sha256(seed));
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** Random numbers that nobody can predict, for what must not repeat: jitter, names of temporary files. */
export const systemRandom: RandomStream = {
  next: () => Math.random(),
  integer: (below) => Math.floor(Math.random() * below),
};
