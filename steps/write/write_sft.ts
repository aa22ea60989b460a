import {
  type ColumnRequirement,
  type Columns,
  defineStep,
  type Json,
  type JsonObject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
  type TemplateVariables,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { checkedConversation, readCalls, readTools, readTurns, type Turn } from "./_conversation.ts";
import {
  columnOrTemplate,
  columnText,
  filled,
  firstColumn,
  type RowText,
  textOrTemplate,
} from "./_row_text.ts";
import { SFT_FORMATS, sftSample } from "./_sft_shapes.ts";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const CONFIG = z.strictObject({
  path: z.string().min(1).describe(
    "File to write, relative to the exports folder of the run; with {split} in it, a file for each split",
  ),
  split_column: z.string().min(1).default("split").describe(
    "Column that names the split of a row; read when the path holds {split}",
  ),
  format: z.enum(SFT_FORMATS).default("chat").describe("Shape of a sample"),
  prompt: z.string().min(1).optional().describe(
    "Column with the prompt, or a template when it holds {{; the first of prompt, instruction, question when absent",
  ),
  completion: z.string().min(1).optional().describe(
    "Column with the completion; the first of completion, sql, answer, generation, response when absent",
  ),
  system: z.string().min(1).optional().describe(
    "System message, a template when it holds {{, of conversations that have none; none when absent",
  ),
  input: z.string().min(1).optional().describe(
    "Column with the input of the format alpaca; empty when absent",
  ),
  messages: z.string().min(1).optional().describe(
    "Column with a whole conversation as a list of messages, in place of prompt and completion",
  ),
  tool_calls: z.string().min(1).optional().describe(
    "Column with the calls of tools that the completion makes",
  ),
  tools: z.string().min(1).optional().describe("Column with the list of tools that the model may call"),
  tool_arguments: z.enum(["text", "object"]).default("text").describe(
    "How arguments of tools are written: as text, as OpenAI has them, or as objects, as chat templates want them",
  ),
  conversational: z.boolean().default(false).describe(
    "Whether prompt and completion of the format prompt_completion are lists of messages",
  ),
  metadata: z.array(z.string().min(1)).default([]).describe("Columns that are written along, under metadata"),
}).superRefine((config, { addIssue }) => {
  for (const { key, message } of conflictsOf(config)) addIssue({ code: "custom", message, path: [key] });
});

interface Config {
  readonly path: string;
  readonly split_column: string;
  readonly format: typeof SFT_FORMATS[number];
  readonly prompt?: string | undefined;
  readonly completion?: string | undefined;
  readonly system?: string | undefined;
  readonly input?: string | undefined;
  readonly messages?: string | undefined;
  readonly tool_calls?: string | undefined;
  readonly tools?: string | undefined;
  readonly tool_arguments: "text" | "object";
  readonly conversational: boolean;
  readonly metadata: readonly string[];
}

/** Columns that stand for a text whose column is not named, the best known first. */
const DEFAULT_COLUMNS = {
  prompt: ["prompt", "instruction", "question"],
  completion: ["completion", "sql", "answer", "generation", "response"],
} as const;

/**
 * Writes samples for supervised fine-tuning, one a line, in canonical order, and lets the rows pass. A row that makes no
 * valid sample ends as `failed(data.invalid_sample)` and is not written: an empty prompt or completion, an unknown role,
 * messages that do not alternate or do not end with the assistant's, arguments of a tool that are no JSON object, a call
 * of a tool that is not listed, a call without an answer.
 *
 * | format | shape |
 * | --- | --- |
 * | `chat` | `{"messages": [{"role": "user", "content"}, {"role": "assistant", "content"}]}` and `tools` |
 * | `alpaca` | `{"instruction", "input", "output"}`, `system` and `history` where there is one |
 * | `sharegpt` | `{"conversations": [{"from": "human", "value"}, {"from": "gpt", "value"}]}` and `tools` as text |
 * | `prompt_completion` | `{"prompt", "completion"}`, texts or lists of messages |
 */
const writeSftStep: StepComponent = defineStep({
  kind: "sink",
  name: "write_sft",
  version: 1,
  summary: "Writes samples for supervised fine-tuning",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [...requirementsOf(config, before), ...splitRequirements(config)],
  }),
  open: async (config, { columns, outputs }) => {
    const sampleOf = sampleMaker(config, columns);
    const file = await openSplitFiles(outputs, config);
    return { write: (row) => file.write(row, [sampleOf(row)]), close: file.close, abort: file.abort };
  },
});

export default writeSftStep;

interface Conflict {
  readonly key: string;
  readonly message: string;
}

/** Keys that do not go together. */
function conflictsOf(config: Config): readonly Conflict[] {
  const { format, conversational } = config;
  const isPlain = format === "prompt_completion" && !conversational;
  const given = (keys: readonly (keyof Config)[]) => keys.filter((key) => config[key] !== undefined);
  const conflicts = (keys: readonly (keyof Config)[], message: string) =>
    given(keys).map((key) => ({ key, message }));
  return [
    ...(isPlain
      ? [
        ...conflicts(
          ["system"],
          "The format prompt_completion has no place for a system message; put it into the prompt, or set conversational",
        ),
        ...conflicts(
          ["messages", "tools", "tool_calls"],
          "The format prompt_completion needs conversational: true",
        ),
      ]
      : []),
    ...(conversational && format !== "prompt_completion"
      ? [{ key: "conversational", message: "Only the format prompt_completion can be conversational or not" }]
      : []),
    ...(format === "alpaca"
      ? conflicts(["tools", "tool_calls"], "The format alpaca has no place for tools; write chat or sharegpt")
      : conflicts(["input"], "Only the format alpaca has an input")),
    ...(config.messages === undefined ? [] : conflicts(
      ["prompt", "completion", "tool_calls", "input"],
      "The column of messages holds the whole sample",
    )),
  ];
}

