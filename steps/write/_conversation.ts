import { didYouMean, isJsonObject, type Json, type JsonObject } from "@fastdistill/core/authoring";
import { invalidSample } from "./_invalid_sample.ts";

const ROLES = ["system", "user", "assistant", "tool"] as const;
/** Roles as conversations in the ShareGPT layout name them. */
const ROLES_OF_FROM: Readonly<Record<string, Role>> = {
  human: "user",
  gpt: "assistant",
  system: "system",
  tool: "tool",
  observation: "tool",
};

/** Who speaks. */
export type Role = typeof ROLES[number];

/** A call of a tool whose arguments were read. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** One message. */
export interface Turn {
  readonly role: Role;
  /** Empty where an assistant only calls tools. */
  readonly content: string;
  /** Of an assistant: what it calls. */
  readonly calls: readonly ToolUse[];
  /** Of a tool: the call that it answers. */
  readonly callId?: string;
}

/** What a sample is made of. */
export interface Conversation {
  /** Checked: they alternate, and the last one is the assistant's. */
  readonly turns: readonly Turn[];
  /** Tools as OpenAI's API lists them. */
  readonly tools: readonly JsonObject[];
}

/**
 * Reads messages: OpenAI's layout, FastDistill's own (`tool_calls` of `id`, `name`, `arguments`), or ShareGPT's
 * (`from`, `value`).
 */
export function readTurns(value: Json): readonly Turn[] {
  if (!Array.isArray(value)) throw invalidSample(`no list of messages: ${shown(value)}`);
  return value.map((message, index) => readTurn(message, `message ${index + 1}`));
}

/** Reads calls of tools, whose arguments must be a JSON object or the text of one. */
export function readCalls(value: Json, place: string): readonly ToolUse[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalidSample(`tool calls of ${place} that are no list: ${shown(value)}`);
  return value.map((call, index) => readCall(call, { place: `call ${index + 1} of ${place}`, index }));
}

/** Reads tools: OpenAI's layout, or FastDistill's own (`name`, `description`, `parameters`). */
export function readTools(value: Json): readonly JsonObject[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalidSample(`tools that are no list: ${shown(value)}`);
  return value.map((tool, index) => {
    const stated = isJsonObject(tool) && isJsonObject(tool.function) ? tool.function : tool;
    if (isJsonObject(stated) && typeof stated.name === "string" && stated.name !== "") {
      return { type: "function", function: stated };
    }
    throw invalidSample(`no name of tool ${index + 1}: ${shown(tool)}`);
  });
}

/** Puts a conversation together. @throws {FastDistillError} `data.invalid_sample` where a model could not learn from it */
export function checkedConversation(turns: readonly Turn[], tools: readonly JsonObject[]): Conversation {
  if (turns.length === 0) throw invalidSample("no messages");
  const named = tools.map((tool) => (tool.function as JsonObject).name as string);
  const walk: Walk = { open: [], before: undefined };
  const checked = turns.map((turn, index) => {
    const place = `message ${index + 1}`;
    const settled = follow(turn, walk, place);
    checkContent(settled, place);
    if (named.length > 0) checkNames(settled, named);
    return settled;
  });
  const last = checked.at(-1)!;
  if (last.role !== "assistant") {
    throw invalidSample(`a conversation that ends with a message of ${last.role}`);
  }
  return { turns: checked, tools };
}

function readTurn(message: Json, place: string): Turn {
  if (!isJsonObject(message)) throw invalidSample(`${place} that is no object: ${shown(message)}`);
  const content = textOf(message.content ?? message.value ?? null, place);
  const { tool_call_id } = message;
  return {
    role: roleOf(message, place),
    content,
    calls: readCalls(message.tool_calls ?? null, place),
    ...(typeof tool_call_id === "string" ? { callId: tool_call_id } : {}),
  };
}

