import { seededRandom } from "../runtime/mod.ts";

/** Which rows of a source take part, by their position in it, from 0. */
export interface RowSelection {
  /** Nothing is read from this position on. */
  readonly end: number;
  readonly has: (index: number) => boolean;
}

/** Every row. */
export const ALL_ROWS: RowSelection = firstRows(undefined);

/** Rows from the first on; all of them where there is no limit. */
export function firstRows(limit: number | undefined): RowSelection {
  const end = limit ?? Infinity;
  return { end, has: (index) => index < end };
}

/** What a sample is drawn from. */
export interface SampleOptions {
  /** Rows that there are. */
  readonly of: number;
  /** Rows that are wanted; all rows where that is as many as there are. */
  readonly size: number;
  /** How many of them are the first ones; the others are drawn. @default {0} */
  readonly first?: number;
  /** Seed of the draw. */
  readonly seed: string;
}

/** Rows drawn without replacement: the same ones for the same seed. */
export function sampleRows({ of, size, first = 0, seed }: SampleOptions): RowSelection {
  if (size >= of) return firstRows(of);
  const chosen = new Set(Array.from({ length: Math.min(first, size) }, (_, index) => index));
  const random = seededRandom(`sample/${seed}`);
  while (chosen.size < size) chosen.add(random.integer(of));
  let last = 0;
  for (const index of chosen) last = Math.max(last, index);
  return { end: last + 1, has: (index) => chosen.has(index) };
}
