import {
  defineStep,
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
import { findChance } from "./_lsh_bands.ts";
import {
  CLUSTER_KEYS,
  type ClusterChoices,
  type ClusterColumns,
  clusterFlow,
  clusterIssues,
  inspectAgainst,
} from "./_near_config.ts";
import { NearSearch } from "./_near_search.ts";
import { NumberList } from "./_number_list.ts";
import { bandingIssues, nearRuleOf, SKETCH_KEYS, type SketchChoices } from "./_sketch_config.ts";

const CONFIG = z.strictObject({ ...SKETCH_KEYS, ...CLUSTER_KEYS }).superRefine((config, { addIssue }) => {
  for (const { path, message } of [...clusterIssues(config, [config.on].flat()), ...bandingIssues(config)]) {
    addIssue({ code: "custom", path, message });
  }
});

type Config = z.infer<typeof CONFIG>;

/**
 * Finds texts that are nearly the same, and keeps one of each cluster. Texts are cut into overlapping runs of characters or
 * words (shingles); two are near when the Jaccard similarity of their sets of shingles is at least `threshold`. Pairs are
 * found by MinHash signatures cut into bands, then compared by the sets themselves, so that no pair below the threshold
 * joins two rows; pairs at the threshold are missed with a probability that `reports/<step>.json` states, and one a little
 * above it hardly ever. Rows that are near to each other, directly or through others, are a cluster.
 *
 * Which rows are a cluster does not depend on their order, nor does `cluster_id`; which one stays depends on it only as far
 * as `keep` does. A row that goes is rejected as `near_duplicate`, with the id of the row that stays and how similar they
 * are. A row without text is near to none. Of a text the first 1,048,576 characters count.
 *
 * Rows wait in files under the runs folder until all have been seen. Flat memory: about 60 bytes a row and 200 a cluster here,
 * 24 bytes a row in each helper process, and some megabytes, whatever the length of the texts.
 *
 * Source: A. Broder, On the resemblance and containment of documents (SEQUENCES 1997); K. Lee et al., Deduplicating
 * training data makes language models better (arXiv:2107.06499).
 */
const dedupMinhashStep: StepComponent = defineStep({
  kind: "global",
  name: "dedup_minhash",
  version: 1,
  summary: "Finds texts that are nearly the same, by MinHash, and keeps one of each cluster",
  citation:
    "A. Broder, On the resemblance and containment of documents (SEQUENCES 1997); K. Lee et al., Deduplicating training data makes language models better (arXiv:2107.06499)",
  config: CONFIG,
  columns: (config) => clusterFlow(config, { key: "on", columns: [config.on].flat() }),
  inspect: inspectAgainst,
  open: (config, setup) => ({ process: (rows, signal) => settle(rows, { config, setup, signal }) }),
});

export default dedupMinhashStep;

interface Settling {
  readonly config: Config;
  readonly setup: StepSetup;
  readonly signal: AbortSignal;
}

async function* settle(
  rows: AsyncIterable<KeyedRow>,
  { config, setup, signal }: Settling,
): AsyncGenerator<KeyedOutcome> {
  const { files, env, cacheDir, runId, step, seed, reports, atWork } = setup;
  const on = [config.on].flat();
  const rule = nearRuleOf(config, seed);
  await using search = await NearSearch.create({
    on,
    rule,
    threshold: config.threshold,
    workers: config.workers,
    folder: join(cacheDir, "dedup_minhash", `${runId}-${step}`),
    readLines: files.readLines,
    signal,
    atWork,
  });
  const worths = new NumberList("float64");
  const add = async ({ rowId, row }: KeyedRow) => {
    worths.push(worthOf(row, config, on));
    await search.add(rowId, row);
  };
  const paths = [config.against ?? []].flat();
  const namesInFiles = [config.against_on ?? on].flat();
  for await (const known of corpusRows({ paths, columns: on, namesInFiles, files, env, signal })) {
    await add(known);
  }
  const fixed = search.count;
  for await (const keyed of rows) await add(keyed);
  const sets = await search.sets(fixed);
  const { bands, rows: rowsOfBand } = rule.minhash;
  yield* settleClusters(search, {
    step,
    config,
    sets,
    fixed,
    worth: (row) => worths.at(row),
    reports,
    facts: {
      threshold: config.threshold,
      bands,
      rows_per_band: rowsOfBand,
      found_at_threshold: findChance(config.threshold, rule.minhash),
    },
  });
}

/**
 * Finds texts that are nearly the same and keeps one of each cluster, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { dedupMinhash } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dedupMinhash({ on: "question", threshold: 0.7, keep: "longest" }).use, "dedup_minhash");
 * ```
 */
export function dedupMinhash<
  const F extends string,
  const By extends string = never,
  const Action extends "drop" | "mark" = "drop",
>(config: DedupMinhashConfig<F, By, Action>): StepSpec<Record<F | By, Json>, ClusterColumns<Action>> {
  return stepSpec("dedup_minhash", { ...config });
}

/** What {@linkcode dedupMinhash} is told. */
export type DedupMinhashConfig<
  F extends string,
  By extends string = never,
  Action extends "drop" | "mark" = "drop",
> = SketchChoices<F> & ClusterChoices<By, Action>;

export type { ClusterChoices, ClusterColumns, SketchChoices };
