import { type Columns, FastDistillError, type Json, parseJson, type Row } from "@fastdistill/core/authoring";
import type { Options } from "csv-parse";
import { Readable } from "node:stream";
import { dataEndingOf } from "../file_format.ts";
import { loadPackage } from "../load_package.ts";
import { plainBytes } from "./_decompress.ts";
import type { CsvOptions, InputFile, ReadOptions, RowBatches, UnreadableRecord } from "./_input_file.ts";

const BATCH_ROWS = 500;
const RECORD_CHARS_MAX = 64 * 1024 * 1024;
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

interface CsvRecord {
  /** As it stands in the file. */
  readonly raw: string;
  readonly record: readonly (string | null)[];
  readonly info: { readonly lines: number };
}

/** The columns of delimited text: their names stand in the first line, and `types` says what they hold. */
export async function csvColumns(file: InputFile, { csv }: ReadOptions): Promise<Columns> {
  let { columns } = csv;
  if (columns === undefined) {
    columns = [];
    for await (const { record } of recordsOf(file, { csv, unreadable: [] })) {
      columns = headerOf(record, file.name);
      break;
    }
  }
  return Object.fromEntries(columns.map((column) => {
    const type = csv.types[column] ?? "string";
    return [column, type === "json" ? "any" : type];
  }));
}

/** Reads delimited text (RFC 4180). Every value is text unless `types` says what its column holds. */
export async function* csvBatches(file: InputFile, { csv, onUnreadable }: ReadOptions): RowBatches {
  const unreadable: UnreadableRecord[] = [];
  let { columns } = csv;
  let rows: Row[] = [];
  for await (const { record, info, raw } of recordsOf(file, { csv, unreadable })) {
    if (columns === undefined) {
      columns = headerOf(record, file.name);
      continue;
    }
    const row = rowOf(record, { columns, csv, line: info.lines, raw });
    // The parser reads ahead: what it could not read may stand behind this record.
    const ahead = unreadable.findIndex(({ line }) => line > info.lines);
    const due = unreadable.splice(0, ahead < 0 ? unreadable.length : ahead);
    if (!("row" in row)) due.push(row);
    if (due.length > 0 || rows.length >= BATCH_ROWS) {
      yield rows;
      rows = [];
    }
    for (const one of due) await onUnreadable(one);
    if ("row" in row) rows.push(row.row);
  }
  yield rows;
  for (const one of unreadable) await onUnreadable(one);
}

interface Parsing {
  readonly csv: CsvOptions;
  /** Receives what is no record. */
  readonly unreadable: UnreadableRecord[];
}

async function* recordsOf(file: InputFile, parsing: Parsing): AsyncGenerator<CsvRecord> {
  const { parse } = await loadPackage("csv-parse", {
    use: "Read CSV files",
    load: () => import("csv-parse"),
  });
  const source = Readable.from(plainBytes(file));
  const parser = parse(parserOptions(file, parsing));
  source.on("error", (cause) => parser.destroy(cause as Error));
  try {
    for await (const record of source.pipe(parser)) yield record as CsvRecord;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function parserOptions(
  file: InputFile,
  { csv, unreadable }: Parsing,
): Options {
  const nulls = new Set(csv.null_values);
  return {
    bom: true,
    delimiter: csv.delimiter ?? (dataEndingOf(file.name) === "tsv" ? "\t" : ","),
    info: true,
    raw: true,
    max_record_size: RECORD_CHARS_MAX,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error, raw) => {
      const line = Number((error as { lines?: number } | undefined)?.lines ?? 0);
      unreadable.push({ line, text: textOf(raw ?? ""), reason: error?.message ?? "it is no record" });
      return undefined;
    },
    // What is quoted is text, even where the same without quotes means that there is nothing.
    cast: (value, { quoting }) => (!quoting && nulls.has(value) ? null : value) as string,
  };
}

function headerOf(record: readonly (string | null)[], name: string): readonly string[] {
  const columns = record.map((cell) => cell ?? "");
  const twin = columns.find((column, index) => columns.indexOf(column) !== index);
  const found = columns.includes("") ? "a column without a name" : twin && `two columns "${twin}"`;
  if (!found) return columns;
  throw new FastDistillError(
    "data.malformed",
    `Read the names of columns from the first line of ${name}, found ${found}`,
    {
      hint: "Mend the line, or name the columns under csv.columns when the file has no such line",
    },
  );
}

interface RecordPlace {
  readonly columns: readonly string[];
  readonly csv: CsvOptions;
  readonly line: number;
  readonly raw: string;
}

function rowOf(
  record: readonly (string | null)[],
  { columns, csv, line, raw }: RecordPlace,
): { readonly row: Row } | UnreadableRecord {
  if (record.length !== columns.length) {
    const reason = `it has ${record.length} values, and there are ${columns.length} columns`;
    return { line, text: textOf(raw), reason };
  }
  const row: Record<string, Json> = {};
  for (let index = 0; index < columns.length; index++) {
    const [column, cell] = [columns[index]!, record[index]!];
    const value = valueOf(cell, csv.types[column] ?? "string");
    if (value === undefined) {
      return { line, text: textOf(raw), reason: `"${cell}" in "${column}" is no ${csv.types[column]}` };
    }
    row[column] = value;
  }
  return { row };
}

/** A record without the end of its line. */
function textOf(raw: string): string {
  return raw.replace(/\r?\n$/, "");
}

/** `undefined` for a text that does not stand for a value of the type. */
function valueOf(cell: string | null, type: CsvOptions["types"][string]): Json | undefined {
  if (cell === null || type === "string") return cell;
  const text = cell.trim();
  if (type === "number") {
    if (/^[+-]?nan$/i.test(text)) return null;
    const value = NUMBER.test(text) ? Number(text) : NaN;
    return Number.isFinite(value) && isHeld(value, text) ? value : undefined;
  }
  if (type === "boolean") {
    return /^(?:true|1)$/i.test(text) ? true : /^(?:false|0)$/i.test(text) ? false : undefined;
  }
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether a number is the integer that its text says; decimals are to the nearest number. */
function isHeld(value: number, text: string): boolean {
  if (Number.isSafeInteger(value) || !INTEGER.test(text)) return true;
  return BigInt(value) === BigInt(text.replace(/^\+/, ""));
}
