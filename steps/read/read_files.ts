import {
  defineStep,
  type JsonObject,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { COMPRESSIONS, FILE_FORMATS } from "../_shared/file_format.ts";
import { STORAGE, type StorageInput } from "../_shared/object_storage.ts";
import { InputSet, INT64 } from "../_shared/input/input_set.ts";

const CSV = z.strictObject({
  delimiter: z.string().min(1).max(8).optional().describe(
    "Between values; a comma when absent, a tab for .tsv",
  ),
  columns: z.array(z.string().min(1)).min(1).optional().describe(
    "Names of the columns, for a file whose first line does not hold them",
  ),
  types: z.record(z.string(), z.enum(["string", "number", "boolean", "json"])).default({}).describe(
    "What a column holds; text where nothing is said",
  ),
  null_values: z.array(z.string()).default([""]).describe("Values without quotes that mean null"),
});

const CONFIG = z.strictObject({
  path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "File, folder, pattern such as data/*.parquet, http(s) or s3:// address, - for the standard input, or a list of those; relative " +
      "to the pipeline file",
  ),
  format: z.enum(["auto", ...FILE_FORMATS]).default("auto").describe(
    "Format of the files; auto tells it by the ending of the name",
  ),
  compression: z.enum(["auto", ...COMPRESSIONS]).default("auto").describe(
    "How whole files are compressed; auto tells it by .gz or .zst at the end of the name",
  ),
  split: z.string().min(1).optional().describe(
    "Split to read of a folder in the layout of Hugging Face datasets, such as train",
  ),
  config: z.string().min(1).optional().describe("Configuration (subset) to read of such a folder"),
  limit: z.int().positive().optional().describe("Rows to read at most; all when absent"),
  on_malformed: z.enum(["fail", "skip", "quarantine"]).default("fail").describe(
    "What a record that cannot be read does: fail ends the run, skip leaves it out, quarantine keeps it in a file of the run",
  ),
  on_drift: z.enum(["warn", "fail"]).default("warn").describe(
    "What files with other columns or types than the rest do: warn reads what is missing as null, fail ends the run",
  ),
  csv: CSV.prefault({}).describe("How delimited text is read"),
  records: z.string().min(1).optional().describe(
    "Key of a JSON document that holds the list of rows; the document is the list when absent",
  ),
  int64: INT64,
  line_column: z.string().min(1).optional().describe(
    "Column that receives each line of JSON lines as it stands in the file",
  ),
  storage: STORAGE,
});

type Config = z.infer<typeof CONFIG>;

/**
 * Reads rows from files of JSON lines, JSON, CSV, Parquet or Arrow IPC, one file after the other. Columns are matched by name;
 * where files differ, the plan says so.
 *
 * Not a number is read as null; an infinity, and an integer beyond 2^53, is a record that cannot be read. Points in time are
 * ISO 8601 text in UTC, bytes are base64 text.
 */
const readFilesStep: StepComponent = defineStep({
  kind: "source",
  name: "read_files",
  version: 1,
  summary: "Reads rows from files of JSON lines, JSON, CSV, Parquet or Arrow",
  config: CONFIG,
  columns: () => ({}),
  inspect: (config, context) => inputSetOf(config, context).inspect(),
  open: (config, setup) => inputSetOf(config, setup).runner(setup),
});

export default readFilesStep;

function inputSetOf(
  { csv, records, int64, line_column, ...config }: Config,
  place: ConstructorParameters<typeof InputSet>[1],
): InputSet {
  return new InputSet({ ...config, read: { csv, records, int64, line_column } }, place);
}

/** What {@linkcode readFiles} is told: what YAML has under `with`. */
export interface ReadFilesConfig {
  /** File, folder, pattern, http(s) address, `-` for the standard input, or a list of those. */
  readonly path: string | readonly string[];
  /** Format of the files. @default {"auto", by the ending of the name} */
  readonly format?: "auto" | "jsonl" | "json" | "csv" | "parquet" | "arrow";
  /** How whole files are compressed. @default {"auto", by the ending of the name} */
  readonly compression?: "auto" | "none" | "gzip" | "zstd";
  /** Split of a folder in the layout of Hugging Face datasets. */
  readonly split?: string;
  /** Configuration of such a folder. */
  readonly config?: string;
  /** Rows to read at most. @default {all} */
  readonly limit?: number;
  /** What a record that cannot be read does. @default {"fail"} */
  readonly on_malformed?: "fail" | "skip" | "quarantine";
  /** What files that differ in their columns do. @default {"warn"} */
  readonly on_drift?: "warn" | "fail";
  /** How delimited text is read. */
  readonly csv?: {
    /** Between values. @default {a comma, a tab for .tsv} */
    readonly delimiter?: string;
    /** Names of the columns. @default {the first line} */
    readonly columns?: readonly string[];
    /** What a column holds. @default {text} */
    readonly types?: Readonly<Record<string, "string" | "number" | "boolean" | "json">>;
    /** Values without quotes that mean null. @default {[""]} */
    readonly null_values?: readonly string[];
  };
  /** Key of a JSON document that holds the list of rows. */
  readonly records?: string;
  /** What 64-bit integers beyond 2^53 do. @default {"fail"} */
  readonly int64?: "fail" | "text";
  /** Column that receives each line of JSON lines as it stands in the file. */
  readonly line_column?: string;
  /** Object storage behind `s3://` addresses. */
  readonly storage?: StorageInput;
}

/**
 * Reads rows from files of any format, in a TypeScript pipeline. The type parameter says what the rows hold: without it the
 * compiler knows of no column.
 *
 * @example
 * ```ts
 * import { readFiles } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const train = readFiles<{ question: string }>({ path: "gsm8k", split: "train" });
 * assertEquals(train.use, "read_files");
 * ```
 */
export function readFiles<Out = unknown>(config: ReadFilesConfig): StepSpec<unknown, Out> {
  return stepSpec("read_files", config as unknown as JsonObject);
}
