import type {
  ChatChoice,
  ChatCompletion,
  ChatMessage,
  ChatRequest,
  FinishReason,
  FinishReasonKind,
  Json,
  ToolCall,
  Usage,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import type { Connection } from "./connection.ts";
import { badResponse, errorInAnswer } from "./errors.ts";
import { quotasOf } from "./quotas.ts";

const text = z.string().nullish();
const count = z.int().min(0).nullish().catch(undefined);

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: text, text, thinking: z.unknown().optional() })),
]);

const toolCallSchema = z.looseObject({
  id: text,
  function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
});

const choiceSchema = z.looseObject({
  index: z.int().min(0).nullish().catch(undefined),
  message: z.looseObject({
    content: contentSchema.nullish(),
    reasoning_content: z.unknown().optional(),
    reasoning: z.unknown().optional(),
    refusal: text.catch(undefined),
    tool_calls: z.array(toolCallSchema).nullish(),
  }),
  finish_reason: text.catch(undefined),
  logprobs: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** What is read of an answer; whatever else a server adds is left alone. */
const answerSchema = z.looseObject({
  id: text.catch(undefined),
  model: text.catch(undefined),
  choices: z.array(choiceSchema).min(1),
  usage: z.looseObject({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish().catch(undefined),
    /** DeepSeek's name for cached tokens. */
    prompt_cache_hit_tokens: count,
    completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish().catch(undefined),
  }).nullish().catch(undefined),
});

type Answer = z.infer<typeof answerSchema>;
type AnsweredChoice = Answer["choices"][number];

const FINISH_REASONS: Readonly<Record<string, FinishReasonKind>> = {
  stop: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  eos: "stop",
  eos_token: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  model_context_window_exceeded: "length",
  tool_calls: "tool_calls",
  tool_use: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
  sensitive: "content_filter",
  error: "error",
  abort: "error",
  network_error: "error",
  insufficient_system_resource: "error",
};

/** Characters that one token stands for, where an endpoint does not count. */
const CHARS_PER_TOKEN = 4;

/** What a call was answered with. */
export interface AnswerText {
  readonly text: string;
  readonly headers: Headers;
  readonly request: ChatRequest;
  /** How many choices were asked for; more are not taken. */
  readonly choices: number;
}

/**
 * Reads the body of a successful answer. Fewer choices than asked for are fine: nothing is made up.
 * @throws {FastDistillError} `provider.bad_response`, or what an `error` inside the answer stands for
 */
export function parseAnswer(
  connection: Connection,
  { text, headers, request, choices }: AnswerText,
): ChatCompletion {
  const value = parseJson(connection, text);
  const { error, choices: answered } = (value ?? {}) as { error?: unknown; choices?: unknown };
  const isUnanswered = !Array.isArray(answered) || answered.length === 0;
  if (isUnanswered && error !== undefined && error !== null) {
    throw errorInAnswer(connection, { error, headers });
  }
  const result = answerSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const place = issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw badResponse(connection, { reason: `an answer of another shape (${issue.message}${place})`, text });
  }
  const answer = result.data;
  const taken = inOrder(answer.choices).slice(0, choices);
  const failures = taken.map(failureOf);
  if (failures[0] !== undefined) throw errorInAnswer(connection, { error: failures[0], headers });
  const broken = failures.findIndex((failure) => failure !== undefined);
  const read = (broken === -1 ? taken : taken.slice(0, broken)).map(choiceOf);
  const quotas = quotasOf(headers, connection.now);
  return {
    choices: read,
    usage: usageOf(answer.usage, { request, read }),
    model: answer.model || request.model,
    ...(answer.id ? { id: answer.id } : {}),
    ...(quotas === undefined ? {} : { quotas }),
  };
}

function parseJson(connection: Connection, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No `cause`: it quotes the text, which is shown redacted instead.
    const reason = text.trim() === "" ? "an empty body" : "something that is not JSON";
    throw badResponse(connection, { reason, text });
  }
}

/** By `index`, and as they came where it is missing; the same choice twice counts once. */
function inOrder(choices: readonly AnsweredChoice[]): readonly AnsweredChoice[] {
  const numbered = choices.map((choice, at) => ({ choice, index: choice.index ?? at }));
  const distinct = numbered.filter(({ choice, index }, at) =>
    !numbered.slice(0, at).some((other) =>
      other.index === index && JSON.stringify(other.choice) === JSON.stringify(choice)
    )
  );
  return distinct.sort((a, b) => a.index - b.index).map(({ choice }) => choice);
}

