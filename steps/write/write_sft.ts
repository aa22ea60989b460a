import {
  type ColumnRequirement,
  type Columns,
  defineStep,
  FastDistillError,
  type Json,
  type JsonObject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
  templateCompiler,
  templateText,
  type TemplateVariables,
} from "@fastdistill/core";
import { z } from "zod";
import { templateRequirements } from "../_shared/template_requirements.ts";
import { openLineFile } from "./_line_file.ts";

const compileTemplate = await templateCompiler();

const FORMATS = ["chat", "alpaca", "sharegpt", "prompt_completion"] as const;

const CONFIG = z.strictObject({
  path: z.string().min(1).describe("File to write, relative to the exports folder of the run"),
  format: z.enum(FORMATS).default("chat").describe("Shape of a sample"),
  prompt: z.string().min(1).optional().describe(
    "Column with the prompt, or a template when it holds {{; the first of prompt, instruction, question when absent",
  ),
  completion: z.string().min(1).optional().describe(
    "Column with the completion; the first of completion, sql, answer, generation, response when absent",
  ),
  system: z.string().min(1).optional().describe(
    "System message, a template when it holds {{; none when absent",
  ),
  metadata: z.array(z.string().min(1)).default([]).describe("Columns that are written along, under metadata"),
}).refine(({ format, system }) => format !== "prompt_completion" || system === undefined, {
  message: "The format prompt_completion has no place for a system message; put it into the prompt",
  path: ["system"],
});

type Config = z.infer<typeof CONFIG>;

/** Columns that stand for a text whose column is not named, the best known first. */
const DEFAULT_COLUMNS = {
  prompt: ["prompt", "instruction", "question"],
  completion: ["completion", "sql", "answer", "generation", "response"],
} as const;

/**
 * Writes samples for supervised fine-tuning, one a line, in canonical order, and lets the rows pass. A row whose prompt or
 * completion is empty is no sample: to write one is an error, so filter such rows first.
 *
 * | format | shape |
 * | --- | --- |
 * | `chat` | `{"messages": [{"role": "user", "content"}, {"role": "assistant", "content"}]}` |
 * | `alpaca` | `{"instruction", "input": "", "output"}` and `system` where there is one |
 * | `sharegpt` | `{"conversations": [{"from": "human", "value"}, {"from": "gpt", "value"}]}` |
 * | `prompt_completion` | `{"prompt", "completion"}` |
 */
const writeSftStep: StepComponent = defineStep({
  kind: "sink",
  name: "write_sft",
  version: 1,
  summary: "Writes samples for supervised fine-tuning",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [
      ...Object.values(textsOf(config, before)).flatMap((text) => text?.requires ?? []),
      ...config.metadata.map((column, index) => ({ column, at: ["metadata", index] })),
    ],
  }),
  open: async (config, { columns, outputs }) => {
    const sampleOf = sampleMaker(config, columns);
    const file = await openLineFile(outputs, config.path);
    return { write: (row) => file.write(sampleOf(row)), close: file.close, abort: file.abort };
  },
});

export default writeSftStep;

/** A text that is made of a row. */
interface RowText {
  readonly requires: readonly ColumnRequirement[];
  readonly of: (row: Row) => string;
}

interface Texts {
  readonly prompt: RowText;
  readonly completion: RowText;
  readonly system: RowText | undefined;
}

function textsOf(config: Config, columns: Columns): Texts {
  const { system } = config;
  return {
    prompt: textOf(config.prompt ?? defaultColumn("prompt", columns), "prompt"),
    completion: columnText(config.completion ?? defaultColumn("completion", columns), "completion"),
    system: system === undefined
      ? undefined
      : isTemplate(system)
      ? textOf(system, "system")
      : constant(system),
  };
}

function textOf(setting: string, key: string): RowText {
  if (!isTemplate(setting)) return columnText(setting, key);
  const template = compileTemplate(setting, { name: key });
  return { requires: templateRequirements(template, [key]), of: template.render };
}

function isTemplate(text: string): boolean {
  return text.includes("{{");
}

function columnText(column: string, key: string): RowText {
  return { requires: [{ column, at: [key] }], of: (row) => templateText(row[column] ?? null) };
}

function constant(text: string): RowText {
  return { requires: [], of: () => text };
}

function defaultColumn(key: keyof typeof DEFAULT_COLUMNS, columns: Columns): string {
  const candidates = DEFAULT_COLUMNS[key];
  const found = candidates.find((column) => Object.hasOwn(columns, column));
  if (found !== undefined) return found;
  throw new FastDistillError(
    "graph.missing_column",
    `write_sft looks for a ${key}, and no column is named ${candidates.join(", ")}`,
    {
      hint: `Name the column with ${key}: <column>; there are ${
        Object.keys(columns).sort().join(", ") || "none"
      }`,
      context: { key },
    },
  );
}

function sampleMaker(config: Config, columns: Columns): (row: Row) => JsonObject {
  const texts = textsOf(config, columns);
  return (row) => {
    const sample = shape(config.format, {
      prompt: filled(texts.prompt.of(row), "prompt"),
      completion: filled(texts.completion.of(row), "completion"),
      system: texts.system?.of(row),
    });
    if (config.metadata.length === 0) return sample;
    const metadata = Object.fromEntries(config.metadata.map((column) => [column, row[column] ?? null]));
    return { ...sample, metadata };
  };
}

function filled(text: string, key: string): string {
  if (text.trim() !== "") return text;
  throw new FastDistillError("step.failed", `Write a sample for fine-tuning, found an empty ${key}`, {
    hint: "Reject such rows before they are written, for instance with rule_filter",
  });
}

interface Sample {
  readonly prompt: string;
  readonly completion: string;
  readonly system: string | undefined;
}

function shape(format: Config["format"], { prompt, completion, system }: Sample): JsonObject {
  switch (format) {
    case "chat": {
      const turns = [{ role: "user", content: prompt }, { role: "assistant", content: completion }];
      return { messages: system === undefined ? turns : [{ role: "system", content: system }, ...turns] };
    }
    case "alpaca": {
      const sample = { instruction: prompt, input: "", output: completion };
      return system === undefined ? sample : { ...sample, system };
    }
    case "sharegpt": {
      const turns = [{ from: "human", value: prompt }, { from: "gpt", value: completion }];
      return { conversations: system === undefined ? turns : [{ from: "system", value: system }, ...turns] };
    }
    case "prompt_completion":
      return { prompt, completion };
  }
}

/** What {@linkcode writeSft} takes. */
export interface WriteSftConfig<Prompt extends string, Completion extends string, Metadata extends string> {
  /** File to write, relative to the exports folder of the run. */
  readonly path: string;
  /** Shape of a sample. @default {"chat"} */
  readonly format?: "chat" | "alpaca" | "sharegpt" | "prompt_completion";
  /** Column with the prompt, or a template when it holds `{{`. @default {the first of prompt, instruction, question} */
  readonly prompt?: Prompt;
  /** Column with the completion. @default {the first of completion, sql, answer, generation, response} */
  readonly completion?: Completion;
  /** System message, a template when it holds `{{`. @default {none} */
  readonly system?: string;
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
>(
  config: WriteSftConfig<Prompt, Completion, Metadata>,
): StepSpec<Record<ColumnsOfText<NoInfer<Prompt>> | NoInfer<Completion> | NoInfer<Metadata>, Json>, unknown> {
  return stepSpec("write_sft", { ...config });
}
