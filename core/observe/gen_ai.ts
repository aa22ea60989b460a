import { redactText } from "../errors/mod.ts";
import type { ChatCompletion, ChatRequest, Provider } from "../provider/mod.ts";
import type { SpanAttributes } from "./tracer.ts";

/** Names of vendors as the conventions have them, by what their hosts end with. */
const VENDORS: readonly (readonly [host: string, vendor: string])[] = [
  [".openai.azure.com", "azure.ai.openai"],
  [".services.ai.azure.com", "azure.ai.inference"],
  ["api.openai.com", "openai"],
  ["api.anthropic.com", "anthropic"],
  ["aiplatform.googleapis.com", "gcp.vertex_ai"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
  ["api.deepseek.com", "deepseek"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.groq.com", "groq"],
  ["api.x.ai", "x_ai"],
  ["api.cohere.com", "cohere"],
  ["api.perplexity.ai", "perplexity"],
];
const ADAPTERS: Readonly<Record<string, string>> = {
  gemini: "gcp.gemini",
  vertex: "gcp.vertex_ai",
  bedrock: "aws.bedrock",
  mistral: "mistral_ai",
};
/** Characters of prompts or answers that one attribute holds at most. */
const CONTENT_CHARS_MAX = 32_768;

/** What metrics of a call are broken down by, and its span holds as well. */
export function callAttributes({ adapter, endpoint }: Provider, { model }: ChatRequest): SpanAttributes {
  const url = URL.parse(endpoint);
  const isRemote = url !== null && /^https?:$/.test(url.protocol);
  const vendor = isRemote ? VENDORS.find(([host]) => url.hostname.endsWith(host))?.[1] : undefined;
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": vendor ?? ADAPTERS[adapter] ?? adapter,
    "gen_ai.request.model": model,
    ...(isRemote
      ? {
        "server.address": url.hostname,
        "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
      }
      : {}),
  };
}

/** What is asked, without a word of the prompt. */
export function requestAttributes(
  { decode, response_schema }: ChatRequest,
  sampleIndexes: readonly number[],
): SpanAttributes {
  const { temperature, top_p, max_tokens, seed, stop, presence_penalty, frequency_penalty } = decode;
  return present({
    "gen_ai.request.temperature": temperature,
    "gen_ai.request.top_p": top_p,
    "gen_ai.request.max_tokens": max_tokens,
    "gen_ai.request.seed": seed === undefined ? undefined : seed + (sampleIndexes[0] ?? 0),
    "gen_ai.request.stop_sequences": stop,
    "gen_ai.request.presence_penalty": presence_penalty,
    "gen_ai.request.frequency_penalty": frequency_penalty,
    "gen_ai.request.choice.count": sampleIndexes.length === 1 ? undefined : sampleIndexes.length,
    "gen_ai.output.type": response_schema === undefined ? "text" : "json",
  });
}

/** What was answered, without a word of the answer. */
export function answerAttributes({ choices, usage, model, id }: ChatCompletion): SpanAttributes {
  return present({
    "gen_ai.response.model": model,
    "gen_ai.response.id": id,
    "gen_ai.response.finish_reasons": choices.map(({ finish_reason: { kind, raw } }) => raw ?? kind),
    "gen_ai.usage.input_tokens": usage.input_tokens,
    "gen_ai.usage.output_tokens": usage.output_tokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cached_input_tokens,
  });
}

/** The prompt, for those who asked for it. */
export function promptContent({ messages }: ChatRequest): SpanAttributes {
  const shown = messages.map(({ role, content }) => ({
    role,
    parts: typeof content === "string"
      ? [{ type: "text", content }]
      : content.map((part) =>
        part.type === "text"
          ? { type: "text", content: part.text }
          : { type: "uri", modality: "image", uri: part.url }
      ),
  }));
  return { "gen_ai.input.messages": contentText(shown) };
}

/** The answers, for those who asked for them. */
export function answerContent({ choices }: ChatCompletion): SpanAttributes {
  const shown = choices.map(({ content, finish_reason }) => ({
    role: "assistant",
    parts: [{ type: "text", content }],
    finish_reason: finish_reason.raw ?? finish_reason.kind,
  }));
  return { "gen_ai.output.messages": contentText(shown) };
}

function contentText(value: unknown): string {
  return redactText(JSON.stringify(value)).slice(0, CONTENT_CHARS_MAX);
}

function present(values: Readonly<Record<string, SpanAttributes[string] | undefined>>): SpanAttributes {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as SpanAttributes;
}
