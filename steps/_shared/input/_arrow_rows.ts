import {
  type Columns,
  type ColumnType,
  FastDistillError,
  type Json,
  type Row,
} from "@fastdistill/core/authoring";
import type { DataType, RecordBatch, RecordBatchReader } from "apache-arrow";
import { loadPackage } from "../load_package.ts";
import { cellValue, UnreadableCell } from "./_cell_value.ts";
import { plainBytes } from "./_decompress.ts";
import type { InputFile, ReadOptions, RowBatches } from "./_input_file.ts";

/** How a file of the Arrow file format begins; a stream of the same messages follows, padded to 8 bytes. */
const FILE_MAGIC = "ARROW1";
const PADDED_MAGIC_BYTES = 8;
const BATCH_ROWS = 1000;

type Arrow = typeof import("apache-arrow");

/** The columns of an Arrow file or stream, by its own word. */
export async function arrowColumns(file: InputFile, { int64 }: ReadOptions): Promise<Columns> {
  const { arrow, reader } = await open(file);
  const { fields } = reader.schema;
  await reader.return?.();
  return Object.fromEntries(fields.map(({ name, type }) => [name, typeOf(arrow, { type, int64 })]));
}

/** Reads an Arrow IPC file or stream, a record batch at a time. */
export async function* arrowBatches(file: InputFile, options: ReadOptions): RowBatches {
  const { arrow, reader } = await open(file);
  let start = 0;
  for await (const batch of batchesOf(file, reader)) {
    yield* converted(arrow, { batch, start, options });
    start += batch.numRows;
  }
}

interface Conversion {
  readonly batch: RecordBatch;
  readonly start: number;
  readonly options: ReadOptions;
}

async function* converted(arrow: Arrow, { batch, start, options }: Conversion): RowBatches {
  const columns = batch.schema.fields.map(({ name, type }, index) => ({
    name,
    vector: batch.getChildAt(index)!,
    valueOf: valueReader(arrow, { type, int64: options.int64 }),
  }));
  for (let at = 0; at < batch.numRows; at += BATCH_ROWS) {
    let rows: Row[] = [];
    for (let index = at; index < Math.min(at + BATCH_ROWS, batch.numRows); index++) {
      const row: Record<string, Json> = {};
      try {
        for (const { name, vector, valueOf } of columns) row[name] = valueOf(vector.get(index));
        rows.push(row);
      } catch (cause) {
        if (!(cause instanceof UnreadableCell)) throw cause;
        yield rows;
        rows = [];
        const hint = cause.hint === undefined ? {} : { hint: cause.hint };
        const text = JSON.stringify(row);
        await options.onUnreadable({
          line: start + index + 1,
          text,
          reason: `it holds ${cause.message}`,
          ...hint,
        });
      }
    }
    yield rows;
  }
}

interface OpenArrow {
  readonly arrow: Arrow;
  readonly reader: RecordBatchReader;
}

