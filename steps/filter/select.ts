import {
  defineStep,
  digest,
  expressionCompiler,
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
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { BestRows } from "./_best_rows.ts";

const compileExpression = await expressionCompiler();

const CONFIG = z.strictObject({
  where: z.string().min(1).optional().describe(
    "CEL condition over the row; rows that fail it are not_selected",
  ),
  best_of: z.string().min(1).optional().describe(
    "Column that rows of one group share; the best of each group stay",
  ),
  order_by: z.string().min(1).default("score").describe(
    "Column by which the rows of a group are compared, larger first; read with best_of only",
  ),
  keep: z.int().positive().default(1).describe("How many rows of each group stay; read with best_of only"),
}).refine(({ where, best_of }) => where !== undefined || best_of !== undefined, "Give where or best_of");

type Config = z.infer<typeof CONFIG>;

/**
 * Chooses rows by a condition, and the best of each group. Rows that fail the condition end as
 * `rejected(not_selected)`, those that are not among the best of their group as `rejected(not_best)`; of equals the
 * earlier one is better, and a row without a value is behind all others. Output is in the order of the input.
 *
 * Without `best_of` no row is held back. With it the best rows so far are held, `keep` of each group; all others are
 * settled at once. A row on which the condition does not work ends as `failed(step.expression)`.
 */
const selectStep: StepComponent = defineStep({
  kind: "global",
  name: "select",
  version: 1,
  summary: "Keeps the rows that meet a condition, or the best of each group",
  config: CONFIG,
  columns: (config) => ({
    requires: [
      ...(conditionOf(config)?.variables ?? []).map((column) => ({ column, at: ["where"] })),
      ...(config.best_of === undefined ? [] : [
        { column: config.best_of, at: ["best_of"] },
        { column: config.order_by, type: "number" as const, at: ["order_by"] },
      ]),
    ],
  }),
  open: (config) => {
    const condition = conditionOf(config);
    const judge = (row: Row) => condition === undefined ? pass(row) : judgeRow(row, condition.evaluate(row));
    return { process: (rows) => selectRows(rows, { config, judge }) };
  },
});

export default selectStep;

function conditionOf({ where }: Config) {
  return where === undefined ? undefined : compileExpression(where, { name: "where" });
}

function judgeRow(row: Row, verdict: Json): Outcome {
  if (verdict === true) return pass(row);
  if (verdict === false) return reject("not_selected");
  const message = `The condition must give true or false, found ${JSON.stringify(verdict).slice(0, 80)}`;
  return fail(new FastDistillError("step.expression", message));
}

interface Selection {
  readonly config: Config;
  readonly judge: (row: Row) => Outcome;
}

async function* selectRows(
  rows: AsyncIterable<KeyedRow>,
  { config, judge }: Selection,
): AsyncGenerator<KeyedOutcome> {
  const { best_of, order_by, keep } = config;
  const best = new BestRows<KeyedRow>(keep);
  let position = 0;
  for await (const keyed of rows) {
    const { rowId, row } = keyed;
    const outcome = attempt(() => best_of === undefined ? judge(row) : ranked(judge(row), row, order_by));
    if (outcome.kind !== "pass" || best_of === undefined) {
      yield { rowId, outcome };
      continue;
    }
    const candidate = {
      score: row[order_by] as number | null ?? -Infinity,
      position: position++,
      item: keyed,
    };
    const beaten = best.add(digest(row[best_of] ?? null), candidate);
    if (beaten !== undefined) {
      yield { rowId: beaten.item.rowId, outcome: reject("not_best", detailOf(beaten.score, order_by)) };
    }
  }
  for (const { item } of best.remaining()) yield { rowId: item.rowId, outcome: pass(item.row) };
}

function attempt(judge: () => Outcome): Outcome {
  try {
    return judge();
  } catch (cause) {
    if (isFastDistillError(cause)) return fail(cause);
    throw cause;
  }
}

/** A row that is to be compared has a number to be compared by, or nothing. */
function ranked(outcome: Outcome, row: Row, order_by: string): Outcome {
  const value = row[order_by] ?? null;
  if (outcome.kind !== "pass" || value === null || typeof value === "number") return outcome;
  const message = `Compare rows by the number in "${order_by}", found ${JSON.stringify(value).slice(0, 80)}`;
  return fail(new FastDistillError("graph.column_type", message));
}

function detailOf(score: number, order_by: string): string {
  return `${order_by} ${score === -Infinity ? "null" : score}`;
}

/** What {@linkcode select} takes besides its condition. */
export interface SelectBest<Group extends string, Order extends string> {
  /** Column that rows of one group share; the best of each group stay. */
  readonly best_of?: Group;
  /** Column by which the rows of a group are compared, larger first. @default {"score"} */
  readonly order_by?: Order;
  /** How many rows of each group stay. @default {1} */
  readonly keep?: number;
}

/**
 * Keeps the rows that meet a condition, or the best of each group, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { select } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(select({ where: "exec_pass && score >= 0.5", best_of: "sample_id" }).use, "select");
 * ```
 */
export function select<const Group extends string = never, const Order extends string = "score">(
  config: { readonly where?: string } & SelectBest<Group, Order>,
): StepSpec<
  Record<NoInfer<Group>, Json> & ([Group] extends [never] ? unknown : Record<NoInfer<Order>, Json>),
  unknown
> {
  return stepSpec("select", { ...config });
}
