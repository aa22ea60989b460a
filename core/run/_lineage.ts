import type { Envelope } from "../record/mod.ts";

/** A row of a source, by its position. */
export interface SourceRow {
  readonly step: string;
  readonly index: number;
}

/** Knows of which source row a row was made, whatever expanded, branched or sorted it. */
export class Lineage {
  readonly #sources: Map<string, SourceRow> = new Map();
  readonly #parents: Map<string, string> = new Map();

  /** Takes note of a row that a source gave. */
  addSource(step: string, { rowId, path }: Envelope): void {
    this.#sources.set(rowId, { step, index: path[1]! });
  }

  /** Takes note of a row of any step. */
  add({ rowId, parents }: Envelope): void {
    if (parents.length > 0) this.#parents.set(rowId, parents[0]!);
  }

  /** `undefined` for a row that was not taken note of. */
  sourceOf(rowId: string): SourceRow | undefined {
    let at: string | undefined = rowId;
    for (; at !== undefined; at = this.#parents.get(at)) {
      const source = this.#sources.get(at);
      if (source !== undefined) return source;
    }
    return undefined;
  }
}
