import {
  defineStep,
  type Json,
  pass,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).describe(
    "Columns that stay, in the order in which they shall stand",
  ),
});

/** Drops every column but the chosen ones. */
const keepColumnsStep: StepComponent = defineStep({
  kind: "row",
  name: "keep_columns",
  version: 1,
  summary: "Keeps the chosen columns and drops the others",
  config: CONFIG,
  columns: ({ columns }) => ({
    requires: columns.map((column, index) => ({ column, at: ["columns", index] })),
    keeps: columns,
  }),
  open: ({ columns }) => ({
    process: (row) => {
      const present = columns.filter((column) => Object.hasOwn(row, column));
      return pass(Object.fromEntries(present.map((column) => [column, row[column]!])));
    },
  }),
});

export default keepColumnsStep;

/**
 * Keeps the chosen columns and drops the others, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { keepColumns } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(keepColumns({ columns: ["question", "sql"] }).use, "keep_columns");
 * ```
 */
export function keepColumns<const C extends string>(config: {
  readonly columns: readonly C[];
}): StepSpec<Record<C, Json>, unknown> {
  return stepSpec("keep_columns", config);
}
