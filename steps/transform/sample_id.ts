import {
  compatSampleId,
  defineStep,
  type Json,
  pass,
  requireColumns,
  sampleIdOf,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { LINE_COLUMN, lineOf, lineRequirements, POLICY } from "./_hash_policy.ts";

const CONFIG = z.strictObject({
  fields: z.array(z.string().min(1)).min(1).describe("Columns that make a sample what it is"),
  to: z.string().min(1).default("sample_id").describe("Column that receives the id"),
  policy: POLICY,
  separator: z.string().optional().describe("Between fields, for compat only; a vertical bar when absent"),
  field_names: z.boolean().optional().describe("Whether each field is preceded by its name, for compat only"),
  line_column: LINE_COLUMN,
});

/**
 * Gives equal content an equal id, in every run and every file: the digest of the chosen columns under hashing policy v1, or
 * under `compat` the hash that the Python predecessor gives, for which the order of the fields matters.
 */
const sampleIdStep: StepComponent = defineStep({
  kind: "row",
  name: "sample_id",
  version: 1,
  summary: "Gives each row an id made of its content",
  citation: "RFC 8785, JSON Canonicalization Scheme",
  config: CONFIG,
  columns: ({ fields, to, line_column }) => ({
    requires: [
      ...requireColumns(fields).map((wanted) => ({ ...wanted, at: ["fields"] })),
      ...lineRequirements(line_column),
    ],
    adds: { [to]: "string" },
  }),
  open: ({ fields, to, policy = "v1", separator, field_names, line_column }) => ({
    process: (row) => {
      const id = policy === "v1" ? sampleIdOf(row, fields) : compatSampleId(row, fields, {
        ...(separator === undefined ? {} : { separator }),
        withNames: field_names ?? false,
        line: lineOf(row, line_column),
      });
      return pass({ ...row, [to]: id });
    },
  }),
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
  readonly policy?: "v1" | "compat";
  readonly separator?: string;
  readonly field_names?: boolean;
  readonly line_column?: string;
}): StepSpec<Record<F, Json>, Record<NoInfer<To>, string>> {
  return stepSpec("sample_id", config);
}
