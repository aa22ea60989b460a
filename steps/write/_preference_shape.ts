import {
  type ColumnRequirement,
  type Columns,
  digest,
  type Json,
  type JsonObject,
  type Row,
  templateText,
} from "@fastdistill/core/authoring";
import { type Conversation, readTurns, type Turn } from "./_conversation.ts";
import { invalidSample } from "./_invalid_sample.ts";
import { columnOrTemplate, filled, firstColumn, type RowText, textOrTemplate } from "./_row_text.ts";
import { messagesOf } from "./_sft_shapes.ts";

/** What sinks of preferences state of prompts and answers. */
export interface AnswerConfig {
  readonly prompt?: string | undefined;
  readonly system?: string | undefined;
  readonly conversational: boolean;
}

/** A prompt and answers to it, as texts or as lists of messages. */
export interface AnswerReader {
  readonly requires: readonly ColumnRequirement[];
  /** The prompt of a row. */
  readonly prompt: (row: Row) => Json;
  /** The answer in a column of the row. */
  readonly answer: (row: Row, column: string) => Json;
}

const PROMPTS = ["prompt", "instruction", "question"] as const;

/** Reads prompts and answers in one of two layouts. */
export function answerReader(
  { prompt, system, conversational }: AnswerConfig,
  { use, columns }: { readonly use: string; readonly columns: Columns },
): AnswerReader {
  const setting = prompt ?? firstColumn(columns, { use, key: "prompt", candidates: PROMPTS });
  const asked = columnOrTemplate(setting, "prompt");
  const first = system === undefined ? undefined : textOrTemplate(system, "system");
  const valueOf = (row: Row) => setting.includes("{{") ? null : row[setting] ?? null;
  return {
    requires: [...asked.requires, ...first?.requires ?? []],
    prompt: conversational
      ? (row) => promptMessages(row, { value: valueOf(row), asked, first })
      : (row) => filled(asked.of(row), "prompt"),
    answer: conversational
      ? (row, column) => answerMessages(row[column] ?? null, column)
      : (row, column) => filled(templateText(row[column] ?? null), column),
  };
}

/** A prompt and two answers, which must differ. */
export interface PairSample {
  readonly prompt: Json;
  readonly chosen: Json;
  readonly rejected: Json;
}

/** Reads a pair. @throws {FastDistillError} `data.invalid_sample` when both answers are the same */
export function readPair(
  row: Row,
  reader: AnswerReader,
  { chosen, rejected }: { readonly chosen: string; readonly rejected: string },
): PairSample {
  const pair = {
    prompt: reader.prompt(row),
    chosen: reader.answer(row, chosen),
    rejected: reader.answer(row, rejected),
  };
  if (digest(pair.chosen) === digest(pair.rejected)) {
    throw invalidSample(`the same text in ${chosen} and ${rejected}`);
  }
  return pair;
}

/** Answers that hold their prompt: `chosen` and `rejected` are whole texts or conversations. */
export function withPromptInside({ prompt, chosen, rejected }: PairSample): JsonObject {
  const whole = (answer: Json): Json =>
    Array.isArray(prompt) && Array.isArray(answer) ? [...prompt, ...answer] : `${prompt}\n${answer}`;
  return { chosen: whole(chosen), rejected: whole(rejected) };
}

interface Asked {
  readonly value: Json;
  readonly asked: RowText;
  readonly first: RowText | undefined;
}

/** A prompt is a text, or a list of messages that ends with the user's. */
function promptMessages(row: Row, { value, asked, first }: Asked): Json {
  const turns: readonly Turn[] = Array.isArray(value)
    ? readTurns(value)
    : [{ role: "user", content: filled(asked.of(row), "prompt"), calls: [] }];
  const last = turns.at(-1);
  if (last === undefined || !["user", "tool"].includes(last.role)) {
    throw invalidSample(`a prompt that ends with a message of ${last?.role ?? "nobody"}`);
  }
  const system = first !== undefined && turns[0]!.role !== "system"
    ? [{ role: "system" as const, content: first.of(row), calls: [] }]
    : [];
  return written([...system, ...turns]);
}

function answerMessages(value: Json, column: string): Json {
  const turns: readonly Turn[] = Array.isArray(value)
    ? readTurns(value)
    : [{ role: "assistant", content: filled(templateText(value), column), calls: [] }];
  const last = turns.at(-1);
  if (turns[0]?.role !== "assistant" || last?.role !== "assistant") {
    throw invalidSample(`messages in ${column} that are not the assistant's`);
  }
  if (last.content.trim() === "" && last.calls.length === 0) throw invalidSample(`an empty ${column}`);
  return written(turns);
}

function written(turns: Conversation["turns"]): Json {
  return messagesOf(turns, { tool_arguments: "text" });
}
