import {
  defineStep,
  type Json,
  pass,
  reject,
  requireColumns,
  sampleIdOf,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { KeyTable } from "./_key_table.ts";

const CONFIG = z.strictObject({
  on: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "Column, or columns, whose values must not come twice",
  ),
});

/**
 * Keeps the first row of each value, in canonical order, and rejects the others as `duplicate`; the detail is the id of
 * the row that stays. Values are compared as JSON in Unicode form NFC; null equals null. Memory: at most 60 bytes per
 * distinct value, whatever its size, and 1 MiB besides (two values meet by chance with probability 2^-128 a pair).
 */
const dedupExactStep: StepComponent = defineStep({
  kind: "ordered",
  name: "dedup_exact",
  version: 1,
  summary: "Keeps the first of the rows that are equal in the chosen columns",
  config: CONFIG,
  columns: ({ on }) => ({
    requires: requireColumns([on].flat()).map((wanted) => ({ ...wanted, at: ["on"] })),
  }),
  open: ({ on }) => {
    const fields = [on].flat();
    const seen = new KeyTable();
    return {
      process: (row, { rowId }) => {
        const first = seen.firstOf(sampleIdOf(row, fields), rowId);
        return first === undefined ? pass(row) : reject("duplicate", first);
      },
    };
  },
});

export default dedupExactStep;

/**
 * Keeps the first of the rows that are equal in the chosen columns, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { dedupExact } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dedupExact({ on: "sample_id" }).with, { on: "sample_id" });
 * ```
 */
export function dedupExact<const F extends string>(config: {
  readonly on: F | readonly F[];
}): StepSpec<Record<F, Json>, unknown> {
  return stepSpec("dedup_exact", config);
}
