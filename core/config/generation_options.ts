import { z } from "zod";
import type { DecodeParameters } from "../provider/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { describeConfig } from "./describe_config.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";
import { validateComponentConfig } from "./validate_component_config.ts";

/** What the runtime itself understands under a task's `with`: how many samples, and how each is decoded. */
export interface GenerationOptions extends DecodeParameters {
  /** Samples of each row, 1 to 1024. @default {1} */
  readonly n: number;
  /** Fields that only the vendor knows, sent as they are. */
  readonly extra?: JsonObject;
}

const penalty = z.number().min(-2).max(2).optional();

const generationSchema = z.strictObject({
  n: z.int().min(1).max(1024).default(1).describe("Samples of each row; each becomes a row of its own"),
  temperature: z.number().min(0).optional().describe("Randomness of the next token; 0 takes the likeliest"),
  top_p: z.number().min(0).max(1).optional().describe(
    "Share of probability that the next token is taken from",
  ),
  max_tokens: z.int().min(1).optional().describe("Longest answer, in tokens"),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((stop) => typeof stop === "string" ? [stop] : stop).optional()
    .describe("Text at which the answer ends, or a list of such texts"),
  seed: z.int().min(0).optional().describe(
    "Seed that is sent to the endpoint; sample `i` is asked for with `seed + i`",
  ),
  presence_penalty: penalty.describe("Makes tokens less likely that have occurred at all"),
  frequency_penalty: penalty.describe("Makes tokens less likely the more often they have occurred"),
  logprobs: z.boolean().optional().describe("Whether to ask for log probabilities"),
  top_logprobs: z.int().min(0).optional().describe("How many alternatives to ask for at each token"),
  extra: (z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>).optional()
    .describe("Fields that only this vendor knows, sent as they are"),
});

/** The keys of a task's `with` that the runtime understands itself. */
export const GENERATION_KEYS: readonly string[] = Object.keys(generationSchema.shape);

/** A task's `with`, in its two parts. */
export interface SplitGeneration {
  /** The runtime's part, checked. */
  readonly generation: GenerationOptions;
  /** The task's own part, not checked. */
  readonly rest: JsonObject;
}

/**
 * Takes the runtime's keys out of a task's `with`.
 *
 * @param config what stands under `with`
 * @param options where that is, for messages
 * @throws {FastDistillError} `config.invalid_value`
 *
 * @example
 * ```ts
 * import { splitGenerationOptions } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const { generation, rest } = splitGenerationOptions({ template: "{{ question }}", n: 4, stop: ";" });
 * assertEquals(generation, { n: 4, stop: [";"] });
 * assertEquals(rest, { template: "{{ question }}" });
 * ```
 */
export function splitGenerationOptions(
  config: JsonObject,
  options: { readonly path?: KeyPath; readonly locate?: LoadedPipeline["locate"] } = {},
): SplitGeneration {
  const entries = Object.entries(config);
  const own = Object.fromEntries(entries.filter(([key]) => GENERATION_KEYS.includes(key)));
  const rest = Object.fromEntries(entries.filter(([key]) => !GENERATION_KEYS.includes(key)));
  return { generation: validateComponentConfig(generationSchema, own, options), rest };
}

/** The JSON Schema of {@linkcode GenerationOptions} as a task's `with` states them. */
export function generationJsonSchema(): JsonObject {
  const schema = describeConfig(generationSchema);
  if (schema === undefined) throw new TypeError("The schema of generation options has no JSON Schema");
  return schema;
}
