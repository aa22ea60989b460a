import {
  defineStep,
  expand,
  fail,
  FastDistillError,
  type Json,
  type Outcome,
  pass,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  columns: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "Column, or columns, that hold lists; element by element they go into rows of their own",
  ),
  index_column: z.string().min(1).optional().describe(
    "Column that receives the position in the list, from 0; none if absent",
  ),
  on_unequal: z.enum(["fail", "null"]).default("fail").describe(
    "Where lists of a row differ in length: `fail` fails the row, `null` fills up the shorter ones",
  ),
});

type Config = z.infer<typeof CONFIG>;

/**
 * Makes a row of each element of a list; the other columns are repeated. Lists of several columns are taken side by side.
 * A row whose lists are empty ends as `rejected(no_output)`; null counts as an empty list.
 */
const expandColumnsStep: StepComponent = defineStep<Config>({
  kind: "row",
  name: "expand_columns",
  version: 1,
  summary: "Makes a row of each element of a list",
  config: CONFIG,
  columns: ({ columns, index_column }) => {
    const names = [columns].flat();
    return {
      requires: names.map((column, index) => ({
        column,
        type: "array",
        at: typeof columns === "string" ? ["columns"] : ["columns", index],
      })),
      adds: {
        ...Object.fromEntries(names.map((name) => [name, "any"] as const)),
        ...(index_column === undefined ? {} : { [index_column]: "number" as const }),
      },
    };
  },
  open: (config) => ({ process: (row) => expandRow(row, config) }),
});

export default expandColumnsStep;

function expandRow(row: Row, { columns, index_column, on_unequal }: Config): Outcome {
  const lists: (readonly [string, readonly Json[]])[] = [];
  for (const name of [columns].flat()) {
    const value = row[name] ?? [];
    if (!Array.isArray(value)) {
      return refused(`Expected a list in the column "${name}", found ${kindOf(value)}`);
    }
    lists.push([name, value]);
  }
  const lengths = lists.map(([, list]) => list.length);
  const most = Math.max(...lengths);
  if (on_unequal === "fail" && lengths.some((length) => length !== most)) {
    const found = lists.map(([name, { length }]) => `${length} in "${name}"`).join(", ");
    return refused(
      `Expected lists of one length, found ${found}`,
      'Set on_unequal to "null" to fill up with null',
    );
  }
  return expand(Array.from({ length: most }, (_, index) =>
    pass({
      ...row,
      ...Object.fromEntries(lists.map(([name, list]) => [name, list[index] ?? null])),
      ...(index_column === undefined ? {} : { [index_column]: index }),
    })));
}

function kindOf(value: Json): string {
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}

function refused(message: string, hint?: string): Outcome {
  return fail(new FastDistillError("step.failed", message, hint === undefined ? {} : { hint }));
}

/**
 * Makes a row of each element of a list, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { expandColumns } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(expandColumns({ columns: "instructions" }).use, "expand_columns");
 * ```
 */
export function expandColumns<const C extends string>(config: {
  readonly columns: C | readonly C[];
  readonly index_column?: string;
  readonly on_unequal?: "fail" | "null";
}): StepSpec<Record<C, Json>, Record<C, Json>> {
  return stepSpec("expand_columns", config);
}
