import type { Json } from "./json.ts";

/** One record that flows through a pipeline: column name to JSON value. Rows are never changed in place. */
export interface Row {
  /** What the column holds. */
  readonly [column: string]: Json;
}

/**
 * Where a row stands in the canonical order: the position in its source, then one number per expansion or merge.
 * Compared number by number; a shorter path comes first. It never depends on arrival.
 */
export type SequencePath = readonly number[];

/** A row with what the runtime knows of it. */
export interface Envelope {
  /** Digest of source and expansions: the same row has the same id in every run. */
  readonly rowId: string;
  /** The row's place in the canonical order. */
  readonly path: SequencePath;
  /** The row itself. */
  readonly row: Row;
  /** Ids of the rows that this one was made from; empty for a row straight from a source. */
  readonly parents: readonly string[];
  /** Where it took one of several ways, the latest last; absent when it never did. */
  readonly forks?: readonly Fork[];
}

/** A place where a row took one of several ways. */
export interface Fork {
  /** The step that several steps read. */
  readonly step: string;
  /** Id of the row that went several ways. */
  readonly rowId: string;
  /** Its place in the canonical order. */
  readonly path: SequencePath;
  /** The step that read this one. */
  readonly to: string;
  /** All steps to which the row went. */
  readonly all: readonly string[];
}

/** Orders two sequence paths: negative, zero or positive, as for `Array.prototype.sort`. */
export function compareSequencePaths(a: SequencePath, b: SequencePath): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
