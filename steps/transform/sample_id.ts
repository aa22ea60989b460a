import {
  defineStep,
  type Json,
  pass,
  requireColumns,
  sampleIdOf,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core";
import { z } from "zod";

const CONFIG = z.strictObject({
  fields: z.array(z.string().min(1)).min(1).describe("Columns that make a sample what it is"),
  to: z.string().min(1).default("sample_id").describe("Column that receives the id"),
});

/** Gives equal content an equal id, in every run and every file: the digest of the chosen columns under hashing policy v1. */
const sampleIdStep: StepComponent = defineStep({
  kind: "row",
  name: "sample_id",
  version: 1,
  summary: "Gives each row an id made of its content",
  config: CONFIG,
  columns: ({ fields, to }) => ({
    requires: requireColumns(fields).map((wanted) => ({ ...wanted, at: ["fields"] })),
    adds: { [to]: "string" },
  }),
  open: ({ fields, to }) => ({ process: (row) => pass({ ...row, [to]: sampleIdOf(row, fields) }) }),
});

export default sampleIdStep;

/**
 * Gives each row an id made of its content, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { sampleId } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sampleId({ fields: ["database", "question"] }).use, "sample_id");
 * ```
 */
export function sampleId<const F extends string, const To extends string = "sample_id">(config: {
  readonly fields: readonly F[];
  readonly to?: To;
}): StepSpec<Record<F, Json>, Record<NoInfer<To>, string>> {
  return stepSpec("sample_id", config);
}
