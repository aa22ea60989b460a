import { defineStep, pass, type StepComponent, type StepSpec, stepSpec } from "@fastdistill/core/authoring";
import { z } from "zod";
import { type AnswerStyle, finalAnswer } from "./_final_answer.ts";

export type { AnswerStyle };

const CONFIG = z.strictObject({
  from: z.string().min(1).default("generation").describe("Column that holds the solution"),
  to: z.string().min(1).default("answer").describe(
    "Column that receives the answer; empty when there is none",
  ),
  style: z.enum(["gsm8k", "boxed", "last_number"]).default("gsm8k").describe(
    "How the answer is marked: the last line that begins with #### or A:, the last \\boxed{}, the last number",
  ),
});

/**
 * Takes the final answer out of the solution of a maths problem, as it stands there. Where there is none, for instance
 * because the solution was cut off, the result is an empty text, which equals no reference.
 */
const extractAnswerStep: StepComponent = defineStep({
  kind: "row",
  name: "extract_answer",
  version: 1,
  summary: "Takes the final answer out of the solution of a maths problem",
  config: CONFIG,
  columns: ({ from, to }) => ({
    requires: [{ column: from, type: "string", at: ["from"] }],
    adds: { [to]: "string" },
  }),
  open: ({ from, to, style }) => ({
    process: (row) => {
      const solution = row[from];
      return pass({ ...row, [to]: typeof solution === "string" ? finalAnswer(solution, style) : "" });
    },
  }),
});

export default extractAnswerStep;

/**
 * Takes the final answer out of the solution of a maths problem, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { extractAnswer } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(extractAnswer({ from: "solution", style: "boxed" }).use, "extract_answer");
 * ```
 */
export function extractAnswer<const From extends string = "generation", const To extends string = "answer">(
  config: { readonly from?: From; readonly to?: To; readonly style?: AnswerStyle } = {},
): StepSpec<Record<NoInfer<From>, string | null>, Record<NoInfer<To>, string>> {
  return stepSpec("extract_answer", { ...config });
}
