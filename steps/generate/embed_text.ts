import {
  defineStep,
  FastDistillError,
  pass,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  to: z.string().min(1).default("embedding").describe("Column that receives the vector, a list of numbers"),
  dimensions: z.int().min(1).optional().describe("Numbers in a vector, for models that let one choose"),
  normalize: z.boolean().default(false).describe(
    "Whether vectors are scaled to length 1, so that their inner product is the cosine",
  ),
});

/**
 * Adds the embedding of a text. Each text is asked for once and remembered; texts of many rows share calls. Texts that
 * are equal share an answer.
 */
const embedTextStep: StepComponent = defineStep({
  kind: "row",
  name: "embed_text",
  version: 1,
  summary: "Adds the embedding of a text, asked of an embedding model",
  config: CONFIG,
  needs: "embedding",
  columns: ({ field, to }) => ({
    requires: [{ column: field, type: "string", at: ["field"] }],
    adds: { [to]: "array" },
  }),
  open: ({ field, to, dimensions, normalize }) => ({
    process: async (row, { models }) => {
      const text = row[field];
      if (typeof text !== "string") {
        const found = JSON.stringify(text ?? null).slice(0, 80);
        throw new FastDistillError("graph.column_type", `Read the column "${field}" as text, found ${found}`);
      }
      const [vector] = await models!.embed([text], dimensions === undefined ? {} : { dimensions });
      return pass({ ...row, [to]: normalize ? unitVector(vector!) : vector! });
    },
  }),
});

export default embedTextStep;

/** A vector of length 1 with the same direction; one that is all zero stays so. */
function unitVector(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/**
 * Adds the embedding of a text, in a TypeScript pipeline. The step names a provider that can embed.
 *
 * @example
 * ```ts
 * import { embedText } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(embedText({ field: "question", normalize: true }).use, "embed_text");
 * ```
 */
export function embedText<const F extends string, const To extends string = "embedding">(config: {
  readonly field: F;
  readonly to?: To;
  readonly dimensions?: number;
  readonly normalize?: boolean;
}): StepSpec<Record<NoInfer<F>, string>, Record<NoInfer<To>, readonly number[]>> {
  return stepSpec("embed_text", { ...config });
}
