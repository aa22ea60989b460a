import {
  defineStep,
  FastDistillError,
  type Json,
  type JsonObject,
  type KeyedOutcome,
  type KeyedRow,
  pass,
  sha256,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { join } from "node:path";
import { z } from "zod";
import { RowSpool } from "../_shared/row_spool.ts";
import { unitVector } from "../_shared/vectors.ts";
import { normalisedWords } from "../_shared/words.ts";
import { meanSimilarities, vendiScore } from "./_embedding_spread.ts";
import { distinctShare, selfBleu } from "./_self_bleu.ts";

const VENDI_MAX = 2000;

const CONFIG = z.strictObject({
  text: z.string().min(1).optional().describe("Column with the text to compare"),
  embedding: z.string().min(1).optional().describe(
    "Column with the vector to compare, as embed_text adds it",
  ),
  ngrams: z.array(z.int().min(1).max(10)).min(1).default([1, 2]).describe(
    "Lengths of n-grams for distinct_1, distinct_2 and so on; read with text only",
  ),
  vendi: z.boolean().default(false).describe(
    "Whether to compute the Vendi score of order 2, of at most 2,000 rows; read with embedding only",
  ),
  sample: z.int().min(2).max(200_000).default(10_000).describe(
    "Rows on which the figures rest at most: those with the smallest hashes of their ids",
  ),
}).refine(({ text, embedding }) => text !== undefined || embedding !== undefined, {
  message: "Name text, embedding or both, so that there is something to compare",
  path: ["text"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Measures how diverse all rows are together, and adds the figures to every row, so that stages report them and gates can be
 * set on them: `{ metric: self_bleu_mean, max: 0.6 }`.
 *
 * Of a text: `distinct_1`, `distinct_2` (the share of distinct n-grams among all; Li et al., arXiv:1510.03055), the same in all
 * rows, and `self_bleu` (BLEU-4 of the row against all others; its mean is self-BLEU, arXiv:1802.01886). Of an embedding:
 * `mean_similarity` (the mean cosine to all others; its mean is the mean pairwise cosine), and `vendi` on demand, the same in
 * all rows. Rows outside of the sample have null in `self_bleu` and `mean_similarity`. distinct-n falls as rows are added:
 * compare it between runs of one sample size.
 *
 * Memory is that of the sample; the rows wait in a file.
 */
const measureDiversityStep: StepComponent = defineStep({
  kind: "global",
  name: "measure_diversity",
  version: 1,
  summary: "Measures how diverse all rows are together",
  citation:
    "J. Li et al., A diversity-promoting objective function for neural conversation models (arXiv:1510.03055); Y. Zhu et al., Texygen (arXiv:1802.01886); A. Pasarkar, A. Dieng, Cousins of the Vendi score (arXiv:2310.12952)",
  config: CONFIG,
  columns: ({ text, embedding, ngrams, vendi }) => ({
    requires: [
      ...(text === undefined ? [] : [{ column: text, type: "string" as const, at: ["text"] }]),
      ...(embedding === undefined ? [] : [{ column: embedding, type: "array" as const, at: ["embedding"] }]),
    ],
    adds: {
      ...(text === undefined ? {} : {
        ...Object.fromEntries(ngrams.map((size) => [`distinct_${size}`, "number" as const])),
        self_bleu: "number",
      }),
      ...(embedding === undefined ? {} : { mean_similarity: "number" }),
      ...(embedding !== undefined && vendi ? { vendi: "number" } : {}),
    },
  }),
  open: (config, { cacheDir, runId, step, files }) => {
    const spool = new RowSpool({
      folder: join(cacheDir, "measure_diversity", `${runId}-${step}`),
      readLines: files.readLines,
    });
    return {
      process: (rows, signal) => measure(rows, { config, spool, signal }),
      close: () => spool.close(),
    };
  },
});

export default measureDiversityStep;

interface Measuring {
  readonly config: Config;
  readonly spool: RowSpool;
  readonly signal: AbortSignal;
}

/** What is kept of a row of the sample. */
interface Sampled {
  readonly key: string;
  readonly rowId: string;
  readonly words: readonly string[];
  readonly vector: Float32Array | undefined;
}

async function* measure(
  rows: AsyncIterable<KeyedRow>,
  { config, spool, signal }: Measuring,
): AsyncGenerator<KeyedOutcome> {
  await spool.close();
  let sample: Sampled[] = [];
  const trimmed = () => sample.sort((a, b) => a.key < b.key ? -1 : 1).slice(0, config.sample);
  for await (const keyed of rows) {
    signal.throwIfAborted();
    sample.push(sampled(keyed, config));
    if (sample.length >= 2 * config.sample) sample = trimmed();
    await spool.add(keyed);
  }
  const figures = figuresOf(trimmed(), config);
  for await (const { rowId, row } of spool.rows()) {
    yield { rowId, outcome: pass({ ...row, ...figures.shared, ...figures.own.get(rowId) ?? figures.none }) };
  }
}

/** Null counts as a text without words, and as no vector. */
function sampled({ rowId, row }: KeyedRow, { text, embedding }: Config): Sampled {
  const value = text === undefined ? null : row[text] ?? null;
  if (value !== null && typeof value !== "string") {
    throw new FastDistillError(
      "graph.column_type",
      `Read the column "${text}" as text, found ${JSON.stringify(value).slice(0, 80)}`,
    );
  }
  const vector = embedding === undefined ? null : row[embedding] ?? null;
  return {
    key: sha256(`diversity ${rowId}`),
    rowId,
    words: value === null ? [] : normalisedWords(value),
    vector: vector === null ? undefined : unitVector(vector, { column: embedding! }),
  };
}

interface Figures {
  /** The same in all rows. */
  readonly shared: JsonObject;
  readonly own: ReadonlyMap<string, JsonObject>;
  /** Of rows that are not in the sample. */
  readonly none: JsonObject;
}

function figuresOf(sample: readonly Sampled[], { text, embedding, ngrams, vendi }: Config): Figures {
  const texts = sample.map(({ words }) => words);
  const placed = sample.flatMap(({ rowId, vector }) => vector === undefined ? [] : [{ rowId, vector }]);
  const vectors = placed.map(({ vector }) => vector);
  checkLengths(vectors, embedding);
  const bleu = text === undefined ? [] : selfBleu(texts);
  const near = new Map<string, number | undefined>();
  if (embedding !== undefined) {
    const similarities = meanSimilarities(vectors);
    placed.forEach(({ rowId }, index) => near.set(rowId, similarities[index]));
  }
  const ownOf = (self_bleu: number | undefined, mean_similarity: number | undefined): JsonObject => ({
    ...(text === undefined ? {} : { self_bleu: self_bleu ?? null }),
    ...(embedding === undefined ? {} : { mean_similarity: mean_similarity ?? null }),
  });
  return {
    shared: {
      ...(text === undefined ? {} : Object.fromEntries(
        ngrams.map((size) => [`distinct_${size}`, distinctShare(texts, size) ?? null]),
      )),
      ...(embedding !== undefined && vendi ? { vendi: vendiScore(vectors.slice(0, VENDI_MAX)) ?? null } : {}),
    },
    own: new Map(sample.map(({ rowId }, index) => [rowId, ownOf(bleu[index], near.get(rowId))])),
    none: ownOf(undefined, undefined),
  };
}

function checkLengths(vectors: readonly Float32Array[], column: string | undefined): void {
  const other = vectors.find(({ length }) => length !== vectors[0]!.length);
  if (other === undefined) return;
  throw new FastDistillError(
    "graph.column_type",
    `Compare vectors of ${vectors[0]!.length} numbers in "${column}", found one of ${other.length}`,
  );
}

/** Configuration of {@linkcode measureDiversity}: `text`, `embedding` or both, and what differs from the defaults. */
export interface MeasureDiversityConfig<Text extends string, Embedding extends string> {
  /** Column with the text to compare. */
  readonly text?: Text;
  /** Column with the vector to compare. */
  readonly embedding?: Embedding;
  /** Lengths of n-grams for distinct-n. @default {[1, 2]} */
  readonly ngrams?: readonly number[];
  /** Whether to compute the Vendi score of order 2. @default {false} */
  readonly vendi?: boolean;
  /** Rows on which the figures rest at most. @default {10000} */
  readonly sample?: number;
}

/** The columns that {@linkcode measureDiversity} adds, as far as the compiler knows; `distinct_<n>` and `vendi` besides. */
export type DiversityColumns<Text extends string, Embedding extends string> =
  & ([Text] extends [never] ? unknown : { readonly self_bleu: number | null })
  & ([Embedding] extends [never] ? unknown : { readonly mean_similarity: number | null });

/**
 * Measures how diverse all rows are together, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { measureDiversity } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(measureDiversity({ text: "question", embedding: "vector" }).use, "measure_diversity");
 * ```
 */
export function measureDiversity<const Text extends string = never, const Embedding extends string = never>(
  config: MeasureDiversityConfig<Text, Embedding>,
): StepSpec<Record<Text, string | null> & Record<Embedding, Json>, DiversityColumns<Text, Embedding>> {
  return stepSpec("measure_diversity", { ...config });
}
