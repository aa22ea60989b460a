import type { ColumnType, Json, Row } from "@fastdistill/core/authoring";
import { cellOf, type CellType, inferCellType, type PlainKind } from "./_cell_type.ts";
import { unfitRow } from "./_unfit_row.ts";

/** A column of a typed file. */
export interface TypedColumn {
  readonly name: string;
  readonly type: CellType;
}

/** What is known of the columns of typed files before the first row. */
export interface SchemaOptions {
  /** Columns in their order. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Types that were chosen. */
  readonly types: Readonly<Record<string, PlainKind>>;
  /** Columns that a row may have; any when absent. What is not written of them is left out. */
  readonly allowed: ReadonlySet<string> | undefined;
}

/** The types of columns, the same in all files that a step writes: where nothing says them, the first rows do. */
export class TypedSchema {
  readonly #columns: readonly { readonly name: string; type: CellType | undefined }[];
  readonly #allowed: ReadonlySet<string> | undefined;

  constructor({ columns, types, allowed }: SchemaOptions) {
    this.#columns = [...columns].map(([name, type]) => ({ name, type: statedType(types[name], type) }));
    this.#allowed = allowed;
  }

  /** Whether every type is known. */
  get isSettled(): boolean {
    return this.#columns.every(({ type }) => type !== undefined);
  }

  /** Once they are settled. */
  columns(): readonly TypedColumn[] {
    return this.#columns.map(({ name, type }) => ({ name, type: type! }));
  }

  /** Checks a row against what is known. @throws {FastDistillError} `data.invalid_sample` */
  check(row: Row): void {
    refuseOthers(row, this.#allowed);
    for (const { name, type } of this.#columns) if (type !== undefined) cellOf(row[name], type, name);
  }

  /** Settles the types that are not known yet by the first rows. */
  settle(rows: readonly Row[]): void {
    for (const column of this.#columns) {
      column.type ??= inferCellType(rows.map((row): Json => row[column.name] ?? null));
    }
  }
}

function statedType(stated: PlainKind | undefined, type: ColumnType): CellType | undefined {
  if (stated !== undefined) return { kind: stated };
  if (type === "number") return { kind: "float64" };
  return type === "string" || type === "boolean" ? { kind: type } : undefined;
}

/** @throws {FastDistillError} `data.invalid_sample` for a row with a column that is not foreseen */
export function refuseOthers(row: Row, allowed: ReadonlySet<string> | undefined): void {
  if (allowed === undefined) return;
  for (const name in row) {
    if (allowed.has(name)) continue;
    throw unfitRow(
      `the column "${name}", which the steps before do not state`,
      "Name the columns to write under columns:, or complete the rows before they are written",
    );
  }
}
