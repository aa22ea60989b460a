import { defineStep, pass, type StepComponent, type StepSpec, stepSpec } from "@fastdistill/core/authoring";
import { z } from "zod";
import { firstSqlStatement, likeliestSql } from "./_sql_answer.ts";

const CONFIG = z.strictObject({
  from: z.string().min(1).default("generation").describe("Column that holds the model's answer"),
  to: z.string().min(1).default("sql").describe("Column that receives the SQL; empty when there is none"),
  require_keyword: z.boolean().default(true).describe(
    "Take only what begins like a statement; otherwise an answer without one is taken as it is",
  ),
});

/**
 * Takes the SQL out of a model's answer: without reasoning, fences, labels and explanations, the first statement only,
 * without its semicolon. Semicolons in texts, names and comments end no statement. Where there is no SQL the result is
 * an empty text, for a later step to judge.
 */
const cleanSqlStep: StepComponent = defineStep({
  kind: "row",
  name: "clean_sql",
  version: 1,
  summary: "Takes the SQL out of a model's answer",
  config: CONFIG,
  columns: ({ from, to }) => ({
    requires: [{ column: from, type: "string", at: ["from"] }],
    adds: { [to]: "string" },
  }),
  open: ({ from, to, require_keyword }) => ({
    process: (row) => {
      const answer = row[from];
      if (typeof answer !== "string") return pass({ ...row, [to]: "" });
      const sql = firstSqlStatement(answer);
      return pass({ ...row, [to]: sql === "" && !require_keyword ? likeliestSql(answer) : sql });
    },
  }),
});

export default cleanSqlStep;

/**
 * Takes the SQL out of a model's answer, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { cleanSql } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cleanSql({ from: "generation", to: "sql" }).use, "clean_sql");
 * ```
 */
export function cleanSql<const From extends string = "generation", const To extends string = "sql">(
  config: { readonly from?: From; readonly to?: To; readonly require_keyword?: boolean } = {},
): StepSpec<Record<NoInfer<From>, string | null>, Record<NoInfer<To>, string>> {
  return stepSpec("clean_sql", { ...config });
}
