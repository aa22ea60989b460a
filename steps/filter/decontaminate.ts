import {
  defineStep,
  FastDistillError,
  type InputFiles,
  isJsonObject,
  type Json,
  type JsonObject,
  type Outcome,
  pass,
  reject,
  requireColumns,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { normalisedWords } from "../_shared/words.ts";
import { BenchmarkIndex, type SharedRun } from "./_benchmark_index.ts";

const SPAN_CHARS_MAX = 400;

const CONFIG = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).describe("Columns whose texts are compared, each by itself"),
  against: z.array(z.strictObject({
    path: z.string().min(1).describe(
      "Benchmark file, relative to the pipeline file: .jsonl, or a text a line",
    ),
    fields: z.array(z.string().min(1)).min(1).optional().describe(
      "Fields of a .jsonl file; all with text when absent",
    ),
  })).min(1).describe("The benchmarks"),
  ngram: z.int().min(2).max(50).default(13).describe(
    "Words of an n-gram; 13 as in arXiv:2005.14165, or 8 to be stricter",
  ),
  min_words: z.int().min(1).max(50).default(8).describe(
    "Words from which on a benchmark text shorter than an n-gram is looked for as a whole; shorter ones are left out",
  ),
  min_overlap: z.number().min(0).max(1).default(0).describe(
    "Least share of the words of a text that must be in shared n-grams; with 0 one n-gram is enough",
  ),
  action: z.enum(["drop", "mark"]).default("drop").describe(
    "What becomes of a contaminated row: it is rejected as contaminated, or passes with a mark",
  ),
  to: z.string().min(1).default("contaminated").describe(
    "Column that says whether the row is contaminated; with mark only",
  ),
  detail_to: z.string().min(1).default("contamination").describe(
    "Column that receives source, overlap and shared words, null when there are none; with mark only",
  ),
});

type Config = z.infer<typeof CONFIG>;

/**
 * Finds rows that share n-grams of words with benchmarks, so that no test question is trained on. Words are compared in
 * Unicode form NFKC and lower case, without punctuation and white space; each character of Chinese, Japanese, Thai, Lao and
 * Khmer is a word. N-grams do not cross lines or fields of a benchmark, or columns of a row.
 *
 * As in arXiv:2005.14165, appendix C, a benchmark text that is shorter than an n-gram counts when all of it is in the row, from
 * `min_words` words on; what is shorter still would match by chance and is left out. A row shorter than all of these cannot
 * match.
 *
 * The ledger, or the column `detail_to`, says where the longest shared run of words comes from, as `file:line`, and which words
 * it has. Memory: 4 bytes a word of the benchmarks, 8 to 16 an n-gram, and each distinct word once; nothing grows with the rows.
 */
const decontaminateStep: StepComponent = defineStep({
  kind: "row",
  name: "decontaminate",
  version: 1,
  summary: "Finds rows that share n-grams of words with benchmark files",
  citation: "T. Brown et al., Language models are few-shot learners (arXiv:2005.14165), appendix C",
  config: CONFIG,
  columns: ({ columns, action, to, detail_to }) => ({
    requires: requireColumns(columns).map((wanted, index) => ({ ...wanted, at: ["columns", index] })),
    adds: action === "mark" ? { [to]: "boolean", [detail_to]: "object" } : {},
  }),
  inspect: async ({ against }, { files }) => ({
    inputs: await Promise.all(
      against.map(async ({ path }) => ({ name: path, ...await files.fingerprint(path) })),
    ),
  }),
  open: async (config, { files, signal }) => {
    const index = await readBenchmarks(config, { files, signal });
    return { process: (row) => settle(row, config, findIn(row, { config, index })) };
  },
});

export default decontaminateStep;

async function readBenchmarks(
  { against, ngram, min_words }: Config,
  { files, signal }: { readonly files: InputFiles; readonly signal: AbortSignal },
): Promise<BenchmarkIndex> {
  const index = new BenchmarkIndex({ n: ngram, shortest: min_words });
  for (const { path, fields } of against) {
    const isJsonLines = /\.(?:jsonl|ndjson)$/i.test(path);
    let line = 0;
    let found = 0;
    for await (const text of files.readLines(path)) {
      signal.throwIfAborted();
      line++;
      if (text.trim() === "") continue;
      const texts = isJsonLines ? textsOf(parseLine(text, { path, line }), fields) : [["", text] as const];
      for (const [field, one] of texts) index.add(normalisedWords(one), { file: path, line, field });
      found += texts.length;
    }
    if (found === 0) {
      const which = fields === undefined ? "a text" : `a text in ${fields.join(", ")}`;
      throw new FastDistillError("data.malformed", `Read ${which} from the benchmark ${path}, found none`);
    }
  }
  return index;
}