function roleOf({ role, from }: JsonObject, place: string): Role {
  const stated = role ?? from ?? null;
  const known = role === undefined ? ROLES_OF_FROM : Object.fromEntries(ROLES.map((one) => [one, one]));
  if (typeof stated === "string" && Object.hasOwn(known, stated)) return known[stated]!;
  const nearest = typeof stated === "string" ? didYouMean(stated, Object.keys(known)) : "";
  throw invalidSample(`the unknown role ${shown(stated)} of ${place}${nearest}`);
}

function textOf(content: Json, place: string): string {
  if (content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw invalidSample(`content of ${place} that is no text: ${shown(content)}`);
  return content.map((part) => {
    if (isJsonObject(part) && part.type === "text" && typeof part.text === "string") return part.text;
    throw invalidSample(`a part of ${place} that is no text: ${shown(part)}`);
  }).join("\n");
}

function readCall(call: Json, { place, index }: { readonly place: string; readonly index: number }): ToolUse {
  if (!isJsonObject(call)) throw invalidSample(`${place} that is no object: ${shown(call)}`);
  const stated = isJsonObject(call.function) ? call.function : call;
  if (typeof stated.name !== "string" || stated.name === "") throw invalidSample(`no name of ${place}`);
  const id = typeof call.id === "string" && call.id !== "" ? call.id : `call_${index + 1}`;
  return { id, name: stated.name, arguments: argumentsOf(stated.arguments ?? null, place) };
}

function argumentsOf(value: Json, place: string): JsonObject {
  if (isJsonObject(value)) return value;
  if (typeof value === "string") {
    try {
      const parsed: unknown = JSON.parse(value);
      if (isJsonObject(parsed)) return parsed;
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
    }
  }
  throw invalidSample(`arguments of ${place} that are no JSON object: ${shown(value)}`);
}

/** Where a check is in a conversation. */
interface Walk {
  /** Ids of calls that are not answered yet. */
  open: readonly string[];
  before: Turn | undefined;
}

const MAY_FOLLOW: Readonly<Record<Role, readonly (Role | "nothing")[]>> = {
  system: ["nothing"],
  user: ["nothing", "system", "assistant"],
  assistant: ["user", "tool"],
  tool: ["assistant", "tool"],
};

function follow(turn: Turn, walk: Walk, place: string): Turn {
  const before = walk.before?.role ?? "nothing";
  const isAnswer = turn.role === "tool";
  if (!MAY_FOLLOW[turn.role].includes(before)) {
    throw invalidSample(
      `${place} of ${turn.role} after ${before === "nothing" ? "nothing" : `one of ${before}`}`,
    );
  }
  if (!isAnswer && walk.open.length > 0) {
    throw invalidSample(`${place} of ${turn.role} where the call ${walk.open[0]} has no answer`);
  }
  const settled = isAnswer ? { ...turn, callId: turn.callId ?? walk.open[0] ?? "" } : turn;
  if (isAnswer && !walk.open.includes(settled.callId ?? "")) {
    throw invalidSample(`${place}, the answer to a call that was not made: ${shown(settled.callId ?? null)}`);
  }
  const ids = turn.calls.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw invalidSample(`two calls of one id in ${place}`);
  walk.open = isAnswer ? walk.open.filter((id) => id !== settled.callId) : ids;
  walk.before = settled;
  return settled;
}

function checkContent({ role, content, calls }: Turn, place: string): void {
  if (calls.length > 0 && role !== "assistant") throw invalidSample(`tool calls in ${place} of ${role}`);
  if (role === "tool" || calls.length > 0 || content.trim() !== "") return;
  throw invalidSample(`an empty ${place} of ${role}`);
}

function checkNames({ calls }: Turn, named: readonly string[]): void {
  for (const { name } of calls) {
    if (!named.includes(name)) {
      throw invalidSample(`a call of the unknown tool "${name}"${didYouMean(name, named)}`);
    }
  }
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 80);
}
