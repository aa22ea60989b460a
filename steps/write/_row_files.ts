import {
  type ColumnType,
  FastDistillError,
  type OutputFiles,
  type Row,
  type SinkRunner,
  type StepSetup,
} from "@fastdistill/core/authoring";
import {
  type Compression,
  compressionOf,
  dataEndingOf,
  type FileFormat,
  formatOf,
} from "../_shared/file_format.ts";
import { ObjectStorage, type StorageConfig } from "../_shared/object_storage.ts";
import { arrowEncoder } from "./_arrow_file.ts";
import type { PlainKind } from "./_cell_type.ts";
import { compressInto } from "./_compress.ts";
import { type ByteSink, type DataFile, dataFileOf, type RowEncoder } from "./_data_file.ts";
import { parquetEncoder } from "./_parquet_file.ts";
import { sizeOf } from "./_row_group.ts";
import { objectOutputs } from "./_object_outputs.ts";
import { openShards, SHARD, SHARDS } from "./_shards.ts";
import { checkSplit, openSplitFiles, type SplitFiles, type SplitPath } from "./_split_files.ts";
import { csvEncoder, jsonDocumentEncoder, jsonLineEncoder } from "./_text_encoders.ts";
import { TypedSchema } from "./_typed_schema.ts";

/** Rows by which types are settled are held in memory: no more bytes than these. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

/** How rows are written to files. */
export interface RowFilesConfig extends SplitPath {
  readonly format: FileFormat | "auto";
  readonly compression: Compression | "auto";
  readonly columns?: readonly string[] | undefined;
  readonly types: Readonly<Record<string, PlainKind>>;
  readonly rows_per_file: number;
  readonly row_group_rows: number;
  readonly codec: "snappy" | "zstd" | "gzip" | "none";
  readonly delimiter?: string | undefined;
  readonly storage: StorageConfig;
}

/** Opens the files of a sink. */
export async function openRowFiles(config: RowFilesConfig, setup: StepSetup): Promise<SinkRunner> {
  const columns = writtenColumns(config, setup.columns);
  const allowed = config.columns === undefined
    ? new Set([...columns.keys(), config.split_column])
    : undefined;
  const schema = new TypedSchema({ columns, types: config.types, allowed });
  const outputs = objectOutputs(setup, new ObjectStorage(config.storage, setup.env));
  const writing: Writing = { config, outputs, columns, allowed, schema };
  const open = () =>
    openSplitFiles(outputs, config, (_outputs, path) =>
      openShards({
        path,
        rowsMax: path.includes(SHARD) ? config.rows_per_file : Infinity,
        open: (path) => openDataFile(path, writing),
      }));
  const format = formatFor(config);
  if (format === "parquet" || format === "arrow") return new TypedRowFiles({ writing, open });
  const files = await open();
  return { write: (row) => files.write(row, [row]), close: files.close, abort: files.abort };
}

interface TypedRowFilesOptions {
  readonly writing: Writing;
  readonly open: () => Promise<SplitFiles>;
}

/** Files whose types have to be known before the first row is written: until then rows are held. */
class TypedRowFiles implements SinkRunner {
  readonly #options: TypedRowFilesOptions;
  #files: SplitFiles | undefined;
  #held: Row[] = [];
  #size = 0;

  constructor(options: TypedRowFilesOptions) {
    this.#options = options;
  }

