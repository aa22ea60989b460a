import type { SchemaElement } from "hyparquet";
import type { Writer } from "hyparquet-writer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { loadPackage } from "../_shared/load_package.ts";
import type { Cell, CellType, PlainKind } from "./_cell_type.ts";
import type { ByteSink, RowEncoder } from "./_data_file.ts";
import { RowGroup, type RowGroupOptions } from "./_row_group.ts";
import type { TypedColumn } from "./_typed_schema.ts";

/** How a Parquet file is written. */
export interface ParquetOptions extends RowGroupOptions {
  readonly codec: "snappy" | "zstd" | "gzip" | "none";
}

/** Writes Parquet, a row group at a time: no more than that is held in memory. */
export async function parquetEncoder(sink: ByteSink, options: ParquetOptions): Promise<RowEncoder> {
  const { ByteWriter, ParquetWriter } = await loadPackage("hyparquet-writer", {
    use: "Write Parquet files",
    load: () => import("hyparquet-writer"),
  });
  const bytes: Writer & { index?: number } = new ByteWriter();
  const flush = async () => {
    const ready = bytes.getBytes().slice();
    bytes.index = 0;
    await sink.write(ready);
  };
  bytes.flush = flush;
  const group = new RowGroup(options);
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(options.columns),
    codec: options.codec === "none" ? "UNCOMPRESSED" : options.codec.toUpperCase() as "SNAPPY",
    compressors: {
      GZIP: (input) => new Uint8Array(gzipSync(input)),
      ZSTD: (input) => new Uint8Array(zstdCompressSync(input)),
    },
    createdBy: "fastdistill",
  });
  const writeGroup = async () => {
    const { rows } = group;
    if (rows === 0) return;
    const cells = group.take();
    const columnData = options.columns.map(({ name }, index) => ({ name, data: cells[index] as Cell[] }));
    await file.write({ columnData, rowGroupSize: rows });
  };
  return {
    write: (row) => {
      group.add(row);
      if (group.isFull) return writeGroup();
    },
    finish: async () => {
      await writeGroup();
      await file.finish();
      await flush();
    },
  };
}

function schemaOf(columns: readonly TypedColumn[]): SchemaElement[] {
  return [
    { name: "schema", num_children: columns.length },
    ...columns.flatMap(({ name, type }) => elementsOf(name, type)),
  ];
}

const PLAIN: Readonly<Record<PlainKind, Omit<SchemaElement, "name">>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  float64: { type: "DOUBLE" },
  int64: { type: "INT64" },
  int32: { type: "INT32" },
  boolean: { type: "BOOLEAN" },
  timestamp: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  date: { type: "INT32", converted_type: "DATE" },
  json: { type: "BYTE_ARRAY", converted_type: "JSON" },
};

/** A column as Parquet describes it, from the outside in. */
function elementsOf(name: string, type: CellType): SchemaElement[] {
  const repetition_type = "OPTIONAL";
  if (type.kind === "list") {
    return [
      { name, repetition_type, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elementsOf("element", type.item),
    ];
  }
  if (type.kind === "struct") {
    return [
      { name, repetition_type, num_children: type.fields.size },
      ...[...type.fields].flatMap(([field, inner]) => elementsOf(field, inner)),
    ];
  }
  return [{ name, repetition_type, ...PLAIN[type.kind] }];
}
