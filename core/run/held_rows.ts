import type { Envelope, Row } from "../record/mod.ts";
import { RowIdTable } from "./_row_id_table.ts";

/** Rows of which the content is kept, twice this many at most. */
const RECENT_ROWS = 512;
const NO_PARENTS: readonly string[] = [];

/**
 * What is remembered of the rows that a global step holds: their ids and where they come from. The rows themselves are
 * the step's to keep; only the content of the newest is held besides, as evidence for a step that fails a row as soon
 * as it has seen it.
 */
export class HeldRows {
  readonly #ids: RowIdTable = new RowIdTable();
  /** Of the rows that have any: those that come straight from a source have none. */
  readonly #parents: Map<string, readonly string[]> = new Map();
  #recent: Map<string, Row> = new Map();
  #older: Map<string, Row> = new Map();

  /** How many rows are held. */
  get size(): number {
    return this.#ids.size;
  }

  /** Takes note of a row that the step was given. */
  add({ rowId, parents, row }: Envelope): void {
    this.#ids.add(rowId);
    if (parents.length > 0) this.#parents.set(rowId, parents);
    if (this.#recent.size === RECENT_ROWS) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(rowId, row);
  }

  /** The envelope of a row that the step gives back; without content when that is no longer known. */
  take(rowId: string): Omit<Envelope, "path"> | undefined {
    if (!this.#ids.take(rowId)) return undefined;
    const parents = this.#parents.get(rowId) ?? NO_PARENTS;
    this.#parents.delete(rowId);
    return { rowId, parents, row: this.#recent.get(rowId) ?? this.#older.get(rowId) ?? {} };
  }
}
