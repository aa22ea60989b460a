import type {
  EmbeddingAnswer,
  EmbeddingCall,
  JsonObject,
  RerankAnswer,
  RerankCall,
  Usage,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { postJson } from "./chat.ts";
import type { Connection } from "./connection.ts";
import { badResponse } from "./errors.ts";
import { quotasOf } from "./quotas.ts";

const count = z.int().min(0).nullish().catch(undefined);
const usageSchema = z.looseObject({ prompt_tokens: count, total_tokens: count }).nullish().catch(undefined);
const embeddingSchema = z.looseObject({
  model: z.string().nullish().catch(undefined),
  data: z.array(z.looseObject({ index: z.int().min(0).nullish(), embedding: z.array(z.number()).min(1) })),
  usage: usageSchema,
});
const result = z.looseObject({
  index: z.int().min(0),
  relevance_score: z.number().nullish(),
  score: z.number().nullish(),
});
const rerankSchema = z.union([
  z.looseObject({
    model: z.string().nullish().catch(undefined),
    results: z.array(result),
    usage: usageSchema,
  }),
  // Text Embeddings Inference answers with the list alone.
  z.array(result).transform((results) => ({ results, model: undefined, usage: undefined })),
]);

/** Answers one call with a vector for each text: `POST /embeddings`. @throws {FastDistillError} `provider.*` */
export async function embed(
  connection: Connection,
  { request, inputs, signal }: EmbeddingCall,
): Promise<EmbeddingAnswer> {
  const { dimensions, extra } = request;
  const body = {
    model: request.model,
    input: inputs,
    encoding_format: "float",
    ...(dimensions === undefined ? {} : { dimensions }),
    ...connection.extra,
    ...extra,
  };
  const { answer, headers, text } = await ask(connection, {
    path: "/embeddings",
    body,
    signal,
    schema: embeddingSchema,
  });
  const vectors: (readonly number[])[] = [];
  answer.data.forEach(({ index, embedding }, at) => vectors[index ?? at] = embedding);
  requireAll(connection, { found: vectors, wanted: inputs.length, text });
  return {
    vectors,
    usage: usageOf(answer.usage, inputs),
    model: answer.model ?? request.model,
    quotas: quotasOf(headers, connection.now),
  };
}

/** Answers one call with a score for each document: `POST /rerank`. @throws {FastDistillError} `provider.*` */
export async function rerank(
  connection: Connection,
  { request, documents, signal }: RerankCall,
): Promise<RerankAnswer> {
  const { query, extra } = request;
  const body = {
    model: request.model,
    query,
    [connection.rerankField]: documents,
    ...connection.extra,
    ...extra,
  };
  const { answer, headers, text } = await ask(connection, {
    path: "/rerank",
    body,
    signal,
    schema: rerankSchema,
  });
  const scores: number[] = [];
  for (const { index, relevance_score, score } of answer.results) {
    const value = relevance_score ?? score;
    if (value !== undefined && value !== null) scores[index] = value;
  }
  requireAll(connection, { found: scores, wanted: documents.length, text });
  return {
    scores,
    usage: usageOf(answer.usage, [query, ...documents]),
    model: answer.model ?? request.model,
    quotas: quotasOf(headers, connection.now),
  };
}

interface Question<T> {
  readonly path: string;
  readonly body: JsonObject;
  readonly signal: AbortSignal;
  readonly schema: z.ZodType<T>;
}

async function ask<T>(connection: Connection, { path, body, signal, schema }: Question<T>) {
  const { text, headers } = await postJson(connection, { path, body: JSON.stringify(body), signal });
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return { answer: parsed.data, headers, text };
  const { message, path: at } = parsed.error.issues[0]!;
  throw badResponse(connection, { reason: `${message} at ${at.join(".") || "its root"}`, text, status: 200 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema says what is missing.
  }
}

function requireAll(
  connection: Connection,
  { found, wanted, text }: {
    readonly found: readonly unknown[];
    readonly wanted: number;
    readonly text: string;
  },
): void {
  const answered =
    Array.from({ length: wanted }, (_, index) => found[index]).filter((one) => one !== undefined).length;
  if (answered === wanted && found.length === wanted) return;
  throw badResponse(connection, {
    reason: `asked about ${wanted} texts, found answers to ${answered}`,
    text,
    status: 200,
  });
}

function usageOf(usage: z.infer<typeof usageSchema>, texts: readonly string[]): Usage {
  const input_tokens = usage?.prompt_tokens ?? usage?.total_tokens;
  if (input_tokens !== undefined && input_tokens !== null) return { input_tokens, output_tokens: 0 };
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  return { input_tokens: Math.ceil(chars / 4), output_tokens: 0, estimated: true };
}