  write = (row: Row): void | Promise<void> => {
    const { schema, config } = this.#options.writing;
    if (this.#files !== undefined) return this.#files.write(row, [row]);
    checkSplit(row, config);
    schema.check(row);
    this.#held.push(row);
    this.#size += sizeOf(row);
    const isEnough = this.#held.length >= config.row_group_rows || this.#size >= HELD_BYTES_MAX;
    if (isEnough || schema.isSettled) return this.#start().then(() => {});
  };

  close = async (): ReturnType<SplitFiles["close"]> => (await this.#start()).close();

  abort = async (): Promise<void> => {
    this.#held = [];
    await this.#files?.abort();
  };

  async #start(): Promise<SplitFiles> {
    if (this.#files !== undefined) return this.#files;
    this.#options.writing.schema.settle(this.#held);
    const files = this.#files = await this.#options.open();
    for (const row of this.#held.splice(0)) await files.write(row, [row]);
    return files;
  }
}

function formatFor({ format, path }: RowFilesConfig): FileFormat {
  const found = format === "auto" ? formatOf(path) : format;
  if (found !== undefined) return found;
  throw new FastDistillError(
    "config.invalid_value",
    `Tell the format of "${path}" by its ending, found none that is known`,
    {
      hint: "Say it: format: jsonl, json, csv, parquet or arrow",
    },
  );
}

function compressionFor({ compression, path }: RowFilesConfig): Compression {
  return compression === "auto" ? compressionOf(path) : compression;
}

/** Refuses a path that says what cannot be. @throws {FastDistillError} `config.invalid_value` */
export function checkPath(config: RowFilesConfig): void {
  const format = formatFor(config);
  const isTyped = format === "parquet" || format === "arrow";
  if (isTyped && compressionFor(config) !== "none") {
    throw new FastDistillError(
      "config.invalid_value",
      `Write ${format} without a compression around it, found "${config.path}"`,
      {
        hint: format === "parquet" ? "Parquet compresses inside: codec: zstd" : "Leave the ending out",
      },
    );
  }
  if (config.path.includes(SHARDS) && !config.path.includes(SHARD)) {
    throw new FastDistillError(
      "config.invalid_value",
      `Number files with {shard}, found {shards} alone in "${config.path}"`,
    );
  }
  if (config.path.lastIndexOf("/") > config.path.indexOf(SHARDS) && config.path.includes(SHARDS)) {
    throw new FastDistillError(
      "config.invalid_value",
      `Use {shards} in the name of a file, found it in that of a folder: "${config.path}"`,
    );
  }
}

/** The columns that are written, in their order. The split of a row is told by the name of its file. */
function writtenColumns(
  { columns, path, split_column }: RowFilesConfig,
  before: Readonly<Record<string, ColumnType>>,
): ReadonlyMap<string, ColumnType> {
  const names = columns ??
    Object.keys(before).filter((name) => name !== split_column || !path.includes("{split}"));
  return new Map(names.map((name) => [name, before[name] ?? "any"]));
}

interface Writing {
  readonly config: RowFilesConfig;
  readonly outputs: OutputFiles;
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Columns that a row may have; any when absent. */
  readonly allowed: ReadonlySet<string> | undefined;
  readonly schema: TypedSchema;
}

async function openDataFile(path: string, writing: Writing): Promise<DataFile> {
  const output = await writing.outputs.create(path);
  try {
    const sink = compressInto(output, compressionFor(writing.config));
    return dataFileOf(output, { sink, encoder: await encoderFor(sink, writing) });
  } catch (cause) {
    await output.abort();
    throw cause;
  }
}

async function encoderFor(
  sink: ByteSink,
  { config, columns, allowed, schema }: Writing,
): Promise<RowEncoder> {
  const { row_group_rows, codec, path } = config;
  const ending = dataEndingOf(path);
  const typed = () => ({ columns: schema.columns(), allowed, row_group_rows });
  switch (formatFor(config)) {
    case "jsonl":
      return jsonLineEncoder(sink, config);
    case "json":
      return jsonDocumentEncoder(sink, config);
    case "csv":
      return await csvEncoder(sink, {
        columns,
        allowed,
        delimiter: config.delimiter ?? (ending === "tsv" ? "\t" : ","),
      });
    case "parquet":
      return await parquetEncoder(sink, { ...typed(), codec });
    case "arrow":
      return await arrowEncoder(sink, { ...typed(), isStream: ending === "arrows" });
  }
}
