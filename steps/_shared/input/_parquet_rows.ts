import {
  type Columns,
  type ColumnType,
  FastDistillError,
  type Json,
  type Row,
} from "@fastdistill/core/authoring";
import type { AsyncBuffer, Compressors, FileMetaData, ParquetParsers, SchemaTree } from "hyparquet";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { loadPackage } from "../load_package.ts";
import { cellValue, UnreadableCell } from "./_cell_value.ts";
import type { InputFile, ReadOptions, RowBatches } from "./_input_file.ts";

const BATCH_ROWS = 1000;
/** A row group has its columns one after the other: what is read at once is a column of it. */
const SLICE_BYTES_MAX = 1024 * 1024 * 1024;

type Parquet = typeof import("hyparquet");

/** The columns of a Parquet file, by its own word. */
export async function parquetColumns(file: InputFile, { int64 }: ReadOptions): Promise<Columns> {
  const { parquet, metadata } = await open(file);
  return Object.fromEntries(
    parquet.parquetSchema(metadata).children.map((column) => [column.element.name, typeOf(column, int64)]),
  );
}

/** How many rows a Parquet file holds. */
export async function parquetCount(file: InputFile): Promise<number> {
  return Number((await open(file)).metadata.num_rows);
}

/** Reads a Parquet file, a row group at a time. */
export async function* parquetBatches(file: InputFile, options: ReadOptions): RowBatches {
  const { parquet, metadata, buffer } = await open(file);
  const columns = parquet.parquetSchema(metadata).children;
  const compressors = await compressorsFor(metadata);
  const textual = new Set(
    options.int64 === "text" ? columns.filter(isInt64).map(({ element }) => element.name) : [],
  );
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const found = await readable(file, () =>
      parquet.parquetReadObjects({
        file: buffer,
        metadata,
        rowStart: start,
        rowEnd: end,
        compressors,
        utf8: false,
        parsers: PARSERS,
      }));
    yield* converted(found, { start, textual, options });
    start = end;
  }
}

interface Conversion {
  readonly start: number;
  readonly textual: ReadonlySet<string>;
  readonly options: ReadOptions;
}

async function* converted(
  found: readonly Record<string, unknown>[],
  { start, textual, options }: Conversion,
): RowBatches {
  for (let at = 0; at < found.length; at += BATCH_ROWS) {
    let rows: Row[] = [];
    for (let index = at; index < Math.min(at + BATCH_ROWS, found.length); index++) {
      const record = found[index]!;
      try {
        rows.push(rowOf(record, textual));
      } catch (cause) {
        if (!(cause instanceof UnreadableCell)) throw cause;
        yield rows;
        rows = [];
        const text = JSON.stringify(
          record,
          (_key, value) => typeof value === "bigint" ? String(value) : value,
        );
        await options.onUnreadable({
          line: start + index + 1,
          text,
          reason: `it holds ${cause.message}`,
          ...(cause.hint === undefined ? {} : { hint: cause.hint }),
        });
      }
    }
    yield rows;
  }
}

function rowOf(record: Record<string, unknown>, textual: ReadonlySet<string>): Row {
  for (const key in record) {
    const value = record[key];
    if (typeof value === "string") continue;
    record[key] = textual.has(key) && typeof value === "bigint" ? String(value) : cellValue(value);
  }
  return record as Record<string, Json>;
}

interface OpenParquet {
  readonly parquet: Parquet;
  readonly metadata: FileMetaData;
  readonly buffer: AsyncBuffer;
}

async function open(file: InputFile): Promise<OpenParquet> {
  if (file.compression !== "none") {
    throw new FastDistillError(
      "data.malformed",
      `Read a Parquet file that is not compressed as a whole: ${file.name}`,
      {
        hint: "Decompress it first: Parquet compresses inside",
      },
    );
  }
  const parquet = await loadPackage("hyparquet", {
    use: "Read Parquet files",
    load: () => import("hyparquet"),
  });
  const byteLength = await file.store.size(file.name);
  const buffer: AsyncBuffer = {
    byteLength,
    slice: (start, end = byteLength) => sliceOf(file, { start, end }),
  };
  return { parquet, buffer, metadata: await readable(file, () => parquet.parquetMetadataAsync(buffer)) };
}

