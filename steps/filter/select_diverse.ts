import {
  defineStep,
  fail,
  FastDistillError,
  isFastDistillError,
  type Json,
  type KeyedOutcome,
  type KeyedRow,
  type Outcome,
  pass,
  reject,
  type Row,
  type StepComponent,
  type StepSetup,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { join } from "node:path";
import { z } from "zod";
import { RowSpool } from "../_shared/row_spool.ts";
import { type Choice, chooseByScore, chooseCenters, type DiverseCandidate } from "./_diverse_choice.ts";
import { Vectors } from "../_shared/vectors.ts";

const CONFIG = z.strictObject({
  embedding: z.string().min(1).default("embedding").describe(
    "Column with the vector of a row, as embed_text adds it",
  ),
  count: z.int().positive().describe("How many rows stay at most"),
  method: z.enum(["k_center", "score_first"]).default("k_center").describe(
    "How they are chosen: each the farthest from those before it, or by score, as long as none before it is too similar",
  ),
  score: z.string().min(1).optional().describe(
    "Column with a number, larger first; score_first needs it, k_center begins with the best",
  ),
  threshold: z.number().min(-1).max(1).default(0.9).describe(
    "Cosine to a row that was chosen from which on another is too similar; read with score_first only",
  ),
  to: z.string().min(1).default("nearest_similarity").describe(
    "Column that receives the cosine to the nearest row that was chosen before; null for the first",
  ),
  max_rows: z.int().positive().default(200_000).describe(
    "Rows that the step may hold vectors of; more end the run",
  ),
}).refine(({ method, score }) => method === "k_center" || score !== undefined, {
  message: "score_first needs score, the column to begin with",
  path: ["score"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Chooses rows that are far from each other, by the cosine of their embeddings. `k_center` takes one row after the other, each
 * the farthest from all before it (arXiv:1708.00489); `score_first` goes from the best score down and takes what is not too
 * similar to a row that was taken (DEITA, arXiv:2312.15685). Of equals the earlier row is better, and output is in the order
 * of the input.
 *
 * Rows that are too similar end as `rejected(not_diverse)`, with the row that they resemble; those beyond `count` as
 * `rejected(not_selected)`. Memory: 4 bytes a number of the vectors; the rows wait in a file. Time grows with `count` times rows.
 */
const selectDiverseStep: StepComponent = defineStep({
  kind: "global",
  name: "select_diverse",
  version: 1,
  summary: "Chooses rows whose embeddings are far from each other",
  citation:
    "W. Liu et al., What makes good data for alignment? (DEITA, arXiv:2312.15685); O. Sener, S. Savarese, Active learning for convolutional neural networks: a core-set approach (arXiv:1708.00489)",
  config: CONFIG,
  columns: ({ embedding, score, to }) => ({
    requires: [
      { column: embedding, type: "array", at: ["embedding"] },
      ...(score === undefined ? [] : [{ column: score, type: "number" as const, at: ["score"] }]),
    ],
    adds: { [to]: "number" },
  }),
  open: (config, setup) => {
    const spool = new RowSpool({
      folder: join(setup.cacheDir, "select_diverse", `${setup.runId}-${setup.step}`),
      readLines: setup.files.readLines,
    });
    return {
      process: (rows, signal) => selectRows(rows, { config, spool, signal }),
      close: () => spool.close(),
    };
  },
});

export default selectDiverseStep;

interface Selection {
  readonly config: Config;
  readonly spool: RowSpool;
  readonly signal: StepSetup["signal"];
}

async function* selectRows(
  rows: AsyncIterable<KeyedRow>,
  { config, spool, signal }: Selection,
): AsyncGenerator<KeyedOutcome> {
  await spool.close();
  const vectors = new Vectors();
  const candidates: DiverseCandidate[] = [];
  const ids: string[] = [];
  for await (const keyed of rows) {
    const candidate = read(keyed.row, config, vectors);
    if (isFastDistillError(candidate)) {
      yield { rowId: keyed.rowId, outcome: fail(candidate) };
      continue;
    }
    if (candidates.length >= config.max_rows) throw tooManyRows(config.max_rows);
    candidates.push(candidate);
    ids.push(keyed.rowId);
    await spool.add(keyed);
  }
  const choices = config.method === "k_center"
    ? chooseCenters(candidates, vectors, { count: config.count, signal })
    : chooseByScore(candidates, vectors, { count: config.count, signal, threshold: config.threshold });
  let index = 0;
  for await (const { rowId, row } of spool.rows()) {
    yield { rowId, outcome: outcomeOf(row, choices[index++]!, { config, ids }) };
  }
}

function read(row: Row, { embedding, score }: Config, vectors: Vectors): DiverseCandidate | FastDistillError {
  const value = score === undefined ? null : row[score] ?? null;
  if (value !== null && typeof value !== "number") {
    return new FastDistillError(
      "graph.column_type",
      `Compare rows by the number in "${score}", found ${JSON.stringify(value).slice(0, 80)}`,
    );
  }
  try {
    return { vector: vectors.add(row[embedding] ?? null, { column: embedding }), score: value ?? -Infinity };
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return cause;
  }
}

function tooManyRows(max: number): FastDistillError {
  return new FastDistillError("config.invalid_value", `Choose among at most ${max} rows, found more`, {
    hint: "Raise max_rows, or reject rows before",
  });
}

function outcomeOf(
  row: Row,
  { isChosen, similarity, nearest }: Choice,
  { config, ids }: { readonly config: Config; readonly ids: readonly string[] },
): Outcome {
  if (isChosen) return pass({ ...row, [config.to]: similarity ?? null });
  const detail = nearest === undefined
    ? undefined
    : `similarity ${similarity!.toFixed(4)} to ${ids[nearest]}`;
  const isSimilar = config.method === "score_first" && nearest !== undefined;
  return reject(isSimilar ? "not_diverse" : "not_selected", detail);
}

/** Configuration of {@linkcode selectDiverse}. */
export interface SelectDiverseConfig<Embedding extends string, Score extends string, To extends string> {
  /** Column with the vector of a row. @default {"embedding"} */
  readonly embedding?: Embedding;
  /** How many rows stay at most. */
  readonly count: number;
  /** How they are chosen. @default {"k_center"} */
  readonly method?: "k_center" | "score_first";
  /** Column with a number, larger first. */
  readonly score?: Score;
  /** Cosine from which on a row is too similar; read with `score_first` only. @default {0.9} */
  readonly threshold?: number;
  /** Column that receives the cosine to the nearest row that was chosen before. @default {"nearest_similarity"} */
  readonly to?: To;
  /** Rows that the step may hold vectors of. @default {200000} */
  readonly max_rows?: number;
}

/**
 * Chooses rows whose embeddings are far from each other, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { selectDiverse } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const step = selectDiverse({ count: 1000, method: "score_first", score: "quality", threshold: 0.85 });
 * assertEquals(step.use, "select_diverse");
 * ```
 */
export function selectDiverse<
  const Embedding extends string = "embedding",
  const Score extends string = never,
  const To extends string = "nearest_similarity",
>(
  config: SelectDiverseConfig<Embedding, Score, To>,
): StepSpec<
  Record<NoInfer<Embedding>, Json> & Record<NoInfer<Score>, number | null>,
  Record<NoInfer<To>, number | null>
> {
  return stepSpec("select_diverse", { ...config });
}