async function open(file: InputFile): Promise<OpenArrow> {
  const arrow = await loadPackage("apache-arrow", {
    use: "Read Arrow files",
    load: () => import("apache-arrow"),
  });
  try {
    const { decompress } = await loadPackage("fzstd", {
      use: "Read Arrow files",
      load: () => import("fzstd"),
    });
    arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, { decode: (data) => decompress(data).slice() });
    const reader = await arrow.RecordBatchReader.from(await sourceOf(file) as AsyncIterable<Uint8Array>);
    return { arrow, reader: await reader.open() as RecordBatchReader };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** A file is read by what stands at its end; where it is compressed as a whole, a message after the other. */
async function sourceOf(file: InputFile): Promise<unknown> {
  if (file.compression !== "none") return withoutMagic(plainBytes(file));
  const { name, store } = file;
  const size = await store.size(name);
  const handle = {
    fd: -1, // By which the library knows a file; it is never used.
    stat: () => Promise.resolve({ size }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      let at = offset;
      for await (
        const chunk of store.readBytes(name, { start: position, end: Math.min(size, position + length) })
      ) {
        buffer.set(chunk, at);
        at += chunk.byteLength;
      }
      return { bytesRead: at - offset, buffer };
    },
    close: () => Promise.resolve(),
  };
  return handle;
}

/** The messages of a file, without what makes it a file. */
async function* withoutMagic(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = joined(head, chunk);
    if (head.length < PADDED_MAGIC_BYTES) continue;
    const isFile = new TextDecoder().decode(head.subarray(0, FILE_MAGIC.length)) === FILE_MAGIC;
    yield isFile ? head.subarray(PADDED_MAGIC_BYTES) : head;
    head = undefined;
  }
  if (head !== undefined) yield head;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function* batchesOf(file: InputFile, reader: RecordBatchReader): AsyncGenerator<RecordBatch> {
  try {
    for await (const batch of reader as unknown as AsyncIterable<RecordBatch>) yield batch;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable({ name }: InputFile, cause: unknown): unknown {
  if (cause instanceof FastDistillError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastDistillError("data.malformed", `Read ${name} as Arrow: ${reason}`, {
    cause,
    hint: "Arrow files may be compressed inside with zstd; LZ4 is not read",
  });
}

interface ArrowColumn {
  readonly type: DataType;
  readonly int64: ReadOptions["int64"];
}

function valueReader(arrow: Arrow, { type, int64 }: ArrowColumn): (value: unknown) => Json {
  const inner = arrow.DataType.isDictionary(type) ? type.dictionary as DataType : type;
  if (int64 === "text" && isInt64(arrow, inner)) return (value) => value === null ? null : String(value);
  return reader(arrow, inner);
}

/** How values of a type become JSON. */
function reader(arrow: Arrow, type: DataType): (value: unknown) => Json {
  const { DataType } = arrow;
  const orNull = <T>(read: (value: T) => Json) => (value: unknown): Json =>
    value === null || value === undefined ? null : read(value as T);
  if (DataType.isDictionary(type)) return reader(arrow, type.dictionary as DataType);
  if (DataType.isDate(type)) return orNull((value: number) => isoText(Number(value)).slice(0, 10));
  if (DataType.isTimestamp(type)) return orNull((value: number) => isoText(Number(value)));
  if (DataType.isDecimal(type)) return orNull((value) => decimalValue(String(value), type.scale));
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const item = reader(arrow, type.children[0]!.type);
    return orNull((value: Iterable<unknown>) => Array.from(value, item));
  }
  if (DataType.isStruct(type)) {
    const fields = type.children.map(({ name, type }) => [name, reader(arrow, type)] as const);
    return orNull((value: Record<string, unknown>) =>
      Object.fromEntries(fields.map(([name, read]) => [name, read(value[name])]))
    );
  }
  if (DataType.isMap(type)) {
    return orNull((value: Iterable<readonly [unknown, unknown]>) =>
      Object.fromEntries([...value].map(([key, item]) => [String(key), cellValue(item)]))
    );
  }
  return cellValue;
}

function isoText(millis: number): string {
  const whole = Math.floor(millis);
  const micros = Math.round((millis - whole) * 1_000);
  const date = new Date(whole);
  if (Number.isNaN(date.getTime())) throw new UnreadableCell("a point in time out of range");
  const text = date.toISOString();
  return micros === 0 || micros === 1_000 ? text : `${text.slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
}

function decimalValue(unscaled: string, scale: number): Json {
  return cellValue(Number(`${unscaled}e-${scale}`));
}

function isInt64(arrow: Arrow, type: DataType): boolean {
  return arrow.DataType.isInt(type) && type.bitWidth === 64;
}

function typeOf(arrow: Arrow, { type, int64 }: ArrowColumn): ColumnType {
  const { DataType } = arrow;
  const inner = DataType.isDictionary(type) ? type.dictionary as DataType : type;
  if (isInt64(arrow, inner) && int64 === "text") return "string";
  if (DataType.isInt(inner) || DataType.isFloat(inner) || DataType.isDecimal(inner)) return "number";
  if (DataType.isBool(inner)) return "boolean";
  if (DataType.isList(inner) || DataType.isFixedSizeList(inner)) return "array";
  if (DataType.isStruct(inner) || DataType.isMap(inner)) return "object";
  if (DataType.isTime(inner) || DataType.isDuration(inner) || DataType.isInterval(inner)) return "any";
  return DataType.isNull(inner) || DataType.isUnion(inner) ? "any" : "string";
}
