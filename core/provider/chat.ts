import type { Json, JsonObject } from "../record/mod.ts";
import type { Quota } from "./quota.ts";
import type { Usage } from "./usage.ts";

/** A tool that the model may call; `parameters` is a JSON Schema. */
export interface ToolDefinition {
  /** As the model has to call it. */
  readonly name: string;
  /** What the tool does, for the model. */
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

/** A call of a tool that the model asks for. `arguments` is the raw text, not parsed. */
export interface ToolCall {
  /** The endpoint's own, by which a `tool` message refers to the call. */
  readonly id: string;
  /** Of the tool. */
  readonly name: string;
  /** Raw text, meant to be JSON; it may be malformed. */
  readonly arguments: string;
}

/** A piece of a message that is more than text. */
export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly url: string };

/** One message of a conversation. */
export interface ChatMessage {
  /** Who speaks. */
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Text, or parts where there is more than text. */
  readonly content: string | readonly ContentPart[];
  /** Of an `assistant` message: what it called. */
  readonly tool_calls?: readonly ToolCall[];
  /** Of a `tool` message: the call that it answers. */
  readonly tool_call_id?: string;
}

/** How the next token is chosen. What is absent is left to the endpoint. */
export interface DecodeParameters {
  /** Randomness of the next token; 0 takes the likeliest. */
  readonly temperature?: number;
  /** Share of probability that the next token is taken from, 0 to 1. */
  readonly top_p?: number;
  /** Tokens. */
  readonly max_tokens?: number;
  /** Texts at which the answer ends. */
  readonly stop?: readonly string[];
  /** Sample `i` of a request is asked for with `seed + i`. */
  readonly seed?: number;
  /** Makes tokens less likely that have occurred at all, -2 to 2. */
  readonly presence_penalty?: number;
  /** Makes tokens less likely the more often they have occurred, -2 to 2. */
  readonly frequency_penalty?: number;
  /** Whether to ask for log probabilities. */
  readonly logprobs?: boolean;
  /** How many alternatives to ask for at each token. */
  readonly top_logprobs?: number;
}

/** A chat completion request, vendor-neutral. Everything in it can change the answer and is part of the effect key. */
export interface ChatRequest {
  /** As the endpoint names it. */
  readonly model: string;
  /** The conversation so far, rendered for one row. */
  readonly messages: readonly ChatMessage[];
  /** How the next token is chosen. */
  readonly decode: DecodeParameters;
  /** JSON Schema that the answer must follow. */
  readonly response_schema?: JsonObject;
  /** What the model may call. */
  readonly tools?: readonly ToolDefinition[];
  /** Fields that only this vendor knows, sent as they are. */
  readonly extra?: JsonObject;
}

/** Why a model stopped, normalised. */
export type FinishReasonKind = "stop" | "length" | "tool_calls" | "content_filter" | "error" | "other";

/** Normalised and raw, always both. */
export interface FinishReason {
  /** What the endpoint's word means. */
  readonly kind: FinishReasonKind;
  /** The endpoint's own word; `null` when it gave none. */
  readonly raw: string | null;
}

/** One answer. */
export interface ChatChoice {
  /** The text; empty when there is none, as with a pure tool call. */
  readonly content: string;
  /** Reasoning text, where the vendor gives it apart. */
  readonly reasoning?: string;
  /** What the model calls; absent when it calls nothing. */
  readonly tool_calls?: readonly ToolCall[];
  /** Why it stopped. */
  readonly finish_reason: FinishReason;
  /** Log probabilities as the endpoint gave them. */
  readonly logprobs?: Json;
}

/** What an endpoint answered to one call. */
export interface ChatCompletion {
  /** One for each answered sample, in the order in which they were asked for; never none. */
  readonly choices: readonly ChatChoice[];
  /** Of the whole call. */
  readonly usage: Usage;
  /** The model's version string as the endpoint states it. */
  readonly model: string;
  /** The endpoint's own id of the answer. */
  readonly id?: string;
  /** What the endpoint said about its quotas; heeded by the gateway, recorded nowhere. */
  readonly quotas?: readonly Quota[];
}

/** One call of an endpoint. */
export interface ChatCall {
  /** What is asked. */
  readonly request: ChatRequest;
  /** Which samples are wanted; a provider may answer fewer, from the front, and is then asked again for the rest. */
  readonly sampleIndexes: readonly number[];
  /** Aborts the call. */
  readonly signal: AbortSignal;
}
