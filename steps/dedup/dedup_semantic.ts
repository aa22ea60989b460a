import {
  defineStep,
  fail,
  FastDistillError,
  type Json,
  type KeyedOutcome,
  type KeyedRow,
  type StepComponent,
  type StepSetup,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { join } from "node:path";
import { z } from "zod";
import { settleClusters } from "./_clusters.ts";
import { corpusRows } from "./_corpus.ts";
import { worthOf } from "./_keep_rule.ts";
import {
  CLUSTER_KEYS,
  type ClusterChoices,
  type ClusterColumns,
  clusterFlow,
  clusterIssues,
  inspectAgainst,
} from "./_near_config.ts";
import { NumberList } from "./_number_list.ts";
import { VectorSearch } from "./_vector_search.ts";

const CONFIG = z.strictObject({
  on: z.string().min(1).default("embedding").describe(
    "Column with the vector, a list of numbers, as embed_text adds it",
  ),
  threshold: z.number().min(-1).max(1).default(0.95).describe(
    "Cosine of two vectors from which on they are near",
  ),
  ...CLUSTER_KEYS,
}).superRefine((config, { addIssue }) => {
  const { keep, by } = config;
  for (const { path, message } of clusterIssues(config, [config.on])) {
    addIssue({ code: "custom", path, message });
  }
  if (keep === "longest" && by === undefined) {
    addIssue({ code: "custom", path: ["by"], message: "Name the column whose text is to be longest" });
  }
});

type Config = z.infer<typeof CONFIG>;

/**
 * Finds rows that mean nearly the same, by their embeddings, and keeps one of each cluster: rows whose vectors have a
 * cosine of at least `threshold`, directly or through others. All pairs are compared, so that none is missed; a pair that
 * cannot reach the threshold is given up after an eighth, a quarter or half of its numbers. The work grows with the square
 * of the rows: 100,000 rows are 5 billion pairs. Put `dedup_exact` and `dedup_minhash` first, which are cheap.
 *
 * What stays, what the others are told and what is reported is as in `dedup_minhash`. A row whose vector is null or all zero
 * is near to none; one whose value is no vector, or one of another length than the first, fails with `graph.column_type`.
 *
 * Rows and vectors wait in files under the runs folder. Flat memory: about 60 bytes a row, 200 a cluster and some megabytes.
 *
 * Source: A. Abbas et al., SemDeDup: data-efficient learning at web-scale through semantic deduplication
 * (arXiv:2303.09540). Unlike there, vectors are not clustered first.
 */
const dedupSemanticStep: StepComponent = defineStep({
  kind: "global",
  name: "dedup_semantic",
  version: 1,
  summary: "Finds rows that mean nearly the same, by their embeddings, and keeps one of each cluster",
  citation:
    "A. Abbas et al., SemDeDup: data-efficient learning at web-scale through semantic deduplication (arXiv:2303.09540)",
  config: CONFIG,
  columns: (config) => clusterFlow(config, { key: "on", columns: [config.on], type: "array" }),
  inspect: inspectAgainst,
  open: (config, setup) => ({ process: (rows, signal) => settle(rows, { config, setup, signal }) }),
});

export default dedupSemanticStep;

interface Settling {
  readonly config: Config;
  readonly setup: StepSetup;
  readonly signal: AbortSignal;
}

async function* settle(
  rows: AsyncIterable<KeyedRow>,
  { config, setup, signal }: Settling,
): AsyncGenerator<KeyedOutcome> {
  const { files, env, cacheDir, runId, step, reports, atWork } = setup;
  const { on, threshold, workers } = config;
  await using search = await VectorSearch.create({
    threshold,
    workers,
    folder: join(cacheDir, "dedup_semantic", `${runId}-${step}`),
    readLines: files.readLines,
    signal,
    atWork,
  });
  const worths = new NumberList("float64");
  const add = async (keyed: KeyedRow) => {
    const read = vectorOf(keyed.row[on] ?? null, search.dimensions);
    worths.push(worthOf(keyed.row, config, []));
    await search.add(keyed, read.vector);
    return read.problem;
  };
  const paths = [config.against ?? []].flat();
  const namesInFiles = [config.against_on ?? on].flat();
  for await (
    const known of corpusRows({ paths, columns: [on], namesInFiles, type: "json", files, env, signal })
  ) {
    const problem = await add(known);
    if (problem === undefined) continue;
    throw new FastDistillError("data.malformed", `Read a vector at ${known.rowId}, found ${problem}`);
  }
  const [fixed, fixedVectors] = [search.count, search.vectorCount];
  const dimensions = () => search.dimensions;
  for await (const keyed of rows) await add(keyed);
  const outcomes = settleClusters(search, {
    step,
    config,
    sets: await search.sets(fixedVectors),
    fixed,
    worth: (row) => worths.at(row),
    reports,
    facts: { threshold },
    failure: ({ row }) => {
      const { problem } = vectorOf(row[on] ?? null, dimensions());
      if (problem === undefined) return undefined;
      return fail(
        new FastDistillError("graph.column_type", `Read the column "${on}" as a vector, found ${problem}`),
      );
    },
  });
  yield* outcomes;
}

/** A value as a vector of length 1, or what is wrong with it; neither where there is nothing to compare. */
function vectorOf(
  value: Json,
  dimensions: number,
): { readonly vector?: Float32Array; readonly problem?: string } {
  if (value === null) return {};
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === "number")) {
    return { problem: JSON.stringify(value).slice(0, 80) };
  }
  if (dimensions > 0 && value.length !== dimensions) {
    return { problem: `${value.length} numbers, where those before have ${dimensions}` };
  }
  const numbers = value as readonly number[];
  const length = Math.hypot(...numbers);
  if (length === 0) return {};
  if (!Number.isFinite(length)) return { problem: "numbers that are too large" };
  return { vector: Float32Array.from(numbers, (number) => number / length) };
}

/**
 * Finds rows that mean nearly the same, by their embeddings, and keeps one of each cluster, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { dedupSemantic } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dedupSemantic({ threshold: 0.9, keep: "highest", by: "score" }).use, "dedup_semantic");
 * ```
 */
export function dedupSemantic<
  const F extends string = "embedding",
  const By extends string = never,
  const Action extends "drop" | "mark" = "drop",
>(
  config: DedupSemanticConfig<F, By, Action> = {},
): StepSpec<Record<NoInfer<F>, readonly number[]> & Record<By, Json>, ClusterColumns<Action>> {
  return stepSpec("dedup_semantic", { ...config });
}

/** What {@linkcode dedupSemantic} is told. */
export interface DedupSemanticConfig<
  F extends string = "embedding",
  By extends string = never,
  Action extends "drop" | "mark" = "drop",
> extends ClusterChoices<By, Action> {
  /** Column with the vector. @default {"embedding"} */
  readonly on?: F;
  /** Cosine. @default {0.95} */
  readonly threshold?: number;
}
