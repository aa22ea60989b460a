import {
  defineStep,
  type JsonObject,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { COMPRESSIONS } from "../_shared/file_format.ts";
import { STORAGE, type StorageInput } from "../_shared/object_storage.ts";
import { InputSet, INT64 } from "../_shared/input/input_set.ts";

const CONFIG = z.strictObject({
  path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "File to read, relative to the pipeline file: one JSON object a line; a folder, a pattern such as data/*.jsonl.gz, " +
      "an http(s) or s3:// address, - for the standard input, or a list of those",
  ),
  limit: z.int().positive().optional().describe("Rows to read at most; all when absent"),
  on_malformed: z.enum(["fail", "skip", "quarantine"]).default("fail").describe(
    "What a line that is not a JSON object does: fail ends the run, skip leaves the line out, quarantine keeps it in a file of the run",
  ),
  compression: z.enum(["auto", ...COMPRESSIONS]).optional().describe(
    "How the bytes are compressed; told by .gz or .zst at the end of the name when absent",
  ),
  int64: INT64,
  line_column: z.string().min(1).optional().describe(
    "Column that receives each line as it stands in the file, for ids under the hashing policy compat",
  ),
  storage: STORAGE,
});

type Config = z.infer<typeof CONFIG>;

/**
 * Reads rows from files of JSON lines, of any size; they may be compressed. The columns are those of the first 1,000 rows of
 * each file; a row that lacks one of them has null there. Blank lines are left out. A line may have 64 Mi characters. A
 * line with an integer beyond 2^53, which a number does not hold, cannot be read, unless `int64: text` reads its digits.
 */
const readJsonlStep: StepComponent = defineStep({
  kind: "source",
  name: "read_jsonl",
  version: 1,
  summary: "Reads rows from files of JSON lines",
  config: CONFIG,
  columns: () => ({}),
  inspect: (config, context) => inputSetOf(config, context).inspect(),
  open: (config, setup) => inputSetOf(config, setup).runner(setup),
});

export default readJsonlStep;

function inputSetOf(config: Config, place: ConstructorParameters<typeof InputSet>[1]): InputSet {
  const { int64, line_column } = config;
  return new InputSet({
    ...config,
    format: "jsonl",
    on_drift: "warn",
    read: { csv: { types: {}, null_values: [] }, int64, line_column },
  }, place);
}

/**
 * Reads rows from files of JSON lines, in a TypeScript pipeline. The type parameter says what the rows hold: without it the
 * compiler knows of no column.
 *
 * @example
 * ```ts
 * import { readJsonl } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const questions = readJsonl<{ question: string }>({ path: "questions.jsonl", limit: 100 });
 * assertEquals(questions.use, "read_jsonl");
 * ```
 */
export function readJsonl<Out = unknown>(config: {
  readonly path: string | readonly string[];
  readonly limit?: number;
  readonly on_malformed?: "fail" | "skip" | "quarantine";
  readonly compression?: "auto" | "none" | "gzip" | "zstd";
  readonly int64?: "fail" | "text";
  readonly line_column?: string;
  readonly storage?: StorageInput;
}): StepSpec<unknown, Out> {
  return stepSpec("read_jsonl", config as unknown as JsonObject);
}
