import {
  FastDistillError,
  isFastDistillError,
  isJsonObject,
  type Json,
  type JsonObject,
} from "@fastdistill/core/authoring";
import { parseJsonText } from "./_json_schema.ts";

/** A call of a tool, as far as it can be read. */
export interface FoundCall {
  readonly name: string;
  /** `undefined` when they are no JSON object. */
  readonly arguments: JsonObject | undefined;
}

/** A tool that may be called. */
export interface FoundTool {
  readonly name: string;
  /** JSON Schema of the arguments; `undefined` takes anything. */
  readonly parameters: Json | undefined;
}

const CALLS_MAX = 64;
const TOOLS_MAX = 1000;
const CHARS_MAX = 1_000_000;
const [OPEN_TAG, CLOSE_TAG] = ["<tool_call>", "</tool_call>"] as const;

/**
 * Reads calls in any of the common shapes: a list of calls or one call, OpenAI's `{function: {name, arguments}}` or the plain
 * `{name, arguments}`, arguments as object or as text; the same as JSON text, or texts between `<tool_call>` tags.
 * @throws {FastDistillError} `data.malformed` that says what is no call
 */
export function readCalls(value: Json): readonly FoundCall[] {
  const items = itemsOf(value);
  if (items.length > CALLS_MAX) throw malformed(`at most ${CALLS_MAX} calls, found ${items.length}`);
  return items.map(readCall);
}

function itemsOf(value: Json): readonly Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return [value];
  if (value.trim() === "") return [];
  if (value.length > CHARS_MAX) throw malformed(`calls of at most ${CHARS_MAX} characters`);
  const tagged = taggedTexts(value).map((text) => parseJsonText(text, { allowFence: true }));
  return tagged.length > 0 ? tagged : itemsOf(noText(parseJsonText(value, { allowFence: true })));
}

function taggedTexts(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = text.indexOf(OPEN_TAG); at !== -1; at = text.indexOf(OPEN_TAG, at)) {
    const end = text.indexOf(CLOSE_TAG, at);
    if (end === -1) break;
    found.push(text.slice(at + OPEN_TAG.length, end));
    at = end;
  }
  return found;
}

function noText(value: Json): Json {
  if (typeof value !== "string") return value;
  throw malformed(`a call, found ${JSON.stringify(value).slice(0, 80)}`);
}

function readCall(item: Json): FoundCall {
  const call = isJsonObject(item) && isJsonObject(item.function ?? null) ? item.function as JsonObject : item;
  if (!isJsonObject(call) || typeof call.name !== "string" || call.name === "") {
    throw malformed(`a call with a name, found ${JSON.stringify(item).slice(0, 80)}`);
  }
  return { name: call.name, arguments: readArguments(call.arguments ?? call.parameters ?? call.input ?? {}) };
}

function readArguments(value: Json): JsonObject | undefined {
  if (typeof value !== "string") return isJsonObject(value) ? value : undefined;
  if (value.trim() === "") return {};
  try {
    const parsed = parseJsonText(value, { allowFence: false });
    return isJsonObject(parsed) ? parsed : undefined;
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return undefined;
  }
}

/**
 * Reads the tools that may be called: OpenAI's `{function: {name, parameters}}`, or `{name, parameters}` (`input_schema`,
 * `inputSchema`), as a list or as JSON text of one.
 * @throws {FastDistillError} `data.malformed`
 */
export function readTools(value: Json): readonly FoundTool[] {
  const items = typeof value === "string" ? parseJsonText(value, { allowFence: false }) : value;
  if (items === null) return [];
  if (!Array.isArray(items) || items.length > TOOLS_MAX) {
    throw malformed(`a list of at most ${TOOLS_MAX} tools, found ${JSON.stringify(items).slice(0, 80)}`);
  }
  return items.map((item: Json) => {
    const tool = isJsonObject(item) && isJsonObject(item.function ?? null)
      ? item.function as JsonObject
      : item;
    if (!isJsonObject(tool) || typeof tool.name !== "string" || tool.name === "") {
      throw malformed(`a tool with a name, found ${JSON.stringify(item).slice(0, 80)}`);
    }
    return { name: tool.name, parameters: tool.parameters ?? tool.input_schema ?? tool.inputSchema };
  });
}

/** Says what was to be read. */
export function malformed(wanted: string): FastDistillError {
  return new FastDistillError("data.malformed", `Read ${wanted}`);
}
