import {
  defineStep,
  digest,
  expand,
  fail,
  FastDistillError,
  type GlobalStepDefinition,
  type Json,
  type KeyedOutcome,
  type KeyedRow,
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
import { type Candidate, type Pair, pairsOf, POLICIES, TIES } from "./_pairs.ts";

const CONFIG = z.strictObject({
  group_by: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "Column, or columns, that the candidates of one prompt share; they stand together, as samples of a task do",
  ),
  response: z.string().min(1).default("generation").describe(
    "Column with the candidate: a text, or a list of messages",
  ),
  score: z.string().min(1).default("score").describe(
    "Column with the number by which candidates are compared, larger is better",
  ),
  policy: z.enum(POLICIES).default("best_vs_worst").describe("Which candidates make a pair"),
  margin: z.number().min(0).default(0).describe(
    "The least difference of the scores of a pair; equal scores never make one",
  ),
  ties: z.enum(TIES).default("keep_first").describe(
    "Candidates of one prompt with equal scores: the first stands for them, each is a candidate, or none is",
  ),
  carry: z.array(z.string().min(1)).default([]).describe(
    "Columns that a pair has of both candidates, as chosen_<column> and rejected_<column>, such as the model",
  ),
  max_candidates: z.int().min(2).max(1000).default(64).describe(
    "Most candidates of one prompt; those behind them fail",
  ),
});

type Config = z.infer<typeof CONFIG>;

/**
 * Makes pairs of a better and a worse answer to one prompt. The row of the better candidate becomes the pair (several
 * when it is better in several): its own columns and `chosen`, `rejected`, `chosen_score`, `rejected_score`, `margin`.
 * The other rows end as `rejected`: `worse_in_pair`; `no_score` where the score is null; `not_paired` where no candidate
 * is worse by the margin with another text.
 *
 * One prompt's candidates are held at a time, and 100 bytes for each prompt that is done: candidates that do not stand
 * together end the run, rather than making pairs of parts of a group.
 */
const DEFINITION: GlobalStepDefinition<Config> = {
  kind: "global",
  name: "preference_pairs",
  version: 1,
  summary: "Makes pairs of a better and a worse answer to one prompt",
  config: CONFIG,
  columns: ({ group_by, response, score, carry }) => ({
    requires: [
      ...requireColumns([group_by].flat()).map((wanted) => ({ ...wanted, at: ["group_by"] })),
      { column: response, at: ["response"] },
      { column: score, type: "number", at: ["score"] },
      ...carry.map((column, index) => ({ column, at: ["carry", index] })),
    ],
    adds: {
      chosen: "any",
      rejected: "any",
      chosen_score: "number",
      rejected_score: "number",
      margin: "number",
      ...Object.fromEntries(
        carry.flatMap((column) => [[`chosen_${column}`, "any"], [`rejected_${column}`, "any"]]),
      ),
    },
  }),
  open: (config, { seed }) => ({ process: (rows) => pairRows(rows, { config, seed }) }),
};

const preferencePairsStep: StepComponent = defineStep(DEFINITION);

export default preferencePairsStep;

interface Setting {
  readonly config: Config;
  readonly seed: number;
}

async function* pairRows(rows: AsyncIterable<KeyedRow>, setting: Setting): AsyncGenerator<KeyedOutcome> {
  const done = new Set<string>();
  let group: { readonly key: string; readonly rows: KeyedRow[] } | undefined;
  for await (const keyed of rows) {
    const key = groupOf(keyed.row, setting.config);
    if (key === undefined) {
      yield { rowId: keyed.rowId, outcome: fail(noGroup(setting.config)) };
      continue;
    }
    if (group?.key !== key) {
      if (group !== undefined) yield* settle(group, setting);
      if (done.has(key)) throw scattered(keyed.row, setting.config);
      done.add(key);
      group = { key, rows: [] };
    }
    if (group.rows.length < setting.config.max_candidates) group.rows.push(keyed);
    else yield { rowId: keyed.rowId, outcome: fail(tooMany(setting.config)) };
  }
  if (group !== undefined) yield* settle(group, setting);
}

function groupOf(row: Row, { group_by }: Config): string | undefined {
  const values = [group_by].flat().map((column) => row[column] ?? null);
  return values.every((value) => value === null) ? undefined : digest(values);
}

