import {
  defineStep,
  type Json,
  type KeyedOutcome,
  type KeyedRow,
  pass,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { join } from "node:path";
import { z } from "zod";
import { ExternalSort } from "./_external_sort.ts";

const column = z.string().min(1);
const CONFIG = z.strictObject({
  by: z.union([column, z.array(column).min(1)]).describe(
    "Column to sort by; of several the first counts most, each next one among equals",
  ),
  descending: z.boolean().default(false).describe("Whether the largest come first"),
});

/**
 * Sorts all rows. Equals stay in the order in which they came; null comes last, whichever way the rest is sorted; where
 * a column holds several types, booleans come first, then numbers, texts, lists and objects. Texts are compared by code
 * units.
 *
 * Memory is bounded: what does not fit waits in files under the runs folder until the step ends.
 */
const sortStep: StepComponent = defineStep({
  kind: "global",
  name: "sort",
  version: 1,
  summary: "Sorts all rows by one or several columns",
  config: CONFIG,
  columns: ({ by }) => ({
    requires: [by].flat().map((column, index) => ({
      column,
      at: Array.isArray(by) ? ["by", index] : ["by"],
    })),
  }),
  open: ({ by, descending }, { files, cacheDir, runId, step }) => {
    const folder = join(cacheDir, "sort", `${runId}-${step}`);
    const order = { by: [by].flat(), descending };
    return {
      process: (rows, signal) =>
        passed(new ExternalSort({ order, folder, readLines: files.readLines, signal }).sort(rows)),
    };
  },
});

export default sortStep;

async function* passed(rows: AsyncIterable<KeyedRow>): AsyncGenerator<KeyedOutcome> {
  for await (const { rowId, row } of rows) yield { rowId, outcome: pass(row) };
}

/**
 * Sorts all rows by one or several columns, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { sort } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sort({ by: ["score", "question"], descending: true }).use, "sort");
 * ```
 */
export function sort<const Column extends string>(config: {
  readonly by: Column | readonly Column[];
  readonly descending?: boolean;
}): StepSpec<Record<NoInfer<Column>, Json>, unknown> {
  return stepSpec("sort", { ...config });
}
