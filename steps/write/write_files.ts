import {
  defineStep,
  type Json,
  type JsonObject,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { COMPRESSIONS, FILE_FORMATS } from "../_shared/file_format.ts";
import { STORAGE, type StorageInput } from "../_shared/object_storage.ts";
import { PLAIN_KINDS } from "./_cell_type.ts";
import { checkPath, openRowFiles } from "./_row_files.ts";
import { splitRequirements } from "./_split_files.ts";

const CONFIG = z.strictObject({
  path: z.string().min(1).describe(
    "File to write, relative to the exports folder of the run, or s3://bucket/key; its ending tells the format. {split} stands for the split of a " +
      "row, {shard} for the number of a file and {shards} for how many there are, as in " +
      "data/{split}-{shard}-of-{shards}.parquet",
  ),
  format: z.enum(["auto", ...FILE_FORMATS]).default("auto").describe(
    "Format; auto tells it by the ending of the path",
  ),
  compression: z.enum(["auto", ...COMPRESSIONS]).default("auto").describe(
    "How a text file is compressed as a whole; auto tells it by .gz or .zst at the end of the path",
  ),
  columns: z.array(z.string().min(1)).min(1).optional().describe(
    "Columns to write, in this order; all when absent",
  ),
  types: z.record(z.string(), z.enum(PLAIN_KINDS)).default({}).describe(
    "Types of columns in Parquet and Arrow files, where they are to be other than the rows say",
  ),
  rows_per_file: z.int().positive().default(1_000_000).describe(
    "Rows that a file has at most; needs {shard} in the path",
  ),
  row_group_rows: z.int().positive().max(1_000_000).default(20_000).describe(
    "Rows of a row group or record batch, which is what is held in memory",
  ),
  codec: z.enum(["snappy", "zstd", "gzip", "none"]).default("snappy").describe(
    "Compression inside a Parquet file",
  ),
  delimiter: z.string().min(1).max(8).optional().describe(
    "Between values of CSV; a comma when absent, a tab for .tsv",
  ),
  split_column: z.string().min(1).default("split").describe(
    "Column that names the split of a row; read when the path holds {split}",
  ),
  storage: STORAGE,
});

/**
 * Writes rows, in canonical order, as JSON lines, JSON, CSV, Parquet or Arrow IPC, and lets them pass. Parquet and Arrow files
 * have the types of the columns; what lists and objects hold comes of the first row group. A row that does not fit them fails.
 */
const writeFilesStep: StepComponent = defineStep({
  kind: "sink",
  name: "write_files",
  version: 1,
  summary: "Writes rows to files of JSON lines, JSON, CSV, Parquet or Arrow",
  config: CONFIG,
  columns: (config) => {
    checkPath(config);
    const { columns = [], types } = config;
    return {
      requires: [
        ...columns.map((column, index) => ({ column, at: ["columns", index] })),
        ...Object.keys(types).map((column) => ({ column, at: ["types", column] })),
        ...splitRequirements(config),
      ],
    };
  },
  open: (config, setup) => openRowFiles(config, setup),
});

export default writeFilesStep;

/** What {@linkcode writeFiles} is told: what YAML has under `with`. */
export interface WriteFilesConfig<Column extends string> {
  /** File to write; may hold `{split}`, `{shard}` and `{shards}`. */
  readonly path: string;
  /** Format. @default {"auto", by the ending of the path} */
  readonly format?: "auto" | "jsonl" | "json" | "csv" | "parquet" | "arrow";
  /** How a text file is compressed. @default {"auto", by the ending of the path} */
  readonly compression?: "auto" | "none" | "gzip" | "zstd";
  /** Columns to write, in this order. @default {all} */
  readonly columns?: readonly Column[];
  /** Types of columns in Parquet and Arrow files. @default {those of the rows} */
  readonly types?: Readonly<
    Record<string, "string" | "float64" | "int64" | "int32" | "boolean" | "timestamp" | "date" | "json">
  >;
  /** Rows that a file has at most, where the path holds `{shard}`. @default {1000000} */
  readonly rows_per_file?: number;
  /** Rows of a row group or record batch. @default {20000} */
  readonly row_group_rows?: number;
  /** Compression inside a Parquet file. @default {"snappy"} */
  readonly codec?: "snappy" | "zstd" | "gzip" | "none";
  /** Between values of CSV. @default {a comma, a tab for .tsv} */
  readonly delimiter?: string;
  /** Column that names the split of a row. @default {"split"} */
  readonly split_column?: string;
  /** Object storage behind `s3://` addresses. */
  readonly storage?: StorageInput;
}

/**
 * Writes rows to files of any format, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writeFiles } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const step = writeFiles({ path: "data/train-{shard}-of-{shards}.parquet", columns: ["question", "sql"] });
 * assertEquals(step.use, "write_files");
 * ```
 */
export function writeFiles<const C extends string = never>(
  config: WriteFilesConfig<C>,
): StepSpec<Record<NoInfer<C>, Json>, unknown> {
  return stepSpec("write_files", config as unknown as JsonObject);
}
