import {
  defineStep,
  digest,
  fail,
  FastDistillError,
  type Json,
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

const ON_LEAK = ["fail", "reject", "mark"] as const;

const CONFIG = z.strictObject({
  split_column: z.string().min(1).default("split").describe("Column that names the split of a row"),
  cluster_column: z.string().min(1).optional().describe(
    "Column that near-duplicates share; a cluster must not be in two splits, null is no cluster",
  ),
  texts: z.array(z.string().min(1)).min(1).optional().describe(
    "Columns that, taken together, must not come in two splits; compared without regard to case, white space, punctuation and Unicode form",
  ),
  on_leak: z.enum(ON_LEAK).default("fail").describe(
    "What becomes of a row that is in another split already: fail, reject as leakage, or mark it and let it pass",
  ),
  to: z.string().min(1).default("leak").describe("Column that says whether the row leaks; with mark only"),
}).refine(({ cluster_column, texts }) => cluster_column !== undefined || texts !== undefined, {
  message: "Name cluster_column, texts or both, so that there is something to compare",
  path: ["texts"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Finds rows whose cluster of near-duplicates, or whose text, has come in another split before. The first row, in
 * canonical order, owns its cluster and its text; those that follow in another split leak. With `on_leak: mark` every row
 * passes, and a gate on `leak_rate` decides on the run.
 *
 * Memory: about 150 bytes for each distinct cluster and text.
 */
const checkLeakageStep: StepComponent = defineStep({
  kind: "ordered",
  name: "check_leakage",
  version: 1,
  summary: "Finds rows whose text or cluster of near-duplicates is in another split too",
  config: CONFIG,
  columns: ({ split_column, cluster_column, texts = [], on_leak, to }) => ({
    requires: [
      { column: split_column, at: ["split_column"] },
      ...(cluster_column === undefined ? [] : [{ column: cluster_column, at: ["cluster_column"] }]),
      ...requireColumns(texts).map((wanted, index) => ({ ...wanted, at: ["texts", index] })),
    ],
    adds: on_leak === "mark" ? { [to]: "boolean" } : {},
  }),
  open: (config) => {
    const owners = new Map<string, string>();
    return { process: (row) => settle(row, { config, leak: leakOf(row, config, owners) }) };
  },
});

export default checkLeakageStep;

function leakOf(row: Row, config: Config, owners: Map<string, string>): string | undefined {
  const split = row[config.split_column] ?? null;
  if (typeof split !== "string") {
    throw new FastDistillError(
      "data.invalid_sample",
      `Compare splits by "${config.split_column}", found ${JSON.stringify(split).slice(0, 80)}`,
    );
  }
  let leak: string | undefined;
  for (const { what, key } of keysOf(row, config)) {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, split);
    else if (owner !== split) leak ??= `${what} of a row in ${split} is in ${owner} too`;
  }
  return leak;
}

interface Key {
  readonly what: string;
  readonly key: string;
}

function keysOf(row: Row, { cluster_column, texts }: Config): readonly Key[] {
  const cluster = cluster_column === undefined ? null : row[cluster_column] ?? null;
  const values = (texts ?? []).map((column) => row[column] ?? null);
  return [
    ...(cluster === null
      ? []
      : [{ what: `the cluster ${JSON.stringify(cluster)}`, key: digest(["cluster", cluster]) }]),
    ...(values.every((value) => value === null)
      ? []
      : [{ what: "the text", key: digest(["text", values.map(normalised)]) }]),
  ];
}

/** A text of punctuation only keeps it, as there is nothing else to compare. */
function normalised(value: Json): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).normalize("NFKC").toLowerCase();
  const words = text.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim();
  return words === "" ? text.trim() : words;
}

function settle(
  row: Row,
  { config, leak }: { readonly config: Config; readonly leak: string | undefined },
): Outcome {
  if (config.on_leak === "mark") return pass({ ...row, [config.to]: leak !== undefined });
  if (leak === undefined) return pass(row);
  if (config.on_leak === "reject") return reject("leakage", leak);
  return fail(
    new FastDistillError("data.leakage", `Keep splits apart, found that ${leak}`, {
      hint: "Split by the column that such rows share, for instance split with by: cluster_id",
    }),
  );
}

/**
 * Finds rows whose text or cluster of near-duplicates is in another split too, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { checkLeakage } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(checkLeakage({ texts: ["question"], on_leak: "reject" }).use, "check_leakage");
 * ```
 */
export function checkLeakage<
  const Text extends string = never,
  const Cluster extends string = never,
  const Split extends string = "split",
>(config: {
  readonly split_column?: Split;
  readonly cluster_column?: Cluster;
  readonly texts?: readonly Text[];
  readonly on_leak?: "fail" | "reject" | "mark";
  readonly to?: string;
}): StepSpec<Record<NoInfer<Split> | Cluster | Text, Json>, unknown> {
  return stepSpec("check_leakage", { ...config });
}
