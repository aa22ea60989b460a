import { defineStep, pass, type StepComponent, type StepSpec, stepSpec } from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  exec_score: z.number().default(0.5).describe("Score of a query that runs"),
  gold_score: z.number().default(1).describe("Score of a query whose result is the right one"),
  fail_score: z.number().default(0).describe("Score of a query that does not run"),
  to: z.string().min(1).default("score").describe("Column that receives the score"),
});

/** Turns what an execution found out, `exec_pass` and, where there is one, `gold_match`, into a number. */
const scoreExecStep: StepComponent = defineStep({
  kind: "row",
  name: "score_exec",
  version: 1,
  summary: "Scores a row by whether its query runs and has the right result",
  config: CONFIG,
  columns: ({ to }) => ({
    requires: [{ column: "exec_pass", type: "boolean" }],
    adds: { [to]: "number" },
  }),
  open: ({ exec_score, gold_score, fail_score, to }) => ({
    process: (row) => {
      const runs = row.exec_pass === true;
      const score = !runs ? fail_score : row.gold_match === true ? gold_score : exec_score;
      return pass({ ...row, [to]: score });
    },
  }),
});

export default scoreExecStep;

/**
 * Scores a row by whether its query runs and has the right result, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { scoreExec } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scoreExec({ exec_score: 0.2 }).with, { exec_score: 0.2 });
 * ```
 */
export function scoreExec<const To extends string = "score">(
  config: {
    readonly exec_score?: number;
    readonly gold_score?: number;
    readonly fail_score?: number;
    readonly to?: To;
  } = {},
): StepSpec<{ readonly exec_pass: boolean }, Record<NoInfer<To>, number>> {
  return stepSpec("score_exec", { ...config });
}
