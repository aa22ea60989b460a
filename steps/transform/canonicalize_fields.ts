import {
  canonicalJson,
  compatJson,
  compatValues,
  defineStep,
  type Json,
  pass,
  requireColumns,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { LINE_COLUMN, lineOf, lineRequirements, POLICY } from "./_hash_policy.ts";

const CONFIG = z.strictObject({
  fields: z.array(z.string().min(1)).min(1).describe("Columns to write as one JSON object"),
  to: z.string().min(1).default("canonical_input").describe("Column that receives the text"),
  drop_nulls: z.boolean().default(true).describe("Whether columns that are null are left out"),
  policy: POLICY,
  line_column: LINE_COLUMN,
});

/**
 * Writes columns as canonical JSON into a column of text: equal values give equal text. Under `compat` it is what
 * `CanonicalizeFields` of the Python predecessor writes, on which its ids are built.
 */
const canonicalizeFieldsStep: StepComponent = defineStep({
  kind: "row",
  name: "canonicalize_fields",
  version: 1,
  summary: "Writes chosen columns as canonical JSON into a column of text",
  citation: "RFC 8785, JSON Canonicalization Scheme",
  config: CONFIG,
  columns: ({ fields, to, line_column }) => ({
    requires: [
      ...requireColumns(fields).map((wanted) => ({ ...wanted, at: ["fields"] })),
      ...lineRequirements(line_column),
    ],
    adds: { [to]: "string" },
  }),
  open: ({ fields, to, drop_nulls, policy = "v1", line_column }) => ({
    process: (row) => {
      const kept = drop_nulls ? fields.filter((field) => (row[field] ?? null) !== null) : fields;
      const text = policy === "v1"
        ? canonicalJson(Object.fromEntries(kept.map((field) => [field, row[field] ?? null])), { nfc: true })
        : compatText(row, kept, lineOf(row, line_column));
      return pass({ ...row, [to]: text });
    },
  }),
});

export default canonicalizeFieldsStep;

function compatText(row: Row, fields: readonly string[], line: string | undefined): string {
  const values = compatValues(row, fields, { line });
  return compatJson(Object.fromEntries(fields.map((field, index) => [field, values[index]])));
}

/**
 * Writes columns as canonical JSON into a column of text, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { canonicalizeFields } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(canonicalizeFields({ fields: ["question"], policy: "compat" }).use, "canonicalize_fields");
 * ```
 */
export function canonicalizeFields<const F extends string, const To extends string = "canonical_input">(
  config: {
    readonly fields: readonly F[];
    readonly to?: To;
    readonly drop_nulls?: boolean;
    readonly policy?: "v1" | "compat";
    readonly line_column?: string;
  },
): StepSpec<Record<F, Json>, Record<NoInfer<To>, string>> {
  return stepSpec("canonicalize_fields", config);
}
