import type { Envelope, Row } from "../record/mod.ts";

/** Rows of which the content is kept, twice this many at most. */
const RECENT_ROWS = 512;
/** Rows that come straight from a source all have these. */
const NO_PARENTS: readonly string[] = [];

/**
 * What is remembered of the rows that a global step holds: their ids and where they come from. The rows themselves are
 * the step's to keep; only the content of the newest is held besides, as evidence for a step that fails a row as soon
 * as it has seen it.
 */
export class HeldRows {
  readonly #parents: Map<string, readonly string[]> = new Map();
  #recent: Map<string, Row> = new Map();
  #older: Map<string, Row> = new Map();

  /** How many rows are held. */
  get size(): number {
    return this.#parents.size;
  }

  /** Takes note of a row that the step was given. */
  add({ rowId, parents, row }: Envelope): void {
    this.#parents.set(rowId, parents.length === 0 ? NO_PARENTS : parents);
    if (this.#recent.size === RECENT_ROWS) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(rowId, row);
  }

  /** The envelope of a row that the step gives back; without content when that is no longer known. */
  take(rowId: string): Omit<Envelope, "path"> | undefined {
    const parents = this.#parents.get(rowId);
    if (parents === undefined) return undefined;
    this.#parents.delete(rowId);
    return { rowId, parents, row: this.#recent.get(rowId) ?? this.#older.get(rowId) ?? {} };
  }
}
