import { defineStep, type Json, pass, type StepComponent, type StepSpec, stepSpec } from "@fastdistill/core";
import { z } from "zod";
import { isSameMathValue, type MathValue, readMathValue } from "./_math_value.ts";

const CONFIG = z.strictObject({
  answer: z.string().min(1).default("answer").describe("Column that holds the answer"),
  reference: z.string().min(1).default("reference").describe(
    "Column that holds the right answer, or a list of right answers",
  ),
  to: z.string().min(1).default("solved").describe("Column that receives whether they are equal"),
  tolerance: z.number().min(0).max(1).default(1e-6).describe(
    "Difference that two numbers may have, relative above 1, when at least one is not whole",
  ),
});

/**
 * Compares the answer of a maths problem with the right one by value: `1,000` is `$1000.00`, `1/2` is `0.5` and `50%`,
 * units and full stops do not count. What is no number is compared as text, without regard to capitals. An empty answer
 * equals nothing.
 */
const mathEqualStep: StepComponent = defineStep({
  kind: "row",
  name: "math_equal",
  version: 1,
  summary: "Compares the answer of a maths problem with the right one by value",
  config: CONFIG,
  columns: ({ answer, reference, to }) => ({
    requires: [{ column: answer, at: ["answer"] }, { column: reference, at: ["reference"] }],
    adds: { [to]: "boolean" },
  }),
  open: ({ answer, reference, to, tolerance }) => ({
    process: (row) => {
      const found = valueOf(row[answer] ?? null);
      const wanted = row[reference] ?? null;
      const references = Array.isArray(wanted) ? wanted as readonly Json[] : [wanted];
      const solved = references.some((one) => isSameMathValue(found, valueOf(one), tolerance));
      return pass({ ...row, [to]: solved });
    },
  }),
});

export default mathEqualStep;

function valueOf(value: Json): MathValue {
  if (typeof value === "string") return readMathValue(value);
  return readMathValue(typeof value === "number" ? String(value) : "");
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
  } = {},
): StepSpec<
  & Record<NoInfer<Answer>, string | number | null>
  & Record<NoInfer<Reference>, string | number | readonly (string | number)[] | null>,
  Record<NoInfer<To>, boolean>
> {
  return stepSpec("math_equal", { ...config });
}