async function sliceOf(
  { name, store }: InputFile,
  range: { readonly start: number; readonly end: number },
): Promise<ArrayBuffer> {
  const size = range.end - range.start;
  if (size > SLICE_BYTES_MAX) {
    throw new FastDistillError(
      "data.malformed",
      `Read at most ${SLICE_BYTES_MAX} bytes of ${name} at once, found ${size}`,
      {
        hint: "Write the file with smaller row groups",
      },
    );
  }
  const bytes = new Uint8Array(Math.max(0, size));
  let at = 0;
  for await (const chunk of store.readBytes(name, range)) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes.buffer;
}

async function readable<T>({ name }: InputFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw new FastDistillError("data.malformed", `Read ${name} as Parquet: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function compressorsFor({ row_groups }: FileMetaData): Promise<Compressors> {
  const codecs = new Set(
    row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec)),
  );
  const zstd = codecs.has("ZSTD")
    ? await loadPackage("fzstd", { use: "Read Parquet files with zstd in them", load: () => import("fzstd") })
    : undefined;
  return {
    GZIP: (input) => new Uint8Array(gunzipSync(input)),
    BROTLI: (input) => new Uint8Array(brotliDecompressSync(input)),
    ...(zstd === undefined
      ? {}
      : { ZSTD: (input, length) => zstd.decompress(input, new Uint8Array(length)) }),
  };
}

/** Points in time as text, to the last digit that the file has. They are taken as UTC. */
const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => isoText(millis, { unit: 1_000n, digits: 3 }),
  timestampFromMicroseconds: (micros) => isoText(micros, { unit: 1_000_000n, digits: 6 }),
  timestampFromNanoseconds: (nanos) => isoText(nanos, { unit: 1_000_000_000n, digits: 9 }),
  dateFromDays: (days) => new Date(days * 86_400_000).toISOString().slice(0, 10),
};

function isoText(
  value: bigint,
  { unit, digits }: { readonly unit: bigint; readonly digits: number },
): string {
  const fraction = ((value % unit) + unit) % unit;
  const seconds = new Date(Number((value - fraction) / unit) * 1_000).toISOString().slice(0, -5);
  const text = String(fraction).padStart(digits, "0").replace(/(\d{3})0+$/, "$1");
  return `${seconds}.${text}Z`;
}

function isInt64({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.type === "INT64" && element.repetition_type !== "REPEATED" &&
    (element.converted_type === undefined || /^U?INT_64$/.test(element.converted_type)) &&
    (element.logical_type === undefined || element.logical_type.type === "INTEGER");
}

function typeOf(column: SchemaTree, int64: ReadOptions["int64"]): ColumnType {
  const { element, children } = column;
  if (
    element.repetition_type === "REPEATED" || element.converted_type === "LIST" ||
    element.logical_type?.type === "LIST"
  ) {
    return "array";
  }
  if (element.converted_type === "JSON" || element.logical_type?.type === "JSON") return "any";
  if (element.logical_type?.type === "VARIANT") return "any";
  if (children.length > 0) return "object";
  if (element.type === "BOOLEAN") return "boolean";
  if (element.type === "INT96" || isPointInTime(element)) return "string";
  if (isInt64(column)) return int64 === "text" ? "string" : "number";
  if (element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL") return "number";
  if (element.logical_type?.type === "FLOAT16") return "number";
  return ["INT32", "INT64", "FLOAT", "DOUBLE"].includes(element.type ?? "") ? "number" : "string";
}

function isPointInTime({ converted_type, logical_type }: SchemaTree["element"]): boolean {
  return ["DATE", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS"].includes(converted_type ?? "") ||
    ["DATE", "TIMESTAMP"].includes(logical_type?.type ?? "");
}