function parseLine(
  text: string,
  { path, line }: { readonly path: string; readonly line: number },
): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new FastDistillError(
    "data.malformed",
    `Read a JSON object from ${path}:${line}, found ${text.slice(0, 80)}`,
    { context: { path, line } },
  );
}

/** Texts of an object, those in lists one by one. */
function textsOf(value: JsonObject, fields?: readonly string[]): readonly (readonly [string, string])[] {
  return (fields ?? Object.keys(value)).flatMap((field) => {
    const found = Object.hasOwn(value, field) ? value[field]! : null;
    return [found].flat().filter((one): one is string => typeof one === "string" && one.trim() !== "")
      .map((one) => [field, one] as const);
  });
}

interface Contamination {
  readonly column: string;
  readonly run: SharedRun;
  readonly words: readonly string[];
  readonly overlap: number;
}

/** The worst of the columns. */
function findIn(
  row: Row,
  { config, index }: { readonly config: Config; readonly index: BenchmarkIndex },
): Contamination | undefined {
  let worst: Contamination | undefined;
  for (const column of config.columns) {
    const value = row[column] ?? null;
    if (value === null) continue;
    const words = normalisedWords(typeof value === "string" ? value : JSON.stringify(value));
    const { words: shared, longest } = index.overlapOf(words);
    if (longest === undefined || shared / words.length < config.min_overlap) continue;
    if (worst !== undefined && worst.run.length >= longest.length) continue;
    worst = { column, run: longest, words, overlap: shared / words.length };
  }
  return worst;
}

function settle(row: Row, { action, to, detail_to }: Config, found: Contamination | undefined): Outcome {
  if (found === undefined) return pass(action === "mark" ? { ...row, [to]: false, [detail_to]: null } : row);
  const { column, run: { start, length, source }, words, overlap } = found;
  const place = `${source.file}:${source.line}${source.field === "" ? "" : ` (${source.field})`}`;
  const span = words.slice(start, start + length).join(" ").slice(0, SPAN_CHARS_MAX);
  if (action === "drop") {
    const share = `${Math.round(overlap * 100)} % of ${column}`;
    return reject("contaminated", `${length} words shared with ${place}, ${share}: ${span}`);
  }
  const detail = { column, ...source, words: length, overlap, span };
  return pass({ ...row, [to]: true, [detail_to]: detail });
}

/** Configuration of {@linkcode decontaminate}. */
export interface DecontaminateConfig<Column extends string> {
  /** Columns whose texts are compared, each by itself. */
  readonly columns: readonly Column[];
  /** The benchmarks: `.jsonl` files, with the fields to compare, or files with a text a line. */
  readonly against: readonly { readonly path: string; readonly fields?: readonly string[] }[];
  /** Words of an n-gram. @default {13} */
  readonly ngram?: number;
  /** Words from which on a benchmark text shorter than an n-gram is looked for as a whole. @default {8} */
  readonly min_words?: number;
  /** Least share of the words of a text that must be in shared n-grams. @default {0} */
  readonly min_overlap?: number;
  /** What becomes of a contaminated row. @default {"drop"} */
  readonly action?: "drop" | "mark";
  /** Column that says whether the row is contaminated; the compiler does not know of it. @default {"contaminated"} */
  readonly to?: string;
  /** Column that receives source, overlap and shared words. @default {"contamination"} */
  readonly detail_to?: string;
}

/**
 * Finds rows that share n-grams of words with benchmark files, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { decontaminate } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const against = [{ path: "benchmarks/gsm8k_test.jsonl", fields: ["question"] }];
 * assertEquals(decontaminate({ columns: ["question"], against }).use, "decontaminate");
 * ```
 */
export function decontaminate<const Column extends string>(
  config: DecontaminateConfig<Column>,
): StepSpec<Record<Column, Json>, unknown> {
  return stepSpec("decontaminate", { ...config });
}