function* settle(
  { key, rows }: { readonly key: string; readonly rows: readonly KeyedRow[] },
  { config, seed }: Setting,
): Generator<KeyedOutcome> {
  const outcomes = new Map<string, Outcome>();
  const candidates: Candidate<KeyedRow>[] = [];
  for (const keyed of rows) {
    const candidate = candidateOf(keyed, config);
    if ("kind" in candidate) outcomes.set(keyed.rowId, candidate);
    else candidates.push(candidate);
  }
  const pairs = pairsOf(candidates, { ...config, seed: `${seed}\n${key}` });
  for (const [rowId, own] of Map.groupBy(pairs, ({ chosen }) => chosen.item.rowId)) {
    const made = own.map((pair) => pass(rowOfPair(pair, config)));
    outcomes.set(rowId, made.length === 1 ? made[0]! : expand(made));
  }
  const worse = new Set(pairs.map(({ rejected }) => rejected.item.rowId));
  for (const { rowId } of rows) {
    yield {
      rowId,
      outcome: outcomes.get(rowId) ?? reject(worse.has(rowId) ? "worse_in_pair" : "not_paired"),
    };
  }
}

function candidateOf(keyed: KeyedRow, { score, response }: Config): Candidate<KeyedRow> | Outcome {
  const [value, text] = [keyed.row[score] ?? null, keyed.row[response] ?? null];
  if (value === null) return reject("no_score");
  if (typeof value !== "number") {
    const message = `Compare candidates by the number in "${score}", found ${
      JSON.stringify(value).slice(0, 80)
    }`;
    return fail(new FastDistillError("graph.column_type", message));
  }
  const answer = typeof text === "string" ? text.trim() : text;
  if (answer === null || answer === "") return reject("empty_response");
  return { item: keyed, score: value, textKey: digest(answer) };
}

function rowOfPair({ chosen, rejected }: Pair<KeyedRow>, { response, carry }: Config): Row {
  const [better, worse] = [chosen.item.row, rejected.item.row];
  return {
    ...better,
    chosen: better[response]!,
    rejected: worse[response]!,
    chosen_score: chosen.score,
    rejected_score: rejected.score,
    margin: chosen.score - rejected.score,
    ...Object.fromEntries(carry.flatMap((column): [string, Json][] => [
      [`chosen_${column}`, better[column] ?? null],
      [`rejected_${column}`, worse[column] ?? null],
    ])),
  };
}

function noGroup({ group_by }: Config): FastDistillError {
  return new FastDistillError(
    "data.invalid_sample",
    `Group candidates by ${[group_by].flat().join(", ")}, found null`,
    { hint: "Give the rows of one prompt a value that they share, for instance with sample_id" },
  );
}

function scattered(row: Row, { group_by }: Config): FastDistillError {
  const columns = [group_by].flat();
  const values = JSON.stringify(columns.map((column) => row[column] ?? null)).slice(0, 80);
  return new FastDistillError(
    "step.failed",
    `Group candidates by ${columns.join(", ")}, found more of ${values} after those of another prompt`,
    { hint: `Put sort with by: ${columns.join(", ")} before the step` },
  );
}

function tooMany({ max_candidates }: Config): FastDistillError {
  return new FastDistillError(
    "step.failed",
    `Compare at most ${max_candidates} candidates of one prompt, found more`,
    {
      hint: "Raise max_candidates, or keep the best with select first",
    },
  );
}

/** What {@linkcode preferencePairs} takes. */
export interface PreferencePairsConfig<Group extends string, Response extends string, Score extends string> {
  /** Column, or columns, that the candidates of one prompt share. */
  readonly group_by: Group | readonly Group[];
  /** Column with the candidate. @default {"generation"} */
  readonly response?: Response;
  /** Column by which candidates are compared, larger is better. @default {"score"} */
  readonly score?: Score;
  /** Which candidates make a pair. @default {"best_vs_worst"} */
  readonly policy?: "best_vs_worst" | "best_vs_random" | "adjacent" | "all_pairs";
  /** The least difference of the scores of a pair. @default {0} */
  readonly margin?: number;
  /** What candidates with equal scores are. @default {"keep_first"} */
  readonly ties?: "keep_first" | "keep_all" | "drop";
  /** Columns that a pair has of both candidates. @default {none} */
  readonly carry?: readonly string[];
  /** Most candidates of one prompt. @default {64} */
  readonly max_candidates?: number;
}

/** Columns that {@linkcode preferencePairs} adds. */
export type PreferencePairColumns = {
  readonly chosen: Json;
  readonly rejected: Json;
  readonly chosen_score: number;
  readonly rejected_score: number;
  readonly margin: number;
};

/**
 * Makes pairs of a better and a worse answer to one prompt, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { preferencePairs } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(preferencePairs({ group_by: "question", margin: 1 }).use, "preference_pairs");
 * ```
 */
export function preferencePairs<
  const Group extends string,
  const Response extends string = "generation",
  const Score extends string = "score",
>(
  config: PreferencePairsConfig<Group, Response, Score>,
): StepSpec<Record<Group | NoInfer<Response> | NoInfer<Score>, Json>, PreferencePairColumns> {
  return stepSpec("preference_pairs", { ...config });
}