interface Texts {
  readonly prompt: RowText;
  readonly completion: RowText;
}

function textsOf({ prompt, completion }: Config, columns: Columns): Texts {
  const search = (key: keyof Texts) =>
    firstColumn(columns, { use: "write_sft", key, candidates: DEFAULT_COLUMNS[key] });
  return {
    prompt: columnOrTemplate(prompt ?? search("prompt"), "prompt"),
    completion: columnText(completion ?? search("completion"), "completion"),
  };
}

function systemOf({ system }: Config): RowText | undefined {
  return system === undefined ? undefined : textOrTemplate(system, "system");
}

function requirementsOf(config: Config, before: Columns): readonly ColumnRequirement[] {
  const texts = config.messages === undefined ? Object.values(textsOf(config, before)) : [];
  const named = (["messages", "tools", "tool_calls", "input"] as const).flatMap((key) => {
    const column = config[key];
    return column === undefined ? [] : [{ column, at: [key] }];
  });
  return [
    ...[...texts, systemOf(config)].flatMap((text: RowText | undefined) => text?.requires ?? []),
    ...named,
    ...config.metadata.map((column, index) => ({ column, at: ["metadata", index] })),
  ];
}

function sampleMaker(config: Config, columns: Columns): (row: Row) => JsonObject {
  const turnsOf = turnsMaker(config, columns);
  const system = systemOf(config);
  const valueOf = (row: Row, column: string | undefined) => column === undefined ? null : row[column] ?? null;
  return (row) => {
    const turns = turnsOf(row);
    const stated = system !== undefined && turns[0]?.role !== "system"
      ? [said("system", system.of(row))]
      : [];
    const conversation = checkedConversation([...stated, ...turns], readTools(valueOf(row, config.tools)));
    const input = config.input === undefined ? "" : columnText(config.input, "input").of(row);
    const sample = sftSample(conversation, { ...config, input });
    if (config.metadata.length === 0) return sample;
    const metadata = Object.fromEntries(config.metadata.map((column) => [column, row[column] ?? null]));
    return { ...sample, metadata };
  };
}

function turnsMaker(config: Config, columns: Columns): (row: Row) => readonly Turn[] {
  const { messages, tool_calls } = config;
  if (messages !== undefined) return (row) => readTurns(row[messages] ?? null);
  const { prompt, completion } = textsOf(config, columns);
  return (row) => {
    const calls = tool_calls === undefined ? [] : readCalls(row[tool_calls] ?? null, "the completion");
    const content = completion.of(row);
    return [
      said("user", filled(prompt.of(row), "prompt")),
      { ...said("assistant", calls.length > 0 ? content : filled(content, "completion")), calls },
    ];
  };
}

function said(role: Turn["role"], content: string): Turn {
  return { role, content, calls: [] };
}

/** What {@linkcode writeSft} takes. */
export interface WriteSftConfig<
  Prompt extends string,
  Completion extends string,
  Metadata extends string,
  Other extends string = string,
> {
  /** File to write, relative to the exports folder of the run. */
  readonly path: string;
  /** Column that names the split of a row; read when the path holds `{split}`. @default {"split"} */
  readonly split_column?: string;
  /** Shape of a sample. @default {"chat"} */
  readonly format?: "chat" | "alpaca" | "sharegpt" | "prompt_completion";
  /** Column with the prompt, or a template when it holds `{{`. @default {the first of prompt, instruction, question} */
  readonly prompt?: Prompt;
  /** Column with the completion. @default {the first of completion, sql, answer, generation, response} */
  readonly completion?: Completion;
  /** System message, a template when it holds `{{`. @default {none} */
  readonly system?: string;
  /** Column with the input of the format alpaca. @default {none} */
  readonly input?: Other;
  /** Column with a whole conversation, in place of prompt and completion. @default {none} */
  readonly messages?: Other;
  /** Column with the calls of tools that the completion makes. @default {none} */
  readonly tool_calls?: Other;
  /** Column with the tools that the model may call. @default {none} */
  readonly tools?: Other;
  /** How arguments of tools are written. @default {"text"} */
  readonly tool_arguments?: "text" | "object";
  /** Whether prompt and completion of prompt_completion are lists of messages. @default {false} */
  readonly conversational?: boolean;
  /** Columns that are written along. @default {none} */
  readonly metadata?: readonly Metadata[];
}

/** The columns that a setting names: itself, or the variables of the template that it is. */
export type ColumnsOfText<Text extends string> = Text extends `${string}{{${string}` ? TemplateVariables<Text>
  : Text;

/**
 * Writes samples for supervised fine-tuning, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writeSft } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const write = writeSft({ path: "train.jsonl", prompt: "Write SQL: {{ question }}", completion: "sql" });
 * assertEquals(write.use, "write_sft");
 * ```
 */
export function writeSft<
  const Prompt extends string = never,
  const Completion extends string = never,
  const Metadata extends string = never,
  const Other extends string = never,
>(
  config: WriteSftConfig<Prompt, Completion, Metadata, Other>,
): StepSpec<
  Record<ColumnsOfText<NoInfer<Prompt>> | NoInfer<Completion> | NoInfer<Metadata> | NoInfer<Other>, Json>,
  unknown
> {
  return stepSpec("write_sft", { ...config });
}
