import {
  defineStep,
  type Json,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const CONFIG = z.strictObject({
  path: z.string().min(1).describe(
    "File to write, relative to the exports folder of the run; with {split} in it, a file for each split",
  ),
  split_column: z.string().min(1).default("split").describe(
    "Column that names the split of a row; read when the path holds {split}",
  ),
  columns: z.array(z.string().min(1)).min(1).optional().describe(
    "Columns to write, in this order; all of the row's when absent",
  ),
});

/** Writes rows as JSON lines, in canonical order, and lets them pass. A chosen column that a row lacks is written as null. */
const writeJsonlStep: StepComponent = defineStep({
  kind: "sink",
  name: "write_jsonl",
  version: 1,
  summary: "Writes rows to a file of JSON lines",
  config: CONFIG,
  columns: ({ columns = [], ...place }) => ({
    requires: [
      ...columns.map((column, index) => ({ column, at: ["columns", index] })),
      ...splitRequirements(place),
    ],
  }),
  open: async ({ columns, ...place }, { outputs }) => {
    const file = await openSplitFiles(outputs, place);
    return {
      write: (row) => file.write(row, [columns === undefined ? row : chosen(row, columns)]),
      close: file.close,
      abort: file.abort,
    };
  },
});

export default writeJsonlStep;

function chosen(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/**
 * Writes rows to a file of JSON lines, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writeJsonl } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(writeJsonl({ path: "rows.jsonl", columns: ["question", "sql"] }).use, "write_jsonl");
 * ```
 */
export function writeJsonl<const C extends string = never>(config: {
  readonly path: string;
  readonly split_column?: string;
  readonly columns?: readonly C[];
}): StepSpec<Record<NoInfer<C>, Json>, unknown> {
  return stepSpec("write_jsonl", config);
}
