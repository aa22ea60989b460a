import {
  canonicalJson,
  ColumnCollector,
  type Columns,
  digest,
  MerkleTree,
  type Row,
  sha256,
} from "../record/mod.ts";

// deno-lint-ignore no-control-regex -- the ASCII range is what is meant
const NON_ASCII = /[^\x00-\x7f]/;

/** What the rows of a stage come to in its manifest. */
export interface StageFacts {
  readonly count: number;
  readonly columns: Columns;
  readonly merkle_root: string;
  readonly min_sample_id: string | null;
  readonly max_sample_id: string | null;
}

/** Collects, row by row and in bounded memory, what a manifest says of the rows themselves. */
export class StageDigest {
  readonly #tree: MerkleTree = new MerkleTree();
  readonly #columns: ColumnCollector = new ColumnCollector();
  #min: string | null = null;
  #max: string | null = null;

  /**
   * Adds the next row, and gives back its line: canonical JSON, without a line end.
   * @throws {FastDistillError} `data.not_canonical`; the row then counts as not added
   */
  add(row: Row): string {
    const line = canonicalJson(row);
    this.#tree.add(rowDigest(row, line));
    this.#columns.add(row);
    const id = row["sample_id"];
    if (typeof id === "string") {
      if (this.#min === null || id < this.#min) this.#min = id;
      if (this.#max === null || id > this.#max) this.#max = id;
    }
    return line;
  }

  /** What the rows so far come to. */
  facts(): StageFacts {
    return {
      count: this.#tree.count,
      columns: this.#columns.columns(),
      merkle_root: this.#tree.root(),
      min_sample_id: this.#min,
      max_sample_id: this.#max,
    };
  }
}

/**
 * `digest(row)`, taken from the row's line where that is the same. A line in form NFC holds only texts in form NFC: JSON
 * escapes no character that could combine with its neighbours. The other way round does not hold, and need not.
 */
export function rowDigest(row: Row, line: string): string {
  const isNfc = !NON_ASCII.test(line) || line.normalize("NFC") === line;
  return isNfc ? sha256(line) : digest(row);
}
