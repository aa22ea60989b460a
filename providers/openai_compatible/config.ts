import type { ConfigSchema, JsonObject } from "@fastdistill/core/authoring";
import { z } from "zod";

/** Configuration of the provider `openai_compatible`, with defaults filled in. */
export interface OpenAICompatibleConfig {
  /** What stands before `/chat/completions`. @default {"https://api.openai.com/v1"} */
  readonly base_url: string;
  /** As the endpoint names it. */
  readonly model: string;
  /** Sent as a bearer token. */
  readonly api_key?: string | undefined;
  /** Variable that is read where `api_key` is absent; empty for none. @default {"OPENAI_API_KEY"} */
  readonly api_key_env: string;
  /** Sent as `OpenAI-Organization`. */
  readonly organization?: string | undefined;
  /** Further headers; they win over the adapter's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Most samples that one call asks for. @default {128} */
  readonly max_choices: number;
  /** Most texts or documents of one call for embeddings or reranking. @default {256} */
  readonly max_inputs: number;
  /** Most tokens of such a call, as estimated: two bytes each. @default {250000} */
  readonly max_input_tokens: number;
  /** What the endpoint calls the documents of a rerank request. @default {"documents"} */
  readonly rerank_field: "documents" | "texts";
  /** Put into the body of every request. */
  readonly extra?: JsonObject | undefined;
}

/** Fields that the adapter itself decides; another value would break how the answer is read. */
const RESERVED_FIELDS = ["model", "messages", "n", "stream"] as const;

/** Schema of the provider's `with:`. What changes no answer is marked, and stays out of a pipeline's signature. */
export const openAICompatibleConfig: ConfigSchema<OpenAICompatibleConfig> = z.strictObject({
  base_url: z.string().default("https://api.openai.com/v1").refine(isHttpUrl, {
    message: "Expected an http or https URL, such as http://127.0.0.1:11434/v1",
  }).describe(
    "Where the API is: what stands before /chat/completions. A query, such as Azure's api-version, is kept",
  ),
  model: z.string().min(1).describe("Model to ask, as the endpoint names it"),
  api_key: z.string().optional().meta({ secret: true }).describe(
    "Key to send as a bearer token; write ${env:NAME}. Without it the variable that api_key_env names is read",
  ),
  api_key_env: z.string().default("OPENAI_API_KEY").meta({ operational: true }).describe(
    "Variable that holds the key. When it is not set, none is sent, which is right for most local servers",
  ),
  organization: z.string().min(1).optional().meta({ operational: true }).describe(
    "Sent as the header OpenAI-Organization",
  ),
  headers: z.record(z.string().min(1), z.string()).optional().meta({ secret: true }).describe(
    "Further headers, such as Azure's api-key; they win over what the adapter sends",
  ),
  max_choices: z.int().min(1).default(128).meta({ operational: true }).describe(
    "Most samples to ask for in one call, through n",
  ),
  max_inputs: z.int().min(1).default(256).meta({ operational: true }).describe(
    "Most texts or documents to send in one call for embeddings or reranking",
  ),
  max_input_tokens: z.int().min(1).default(250_000).meta({ operational: true }).describe(
    "Most tokens to send in such a call, estimated at two bytes each",
  ),
  rerank_field: z.enum(["documents", "texts"]).default("documents").meta({ operational: true }).describe(
    "What the endpoint calls the documents of a rerank request: documents (Jina, Cohere, vLLM) or texts (Text " +
      "Embeddings Inference)",
  ),
  extra: z.record(z.string(), z.json()).optional().superRefine((extra, context) => {
    for (const field of RESERVED_FIELDS.filter((name) => Object.hasOwn(extra ?? {}, name))) {
      context.addIssue({
        code: "custom",
        path: [field],
        message: `The adapter decides "${field}" itself`,
      });
    }
  }).describe(
    "Fields put into the body of every request, such as {top_k: 40}; they win over decode parameters",
  ),
});

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
