import type { JsonObject } from "../record/mod.ts";
import type { Quota } from "./quota.ts";
import type { Usage } from "./usage.ts";

/** What is asked of an embedding model, the texts apart. */
export interface EmbeddingRequest {
  /** As the endpoint names it. */
  readonly model: string;
  /** Numbers in a vector, for models that let one choose. */
  readonly dimensions?: number;
  /** Fields that only this vendor knows. */
  readonly extra?: JsonObject;
}

/** One call of an embedding model. */
export interface EmbeddingCall {
  /** The same for all texts. */
  readonly request: EmbeddingRequest;
  /** At least one. */
  readonly inputs: readonly string[];
  /** Aborts when the answer is not wanted any more. */
  readonly signal: AbortSignal;
}

/** What an embedding model answers. */
export interface EmbeddingAnswer {
  /** One vector for each text, in the order of the texts. */
  readonly vectors: readonly (readonly number[])[];
  /** Tokens of all texts together. */
  readonly usage: Usage;
  /** The model that answered, as it names itself. */
  readonly model: string;
  /** What the endpoint said of its quotas; never recorded. */
  readonly quotas?: readonly Quota[] | undefined;
}

/** What is asked of a model that says how relevant documents are to a query, the documents apart. */
export interface RerankRequest {
  /** As the endpoint names it. */
  readonly model: string;
  /** What the documents are compared with. */
  readonly query: string;
  /** Fields that only this vendor knows. */
  readonly extra?: JsonObject;
}

/** One call of a rerank model. */
export interface RerankCall {
  /** The same for all documents. */
  readonly request: RerankRequest;
  /** At least one. */
  readonly documents: readonly string[];
  /** Aborts when the answer is not wanted any more. */
  readonly signal: AbortSignal;
}

/** What a rerank model answers. */
export interface RerankAnswer {
  /** One score for each document, in the order of the documents; higher is more relevant. */
  readonly scores: readonly number[];
  /** Tokens of query and documents together. */
  readonly usage: Usage;
  /** The model that answered, as it names itself. */
  readonly model: string;
  /** What the endpoint said of its quotas; never recorded. */
  readonly quotas?: readonly Quota[] | undefined;
}

/** What fits into one call. */
export interface BatchLimits {
  /** Texts or documents. */
  readonly inputs: number;
  /** Tokens of all of them; as good as the estimate of two bytes a token. */
  readonly tokens?: number;
}
