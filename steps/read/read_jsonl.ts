import {
  ColumnCollector,
  defineStep,
  FastDistillError,
  type InputFiles,
  isFastDistillError,
  isJsonObject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core";
import { z } from "zod";
import { completeRow } from "./_complete_row.ts";

const CONFIG = z.strictObject({
  path: z.string().min(1).describe("File to read, relative to the pipeline file: one JSON object a line"),
  limit: z.int().positive().optional().describe("Rows to read at most; all when absent"),
  on_malformed: z.enum(["fail", "skip"]).default("fail").describe(
    "What a line that is not a JSON object does: fail ends the run, skip leaves the line out",
  ),
});

type Config = z.infer<typeof CONFIG>;

/** Rows by which the columns are known before the run. */
const SAMPLE_ROWS = 1000;
const SHOWN_CHARS = 80;

/**
 * Reads rows from a file of JSON lines, of any size. The columns are those of the first 1,000 rows; a row that lacks one
 * of them has null there. Blank lines are left out. A line may have 64 Mi characters.
 */
const readJsonlStep: StepComponent = defineStep({
  kind: "source",
  name: "read_jsonl",
  version: 1,
  summary: "Reads rows from a file of JSON lines",
  config: CONFIG,
  columns: () => ({}),
  inspect: async (config, { files }) => {
    const { path } = config;
    const fingerprint = await explainMissing(path, () => files.fingerprint(path));
    const collector = new ColumnCollector();
    for await (const row of firstRows(config, files)) collector.add(row);
    return { columns: collector.columns(), inputs: [{ name: path, ...fingerprint }] };
  },
  open: (config, { files }) => ({
    rows: (signal) => completeRows(rowsOf(config, files), signal),
    count: (signal) => countRows({ config, files }, signal),
  }),
});

export default readJsonlStep;

/**
 * Reads rows from a file of JSON lines, in a TypeScript pipeline. The type parameter says what the rows
 * hold: without it the compiler knows of no column.
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
  readonly path: string;
  readonly limit?: number;
  readonly on_malformed?: "fail" | "skip";
}): StepSpec<unknown, Out> {
  return stepSpec("read_jsonl", config);
}

/** The rows with all columns of the first of them, which are held back until it is known what those are. */
async function* completeRows(rows: AsyncIterable<Row>, signal: AbortSignal): AsyncGenerator<Row> {
  const collector = new ColumnCollector();
  let held: Row[] = [];
  let columns: readonly string[] | undefined;
  for await (const row of rows) {
    signal.throwIfAborted();
    if (columns === undefined) {
      collector.add(row);
      if (held.push(row) < SAMPLE_ROWS) continue;
      columns = Object.keys(collector.columns());
      for (const early of held) yield completeRow(early, columns);
      held = [];
    } else yield completeRow(row, columns);
  }
  const known = Object.keys(collector.columns());
  for (const early of held) yield completeRow(early, known);
}

async function* firstRows(config: Config, files: InputFiles): AsyncGenerator<Row> {
  yield* rowsOf({ ...config, limit: Math.min(config.limit ?? Infinity, SAMPLE_ROWS) }, files);
}

async function* rowsOf({ path, limit, on_malformed }: Config, files: InputFiles): AsyncGenerator<Row> {
  let line = 0;
  let count = 0;
  for await (const text of files.readLines(path)) {
    line++;
    if (text.trim() === "") continue;
    const row = parseLine(text);
    if (row !== undefined) {
      yield row;
      if (++count === limit) return;
    } else if (on_malformed === "fail") throw malformed(text, { path, line, file: files.resolve(path) });
  }
}

/** Parses lines only where one that cannot be read is left out; elsewhere it ends the run anyway. */
async function countRows(
  { config: { path, limit = Infinity, on_malformed }, files }: {
    readonly config: Config;
    readonly files: InputFiles;
  },
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const text of files.readLines(path)) {
    signal.throwIfAborted();
    if (text.trim() === "" || (on_malformed === "skip" && parseLine(text) === undefined)) continue;
    if (++count >= limit) break;
  }
  return count;
}

function parseLine(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Place {
  readonly path: string;
  readonly file: string;
  readonly line: number;
}

function malformed(text: string, { path, file, line }: Place): FastDistillError {
  const shown = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
  return new FastDistillError("data.malformed", `Read a JSON object at ${path}:${line}, found: ${shown}`, {
    hint: "Mend the line, or leave such lines out with on_malformed: skip",
    location: { file, line },
    context: { path, line },
  });
}

/** Says of a file that is not there how it was written and where it was looked for. */
async function explainMissing<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!isFastDistillError(cause) || cause.code !== "data.file_not_found") throw cause;
    const message = `Cannot open the input file "${path}": ${cause.message}`;
    throw new FastDistillError("data.file_not_found", message, { cause, context: { path } });
  }
}
