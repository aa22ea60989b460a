import {
  defineStep,
  type Json,
  pass,
  requireColumns,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const ENCODINGS = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"] as const;
type Encoding = typeof ENCODINGS[number];

/** What looks like a special token in a text is text. */
const PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

const CONFIG = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).describe("Columns whose tokens are counted together"),
  to: z.string().min(1).default("tokens").describe("Column that receives the number of tokens"),
  encoding: z.enum(ENCODINGS).default("o200k_base").describe(
    "Whose tokens are counted: o200k_base of GPT-4o and later, cl100k_base of GPT-4 and 3.5, p50k_base and r50k_base of older ones; an estimate for all other models",
  ),
});

/**
 * Counts the tokens of a row. Texts are counted as they are, null as nothing, other values as the JSON that they are
 * written as. The number is exact for OpenAI models with the encoding, and an estimate for others, whose tokenizers
 * differ, often by 10 to 20 %. What a chat template puts around messages is not in it.
 */
const countTokensStep: StepComponent = defineStep({
  kind: "row",
  name: "count_tokens",
  version: 1,
  summary: "Counts the tokens of columns",
  config: CONFIG,
  columns: ({ columns, to }) => ({
    requires: requireColumns(columns).map((wanted, index) => ({ ...wanted, at: ["columns", index] })),
    adds: { [to]: "number" },
  }),
  open: async ({ columns, to, encoding }) => {
    const { countTokens } = await TOKENIZERS[encoding]();
    const count = (value: Json) => {
      if (value === null) return 0;
      return countTokens(typeof value === "string" ? value : JSON.stringify(value), PLAIN_TEXT);
    };
    return {
      process: (row) =>
        pass({ ...row, [to]: columns.reduce((sum, column) => sum + count(row[column] ?? null), 0) }),
    };
  },
});

export default countTokensStep;

interface Tokenizer {
  readonly countTokens: (text: string, options: typeof PLAIN_TEXT) => number;
}

/** Each is a megabyte or more, and loaded when it is used. */
const TOKENIZERS: Readonly<Record<Encoding, () => Promise<Tokenizer>>> = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
  p50k_base: () => import("gpt-tokenizer/encoding/p50k_base"),
  r50k_base: () => import("gpt-tokenizer/encoding/r50k_base"),
};

/**
 * Counts the tokens of columns, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { countTokens } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countTokens({ columns: ["question", "answer"] }).use, "count_tokens");
 * ```
 */
export function countTokens<const Column extends string, const To extends string = "tokens">(config: {
  readonly columns: readonly Column[];
  readonly to?: To;
  readonly encoding?: "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base";
}): StepSpec<Record<Column, Json>, Record<NoInfer<To>, number>> {
  return stepSpec("count_tokens", { ...config });
}
