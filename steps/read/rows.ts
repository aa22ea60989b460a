import {
  ColumnCollector,
  defineStep,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { completeRow } from "../_shared/input/complete_row.ts";

const CONFIG = z.strictObject({
  rows: z.array(z.record(z.string(), z.json())).min(1).describe("The rows themselves, as objects"),
});

/** Gives the rows that the pipeline file itself holds. A row that lacks a column of another has null there. */
const rowsStep: StepComponent = defineStep({
  kind: "source",
  name: "rows",
  version: 1,
  summary: "Gives the rows that are written in the pipeline",
  config: CONFIG,
  columns: ({ rows }) => ({ adds: columnsOf(rows) }),
  open: ({ rows: given }) => ({
    rows: async function* (signal) {
      const columns = Object.keys(columnsOf(given));
      for (const row of given) {
        signal.throwIfAborted();
        yield completeRow(row, columns);
      }
    },
    count: () => Promise.resolve(given.length),
  }),
});

export default rowsStep;

/**
 * Gives the rows that are written in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { rows } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(rows({ rows: [{ question: "How many?" }] }).with, { rows: [{ question: "How many?" }] });
 * ```
 */
export function rows<const R extends Row>(config: { readonly rows: readonly R[] }): StepSpec<unknown, R> {
  return stepSpec("rows", config);
}

function columnsOf(given: readonly Row[]) {
  const collector = new ColumnCollector();
  for (const row of given) collector.add(row);
  return collector.columns();
}
