import type { ColumnType, Json, Row } from "@fastdistill/core/authoring";
import type { Options } from "csv-stringify/sync";
import { loadPackage } from "../_shared/load_package.ts";
import type { ByteSink, RowEncoder } from "./_data_file.ts";
import { refuseOthers } from "./_typed_schema.ts";

/** Records that are turned into text at once. */
const BATCH_ROWS = 200;

/** What the text formats are told of columns. */
export interface TextColumns {
  /** Columns in their order; all of the row's when absent. */
  readonly columns?: readonly string[] | undefined;
}

/** Writes JSON lines. */
export function jsonLineEncoder(sink: ByteSink, { columns }: TextColumns): RowEncoder {
  return {
    write: (row) => sink.write(`${JSON.stringify(chosen(row, columns))}\n`),
    finish: () => {},
  };
}

/** Writes a JSON document: a list with one row a line. */
export function jsonDocumentEncoder(sink: ByteSink, { columns }: TextColumns): RowEncoder {
  let before = "[\n";
  return {
    write: async (row) => {
      await sink.write(before + JSON.stringify(chosen(row, columns)));
      before = ",\n";
    },
    finish: () => sink.write(before === "[\n" ? "[]\n" : "\n]\n"),
  };
}

/** The row, or the chosen columns of it; one that it lacks is null. */
export function chosen(row: Row, columns: readonly string[] | undefined): Row {
  if (columns === undefined) return row;
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** What delimited text is told of columns. */
export interface CsvColumns {
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Columns that a row may have; any when absent. */
  readonly allowed: ReadonlySet<string> | undefined;
  readonly delimiter: string;
}

/** Writes delimited text (RFC 4180, lines end with a line feed): null is nothing, an empty text is quoted, lists are JSON. */
export async function csvEncoder(
  sink: ByteSink,
  { columns, allowed, delimiter }: CsvColumns,
): Promise<RowEncoder> {
  const { stringify } = await loadPackage("csv-stringify", {
    use: "Write CSV files",
    load: () => import("csv-stringify/sync"),
  });
  const names = [...columns.keys()];
  let records: (readonly string[])[] = [];
  const flush = () => {
    if (records.length === 0) return;
    const text = stringify(records as string[][], { delimiter, record_delimiter: "\n", cast: CAST });
    records = [];
    return sink.write(text);
  };
  records.push(names);
  return {
    write: (row) => {
      refuseOthers(row, allowed);
      records.push(names.map((name) => textOf(row[name] ?? null)) as string[]);
      if (records.length >= BATCH_ROWS) return flush();
    },
    finish: flush,
  };
}

/** Quotes tell a text that is empty from none. */
const CAST: NonNullable<Options["cast"]> = {
  string: (value) => value === "" ? { value, quoted: true, quoted_empty: true } : value,
};

/** `null` stays what it is: it is written as nothing. */
function textOf(value: Json): string | null {
  if (value === null || typeof value === "string") return value;
  return JSON.stringify(value);
}
