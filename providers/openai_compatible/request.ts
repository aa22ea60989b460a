import type { ChatMessage, ChatRequest, ContentPart, Json, JsonObject } from "@fastdistill/core/authoring";
import type { Connection } from "./connection.ts";

/**
 * How many samples one call asks for. With a seed the endpoint counts on from the first one, so only samples whose
 * indexes follow each other can share a call.
 */
export function choicesToAsk(
  request: ChatRequest,
  { sampleIndexes, max }: { readonly sampleIndexes: readonly number[]; readonly max: number },
): number {
  const most = Math.min(sampleIndexes.length, max);
  if (request.decode.seed === undefined) return most;
  const gap = sampleIndexes.findIndex((index, at) => index !== sampleIndexes[0]! + at);
  return gap === -1 ? most : Math.min(most, gap);
}

/** The body of a call. What the request leaves open is not mentioned; `n` and `seed` belong to the samples. */
export function buildBody(
  request: ChatRequest,
  connection: Pick<Connection, "maxTokensField" | "extra">,
  { choices, firstIndex }: { readonly choices: number; readonly firstIndex: number },
): JsonObject {
  const { max_tokens, seed, ...decode } = request.decode;
  return {
    model: request.model,
    messages: request.messages.map(message),
    ...defined(decode),
    ...defined({ [connection.maxTokensField]: max_tokens }),
    ...(seed === undefined ? {} : { seed: seed + firstIndex }),
    ...(choices === 1 ? {} : { n: choices }),
    ...(request.response_schema === undefined
      ? {}
      : { response_format: responseFormat(request.response_schema) }),
    ...(request.tools === undefined || request.tools.length === 0
      ? {}
      : { tools: request.tools.map((tool) => ({ type: "function", function: defined({ ...tool }) })) }),
    ...connection.extra,
    ...request.extra,
  };
}

function message(one: ChatMessage): JsonObject {
  const calls = one.tool_calls?.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  const content = typeof one.content === "string" ? one.content : one.content.map(part);
  return {
    role: one.role,
    content: calls !== undefined && content === "" ? null : content,
    ...(calls === undefined ? {} : { tool_calls: calls }),
    ...(one.tool_call_id === undefined ? {} : { tool_call_id: one.tool_call_id }),
  };
}

function part(one: ContentPart): JsonObject {
  if (one.type === "text") return { type: "text", text: one.text };
  return { type: "image_url", image_url: { url: one.url } };
}

function responseFormat(schema: JsonObject): JsonObject {
  const title = typeof schema.title === "string"
    ? schema.title.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 64)
    : "";
  return { type: "json_schema", json_schema: { name: title || "answer", strict: true, schema } };
}

function defined(fields: Readonly<Record<string, Json | undefined | object>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}
