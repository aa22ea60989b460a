import assert from "node:assert/strict";
import type {
  ChatCompletion,
  ChatRequest,
  EmbeddingAnswer,
  Provider,
  RerankAnswer,
} from "../provider/mod.ts";

/** What a provider can be asked, and so be tested for. */
export type TestedCapability = "chat" | "embedding" | "rerank";

/** Whatever it is asked, an answer has usage and model. */
export type ProviderAnswer = ChatCompletion | EmbeddingAnswer | RerankAnswer;

/** A call without its signal. */
export interface ProviderCall {
  readonly request: object;
  readonly sampleIndexes?: readonly number[];
  readonly inputs?: readonly string[];
  readonly documents?: readonly string[];
}

/** What is asked where the suite is told nothing else. */
export interface AskedOptions {
  /** Which of what the provider can do is tested. @default {"chat"} */
  readonly capability?: TestedCapability;
  /** What a chat provider is asked. @default {one user message} */
  readonly request?: (provider: Provider) => ChatRequest;
  /** Which samples a chat provider is asked for. @default {[0, 1, 2]} */
  readonly sampleIndexes?: readonly number[];
  /** Texts to embed, or documents to rank: different ones. @default {three sentences} */
  readonly texts?: readonly string[];
  /** What documents are ranked for. @default {a question} */
  readonly query?: string;
}

const SAMPLES = [0, 1, 2];
const TEXTS = ["Rome is a city in Italy", "Oslo is a city in Norway", "A cat sleeps most of the day"];

/** The call that a suite makes; `size` cuts it to so many samples or texts. */
export function callOf(provider: Provider, options: AskedOptions, size = Infinity): ProviderCall {
  const { capability = "chat", request, query = "Which city is in Italy?" } = options;
  const { model } = provider;
  const texts = (options.texts ?? TEXTS).slice(0, size);
  if (capability === "embedding") return { request: { model }, inputs: texts };
  if (capability === "rerank") return { request: { model, query }, documents: texts };
  const said: ChatRequest = { model, messages: [{ role: "user", content: "Say hello" }], decode: {} };
  const sampleIndexes = (options.sampleIndexes ?? SAMPLES).slice(0, size);
  return { request: request?.(provider) ?? said, sampleIndexes };
}

const METHODS = { chat: "chat", embedding: "embed", rerank: "rerank" } as const;

/** Makes a call. */
export async function askProvider(
  provider: Provider,
  call: ProviderCall,
  { capability = "chat", signal }: { readonly capability?: TestedCapability; readonly signal?: AbortSignal },
): Promise<ProviderAnswer> {
  const name = METHODS[capability];
  const method = provider[name] as ((call: object) => Promise<ProviderAnswer>) | undefined;
  assert.ok(method !== undefined, `A provider with the capability ${capability} has ${name}()`);
  return await method.call(provider, { ...call, signal: signal ?? new AbortController().signal });
}
