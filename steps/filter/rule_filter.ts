import {
  defineStep,
  fail,
  FastDistillError,
  type Json,
  type Outcome,
  pass,
  reject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const PATTERN_CHARS_MAX = 1000;

const pattern = z.string().min(1).max(PATTERN_CHARS_MAX).superRefine((source, context) => {
  try {
    compilePattern(source);
  } catch (cause) {
    context.addIssue({ code: "custom", message: cause instanceof Error ? cause.message : String(cause) });
  }
});

const CONFIG = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  min_chars: z.int().nonnegative().default(1).describe("Fewest characters (Unicode code points)"),
  max_chars: z.int().positive().optional().describe(
    "Most characters (Unicode code points); no limit when absent",
  ),
  pattern: pattern.optional().describe("Regular expression (JavaScript, flag u) that must match somewhere"),
  not_pattern: pattern.optional().describe("Regular expression (JavaScript, flag u) that must match nowhere"),
}).refine(({ min_chars, max_chars }) => max_chars === undefined || min_chars <= max_chars, {
  message: "min_chars is larger than max_chars",
  path: ["min_chars"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Rejects rows whose text breaks a simple rule: `empty_output` for null, nothing or white space alone, `too_short`,
 * `too_long`, `pattern_mismatch`. The first rule that is broken, in this order, is the reason.
 */
const ruleFilterStep: StepComponent = defineStep({
  kind: "row",
  name: "rule_filter",
  version: 1,
  summary: "Rejects texts that are empty, too short, too long or of the wrong shape",
  config: CONFIG,
  columns: ({ field }) => ({ requires: [{ column: field, type: "string", at: ["field"] }] }),
  open: (config) => {
    const judge = judgeOf(config);
    return { process: (row) => judge(row) };
  },
});

export default ruleFilterStep;

function judgeOf({ field, min_chars, max_chars, ...patterns }: Config): (row: Row) => Outcome {
  const wanted = patterns.pattern === undefined ? undefined : compilePattern(patterns.pattern);
  const unwanted = patterns.not_pattern === undefined ? undefined : compilePattern(patterns.not_pattern);
  return (row) => {
    const text = row[field] ?? "";
    if (typeof text !== "string") {
      const message = `Read the column "${field}" as text, found ${JSON.stringify(text).slice(0, 80)}`;
      return fail(new FastDistillError("graph.column_type", message));
    }
    if (!/\S/.test(text)) return reject("empty_output");
    const chars = codePoints(text);
    if (chars < min_chars) return reject("too_short", `${chars} characters, at least ${min_chars}`);
    if (max_chars !== undefined && chars > max_chars) {
      return reject("too_long", `${chars} characters, at most ${max_chars}`);
    }
    if (wanted?.test(text) === false) return reject("pattern_mismatch", `does not match ${wanted.source}`);
    if (unwanted?.test(text)) return reject("pattern_mismatch", `matches ${unwanted.source}`);
    return pass(row);
  };
}

function compilePattern(source: string): RegExp {
  return new RegExp(source, "u");
}

/** Surrogate pairs count as one; a half that stands alone counts too. */
function codePoints(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    const isPair = (text.charCodeAt(index) & 0xfc00) === 0xdc00 &&
      (text.charCodeAt(index - 1) & 0xfc00) === 0xd800;
    if (isPair) count--;
  }
  return count;
}

/**
 * Rejects texts that are empty, too short, too long or of the wrong shape, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { ruleFilter } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ruleFilter({ field: "sql", min_chars: 8, max_chars: 2000 }).use, "rule_filter");
 * ```
 */
export function ruleFilter<const F extends string>(config: {
  readonly field: F;
  readonly min_chars?: number;
  readonly max_chars?: number;
  readonly pattern?: string;
  readonly not_pattern?: string;
}): StepSpec<Record<F, Json>, unknown> {
  return stepSpec("rule_filter", config);
}
