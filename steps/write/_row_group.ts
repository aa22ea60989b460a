import type { Row } from "@fastdistill/core/authoring";
import { type Cell, cellOf } from "./_cell_type.ts";
import { refuseOthers, type TypedColumn } from "./_typed_schema.ts";

/** Row groups end after that many bytes in memory, whatever the rows that they may have. */
const BYTES_MAX = 64 * 1024 * 1024;

/** How rows are gathered. */
export interface RowGroupOptions {
  readonly columns: readonly TypedColumn[];
  /** Columns that a row may have; any when absent. */
  readonly allowed: ReadonlySet<string> | undefined;
  /** Rows of a group at most. */
  readonly row_group_rows: number;
}

/** Rows of a typed file, column by column, until there are enough of them to be written. */
export class RowGroup {
  readonly #options: RowGroupOptions;
  #cells: Cell[][];
  #rows = 0;
  #size = 0;

  constructor(options: RowGroupOptions) {
    this.#options = options;
    this.#cells = options.columns.map(() => []);
  }

  /** Rows that wait. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether it is time to write them. */
  get isFull(): boolean {
    return this.#rows >= this.#options.row_group_rows || this.#size >= BYTES_MAX;
  }

  /** Adds a row, whole or not at all. @throws {FastDistillError} `data.invalid_sample` */
  add(row: Row): void {
    refuseOthers(row, this.#options.allowed);
    const cells = this.#options.columns.map(({ name, type }) => cellOf(row[name], type, name));
    for (let index = 0; index < cells.length; index++) {
      this.#cells[index]!.push(cells[index]);
      this.#size += sizeOf(cells[index]);
    }
    this.#rows++;
  }

  /** Takes the rows out, column by column. */
  take(): readonly (readonly Cell[])[] {
    const cells = this.#cells;
    this.#cells = this.#options.columns.map(() => []);
    this.#rows = 0;
    this.#size = 0;
    return cells;
  }
}

/** A rough size: what counts is that large rows make small groups. */
export function sizeOf(cell: Cell): number {
  if (typeof cell === "string") return cell.length;
  if (typeof cell !== "object" || cell === null || cell instanceof Date) return 8;
  let size = 16;
  for (const item of Object.values(cell)) size += sizeOf(item as Cell);
  return size;
}
