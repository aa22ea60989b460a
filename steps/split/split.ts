import {
  defineStep,
  digest,
  FastDistillError,
  type Json,
  pass,
  requireColumns,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const SHARE_ERROR_MAX = 1e-9;
/** Hex digits of the digest that place a row: 52 bits, all of which a number holds. */
const PLACE_DIGITS = 13;
const PLACES = 16 ** PLACE_DIGITS;
const DEFAULT_SHARES = { train: 0.9, eval: 0.05, test: 0.05 };

const COLUMNS = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const CONFIG = z.strictObject({
  by: COLUMNS.describe(
    "Column, or columns, that decide the split: rows with equal values share it, so name the cluster to keep near-duplicates together",
  ),
  otherwise: COLUMNS.optional().describe(
    "Columns that decide where all of by are null; such a row fails when absent",
  ),
  shares: z.record(z.string().regex(/^\w[\w.-]{0,63}$/), z.number().min(0).max(1)).default(DEFAULT_SHARES)
    .describe(
      "Names of the splits and the share of the rows that each is to have; they add up to 1",
    ),
  salt: z.string().default("").describe("Any text; another one gives another division"),
  to: z.string().min(1).default("split").describe("Column that receives the name of the split"),
}).refine(({ shares }) => Math.abs(sum(Object.values(shares)) - 1) <= SHARE_ERROR_MAX, {
  message: "The shares of the splits must add up to 1",
  path: ["shares"],
});

/**
 * Puts each row into a split by the digest of what it holds, and of nothing else: not of its position, not of the other
 * rows. So a row stays where it is when rows are added, taken away or put in another order. Rows with equal values in
 * `by` are in the same split. The shares are met on average: 10,000 rows with 0.05 give about 500, not exactly 500.
 */
const splitStep: StepComponent = defineStep({
  kind: "row",
  name: "split",
  version: 1,
  summary: "Puts each row into a split, such as train, eval or test, by what it holds",
  config: CONFIG,
  columns: ({ by, otherwise, to }) => ({
    requires: [
      ...requireColumns([by].flat()).map((wanted) => ({ ...wanted, at: ["by"] })),
      ...requireColumns([otherwise ?? []].flat()).map((wanted) => ({ ...wanted, at: ["otherwise"] })),
    ],
    adds: { [to]: "string" },
  }),
  open: ({ by, otherwise, shares, salt, to }) => {
    const limits = limitsOf(shares);
    const groups = [[by].flat(), [otherwise ?? []].flat()];
    return {
      process: (row) => {
        const place = placeOf(salt, keyOf(row, groups));
        return pass({ ...row, [to]: limits.find(({ below }) => place < below)!.split });
      },
    };
  },
});

export default splitStep;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

interface Limit {
  readonly split: string;
  readonly below: number;
}

/** Up to where each split reaches. By name, since a configuration means the same in whatever order its keys stand. */
function limitsOf(shares: Readonly<Record<string, number>>): readonly Limit[] {
  const named = Object.entries(shares).filter(([, share]) => share > 0).sort(([a], [b]) => a < b ? -1 : 1);
  return named.map(([split], index) => {
    const reach = sum(named.slice(0, index + 1).map(([, share]) => share));
    return { split, below: index === named.length - 1 ? PLACES : reach * PLACES };
  });
}

function keyOf(row: Row, groups: readonly (readonly string[])[]): readonly Json[] {
  for (const group of groups) {
    const values = group.map((column) => row[column] ?? null);
    if (values.some((value) => value !== null)) return values;
  }
  throw new FastDistillError("data.invalid_sample", `Split a row by ${groups[0]!.join(", ")}, found null`, {
    hint: "Name columns that decide for such rows with otherwise",
  });
}

function placeOf(salt: string, key: readonly Json[]): number {
  return parseInt(digest(["split:v1", salt, key]).slice(0, PLACE_DIGITS), 16);
}

/**
 * Puts each row into a split by what it holds, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { split } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(split({ by: "question", shares: { train: 0.8, test: 0.2 } }).use, "split");
 * ```
 */
export function split<
  const By extends string,
  const Otherwise extends string = never,
  const To extends string = "split",
>(config: {
  readonly by: By | readonly By[];
  readonly otherwise?: Otherwise | readonly Otherwise[];
  readonly shares?: Readonly<Record<string, number>>;
  readonly salt?: string;
  readonly to?: To;
}): StepSpec<Record<By | Otherwise, Json>, Record<NoInfer<To>, string>> {
  return stepSpec("split", { ...config });
}
