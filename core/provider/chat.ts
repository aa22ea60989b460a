import type { Json, JsonObject } from "../record/mod.ts";
import type { Usage } from "./usage.ts";

/** A tool that the model may call; `parameters` is a JSON Schema. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly parameters: JsonObject;
}

/** A call of a tool that the model asks for. `arguments` is the raw text, not parsed. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A piece of a message that is more than text. */
export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly url: string };

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | readonly ContentPart[];
  readonly tool_calls?: readonly ToolCall[];
  readonly tool_call_id?: string;
}

/** How the next token is chosen. What is absent is left to the endpoint. */
export interface DecodeParameters {
  readonly temperature?: number;
  readonly top_p?: number;
  /** Tokens. */
  readonly max_tokens?: number;
  readonly stop?: readonly string[];
  /** Sample `i` of a request is asked for with `seed + i`. */
  readonly seed?: number;
  readonly presence_penalty?: number;
  readonly frequency_penalty?: number;
  readonly logprobs?: boolean;
  readonly top_logprobs?: number;
}

/** A chat completion request, vendor-neutral. Everything in it can change the answer and is part of the effect key. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly decode: DecodeParameters;
  /** JSON Schema that the answer must follow. */
  readonly response_schema?: JsonObject;
  readonly tools?: readonly ToolDefinition[];
  /** Fields that only this vendor knows, sent as they are. */
  readonly extra?: JsonObject;
}

/** Why a model stopped, normalised. */
export type FinishReasonKind = "stop" | "length" | "tool_calls" | "content_filter" | "error" | "other";

/** Normalised and raw, always both. */
export interface FinishReason {
  readonly kind: FinishReasonKind;
  readonly raw: string | null;
}

/** One answer. */
export interface ChatChoice {
  readonly content: string;
  /** Reasoning text, where the vendor gives it apart. */
  readonly reasoning?: string;
  readonly tool_calls?: readonly ToolCall[];
  readonly finish_reason: FinishReason;
  readonly logprobs?: Json;
}

/** What an endpoint answered to one call. */
export interface ChatCompletion {
  readonly choices: readonly ChatChoice[];
  /** Of the whole call. */
  readonly usage: Usage;
  /** The model's version string as the endpoint states it. */
  readonly model: string;
  /** The endpoint's own id of the answer. */
  readonly id?: string;
}

/** One call of an endpoint. */
export interface ChatCall {
  readonly request: ChatRequest;
  /** Which samples are wanted; a provider may answer fewer, from the front, and is then asked again for the rest. */
  readonly sampleIndexes: readonly number[];
  readonly signal: AbortSignal;
}
