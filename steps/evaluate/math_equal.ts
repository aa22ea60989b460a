import {
  defineStep,
  type Json,
  pass,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { isSameMathValue, type MathRules } from "./_math_equality.ts";
import { readMathValue } from "./_read_math_value.ts";

const CONFIG = z.strictObject({
  answer: z.string().min(1).default("answer").describe("Column that holds the answer"),
  reference: z.string().min(1).default("reference").describe(
    "Column that holds the right answer, or a list of right answers",
  ),
  to: z.string().min(1).default("solved").describe("Column that receives whether they are equal"),
  tolerance: z.number().min(0).max(1).default(1e-6).describe(
    "Difference that two numbers may have, relative above 1, when one of them is written with a decimal point",
  ),
  units: z.enum(["if_both", "always", "never"]).default("if_both").describe(
    "Whether units count: where both answers have one, also where only one of them has, never",
  ),
});

/**
 * Compares the answer of a maths problem with the right one by what it stands for, in plain text or LaTeX: `1,000` is
 * `$1000.00`, `\\frac12` is `0.5` and `50%`, `100 cm` is `1 m`, `(x+1)^2` is `x^2+2x+1`, `x > 2` is `(2, \\infty)`. It
 * knows numbers, percentages, currencies, units, roots, formulas, equations, inequalities, intervals, sets, points,
 * vectors and matrices.
 *
 * Exact numbers are compared exactly, without rounding; polynomials and their quotients by normal form; other formulas at
 * 16 seeded points. What is no mathematics is compared as text, without regard to capitals. An empty answer equals nothing.
 * Answers are read up to 2,000 characters, and nothing in them is run.
 */
const mathEqualStep: StepComponent = defineStep({
  kind: "row",
  name: "math_equal",
  version: 2,
  summary: "Compares the answer of a maths problem with the right one by value",
  citation:
    "D. Hendrycks et al., Measuring mathematical problem solving with the MATH dataset (arXiv:2103.03874)",
  config: CONFIG,
  columns: ({ answer, reference, to }) => ({
    requires: [{ column: answer, at: ["answer"] }, { column: reference, at: ["reference"] }],
    adds: { [to]: "boolean" },
  }),
  open: ({ answer, reference, to, tolerance, units }) => ({
    process: (row) => {
      const found = row[answer] ?? null;
      const wanted = row[reference] ?? null;
      const references = Array.isArray(wanted) ? wanted as readonly Json[] : [wanted];
      const solved = references.some((one) => isSameAnswer(found, one, { tolerance, units }));
      return pass({ ...row, [to]: solved });
    },
  }),
});

export default mathEqualStep;

/** Answers that are the same to the letter are equal, even those of which nothing is understood. */
function isSameAnswer(found: Json, wanted: Json, rules: MathRules): boolean {
  const [answer, reference] = [textOf(found), textOf(wanted)];
  if (answer === "" || reference === "") return false;
  return answer === reference || isSameMathValue(readMathValue(answer), readMathValue(reference), rules);
}

function textOf(value: Json): string {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" ? String(value) : "";
}

/**
 * Compares the answer of a maths problem with the right one by value, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { mathEqual } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(mathEqual({ answer: "answer", reference: "reference" }).use, "math_equal");
 * ```
 */
export function mathEqual<
  const Answer extends string = "answer",
  const Reference extends string = "reference",
  const To extends string = "solved",
>(
  config: {
    readonly answer?: Answer;
    readonly reference?: Reference;
    readonly to?: To;
    readonly tolerance?: number;
    readonly units?: "if_both" | "always" | "never";
  } = {},
): StepSpec<
  & Record<NoInfer<Answer>, string | number | null>
  & Record<NoInfer<Reference>, string | number | readonly (string | number)[] | null>,
  Record<NoInfer<To>, boolean>
> {
  return stepSpec("math_equal", { ...config });
}