/**
 * What broke a choice, if anything did. A server that loses its model half-way has already said 200, so the failure
 * stands beside the choice; what it holds is no answer and must not be remembered as one.
 */
function failureOf({ error, finish_reason: raw }: AnsweredChoice): unknown {
  if (error !== undefined && error !== null) return error;
  if (finishReasonOf(raw ?? null).kind !== "error") return undefined;
  return { message: `an answer that broke off, finish reason "${raw}"` };
}

function choiceOf({ message, finish_reason, logprobs }: AnsweredChoice): ChatChoice {
  const { content, thinking } = contentOf(message.content);
  const reasoning = textOf(message.reasoning_content) || textOf(message.reasoning) || thinking;
  const calls = (message.tool_calls ?? []).map(toolCallOf);
  const isRefusal = content === "" && calls.length === 0 && !!message.refusal;
  return {
    content: (isRefusal ? message.refusal! : content).toWellFormed(),
    ...(reasoning === "" ? {} : { reasoning: reasoning.toWellFormed() }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    // A refusal comes with the raw reason `stop`, but it is no answer.
    finish_reason: isRefusal
      ? { kind: "content_filter", raw: finish_reason ?? null }
      : finishReasonOf(finish_reason ?? null),
    ...(logprobs === undefined || logprobs === null ? {} : { logprobs: logprobs as Json }),
  };
}

function contentOf(content: AnsweredChoice["message"]["content"]): { content: string; thinking: string } {
  if (content === null || content === undefined) return { content: "", thinking: "" };
  if (typeof content === "string") return { content, thinking: "" };
  // Mistral sends a list of parts, with its reasoning among them.
  const isThinking = (type: string | null | undefined) => type === "thinking" || type === "reasoning";
  return {
    content: content.filter((part) => !isThinking(part.type)).map((part) => part.text ?? "").join(""),
    thinking: content.filter((part) => isThinking(part.type)).map((part) =>
      part.text ?? textOf(part.thinking)
    )
      .join(""),
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value)
    ? value.map((part) => textOf((part as { text?: unknown } | null)?.text)).join("")
    : "";
}

function toolCallOf({ id, function: called }: z.infer<typeof toolCallSchema>, at: number): ToolCall {
  const given = called.arguments ?? "";
  return {
    id: id || `call_${at}`,
    name: called.name,
    arguments: (typeof given === "string" ? given : JSON.stringify(given)).toWellFormed(),
  };
}

function finishReasonOf(raw: string | null): FinishReason {
  return { kind: raw !== null && Object.hasOwn(FINISH_REASONS, raw) ? FINISH_REASONS[raw]! : "other", raw };
}

interface Counted {
  readonly request: ChatRequest;
  readonly read: readonly ChatChoice[];
}

function usageOf(stated: Answer["usage"], counted: Counted): Usage {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = stated ?? {};
  const isWhole = isCount(prompt) && (isCount(completion) || isCount(total));
  const input = prompt ?? tokensOf(counted.request.messages.map(charsOfMessage));
  const output = completion ??
    (isWhole && isCount(total) ? Math.max(0, total - input) : tokensOf(counted.read.map(charsOfChoice)));
  const cached = stated?.prompt_tokens_details?.cached_tokens ?? stated?.prompt_cache_hit_tokens ?? 0;
  const reasoning = stated?.completion_tokens_details?.reasoning_tokens ?? 0;
  return {
    input_tokens: input,
    output_tokens: output,
    ...(cached === 0 ? {} : { cached_input_tokens: Math.min(cached, input) }),
    ...(reasoning === 0 ? {} : { reasoning_tokens: reasoning }),
    ...(isWhole ? {} : { estimated: true }),
  };
}

function isCount(value: number | null | undefined): value is number {
  return typeof value === "number";
}

function tokensOf(chars: readonly number[]): number {
  return Math.ceil(chars.reduce((sum, one) => sum + one, 0) / CHARS_PER_TOKEN);
}

function charsOfMessage({ content }: ChatMessage): number {
  if (typeof content === "string") return content.length;
  return content.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
}

function charsOfChoice({ content, reasoning, tool_calls }: ChatChoice): number {
  const calls = (tool_calls ?? []).reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  return content.length + (reasoning?.length ?? 0) + calls;
}
