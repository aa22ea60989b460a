import {
  type Columns,
  defineStep,
  type Json,
  type JsonObject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { invalidSample } from "./_invalid_sample.ts";
import { type AnswerReader, answerReader, readPair, withPromptInside } from "./_preference_shape.ts";
import { ANSWER_KEYS, metadataOf, metadataRequirements, SAMPLE_KEYS, SYSTEM_RULE } from "./_sample_keys.ts";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const USE = "write_preference";

const CONFIG = z.strictObject({
  path: SAMPLE_KEYS.path,
  split_column: SAMPLE_KEYS.split_column,
  format: z.enum(["dpo", "orpo", "kto"]).default("dpo").describe("Shape of a sample"),
  ...ANSWER_KEYS,
  chosen: z.string().min(1).default("chosen").describe("Column with the better answer"),
  rejected: z.string().min(1).default("rejected").describe("Column with the worse answer"),
  completion: z.string().min(1).optional().describe(
    "Column with the answer of a row that is no pair; with the format kto and label only",
  ),
  label: z.string().min(1).optional().describe(
    "Column that says whether completion is a good answer; with the format kto only",
  ),
  explicit_prompt: z.boolean().default(true).describe(
    "Whether the prompt is a field of its own; if not, chosen and rejected begin with it",
  ),
  metadata: SAMPLE_KEYS.metadata,
}).refine(SYSTEM_RULE.holds, SYSTEM_RULE.issue)
  .refine(({ completion, label }) => (completion === undefined) === (label === undefined), {
    message: "completion and label go together",
    path: ["label"],
  })
  .refine(({ format, label }) => label === undefined || format === "kto", {
    message: "Only the format kto takes rows that are no pairs",
    path: ["label"],
  })
  .refine(({ format, explicit_prompt }) => explicit_prompt || format !== "kto", {
    message: "The format kto always has a prompt",
    path: ["explicit_prompt"],
  });

type Config = z.infer<typeof CONFIG>;

/**
 * Writes samples for training on preferences, one a line, in canonical order, and lets the rows pass. A row whose prompt
 * or answers are empty, or whose answers are the same, ends as `failed(data.invalid_sample)` and is not written.
 *
 * | format | shape |
 * | --- | --- |
 * | `dpo`, `orpo` | `{"prompt", "chosen", "rejected"}`; without `prompt` when `explicit_prompt` is false |
 * | `kto` | `{"prompt", "completion", "label"}`: two samples of a pair, or one of a row with `completion` and `label` |
 *
 * With `conversational` each text is a list of messages instead.
 */
const writePreferenceStep: StepComponent = defineStep({
  kind: "sink",
  name: USE,
  version: 1,
  summary: "Writes samples for training on preferences: DPO, ORPO, KTO",
  citation:
    "R. Rafailov et al., Direct preference optimization (arXiv:2305.18290); J. Hong et al., ORPO (arXiv:2403.07691); K. Ethayarajh et al., KTO (arXiv:2402.01306)",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [
      ...answerReader(config, { use: USE, columns: before }).requires,
      ...answerColumns(config).map((key) => ({ column: config[key]!, at: [key] })),
      ...metadataRequirements(config.metadata),
      ...splitRequirements(config),
    ],
  }),
  open: async (config, { columns, outputs }) => {
    const samplesOf = sampleMaker(config, columns);
    const file = await openSplitFiles(outputs, config);
    return { write: (row) => file.write(row, samplesOf(row)), close: file.close, abort: file.abort };
  },
});

export default writePreferenceStep;

function answerColumns({ label }: Config): readonly ("chosen" | "rejected" | "completion" | "label")[] {
  return label === undefined ? ["chosen", "rejected"] : ["completion", "label"];
}

function sampleMaker(config: Config, columns: Columns): (row: Row) => readonly JsonObject[] {
  const reader = answerReader(config, { use: USE, columns });
  return (row) => {
    const samples = config.label === undefined ? ofPair(row, config, reader) : [ofLabel(row, config, reader)];
    return samples.map((sample) => ({ ...sample, ...metadataOf(row, config.metadata) }));
  };
}

function ofPair(row: Row, config: Config, reader: AnswerReader): readonly JsonObject[] {
  const pair = readPair(row, reader, config);
  if (config.format === "kto") {
    return [
      { prompt: pair.prompt, completion: pair.chosen, label: true },
      { prompt: pair.prompt, completion: pair.rejected, label: false },
    ];
  }
  return [config.explicit_prompt ? { ...pair } : withPromptInside(pair)];
}

function ofLabel(row: Row, config: Config, reader: AnswerReader): JsonObject {
  const label: Json = row[config.label!] ?? null;
  if (typeof label !== "boolean") {
    throw invalidSample(`a label that is not true or false: ${JSON.stringify(label).slice(0, 80)}`);
  }
  return { prompt: reader.prompt(row), completion: reader.answer(row, config.completion!), label };
}

/** What {@linkcode writePreference} takes. */
export interface WritePreferenceConfig<Column extends string> {
  /** File to write, relative to the exports folder of the run; with `{split}` in it, a file for each split. */
  readonly path: string;
  /** Column that names the split of a row. @default {"split"} */
  readonly split_column?: string;
  /** Shape of a sample. @default {"dpo"} */
  readonly format?: "dpo" | "orpo" | "kto";
  /** Column with the prompt, or a template. @default {the first of prompt, instruction, question} */
  readonly prompt?: string;
  /** System message, with `conversational` only. @default {none} */
  readonly system?: string;
  /** Whether prompts and answers are lists of messages. @default {false} */
  readonly conversational?: boolean;
  /** Column with the better answer. @default {"chosen"} */
  readonly chosen?: Column;
  /** Column with the worse answer. @default {"rejected"} */
  readonly rejected?: Column;
  /** Column with the answer of a row that is no pair. @default {none} */
  readonly completion?: Column;
  /** Column that says whether `completion` is good. @default {none} */
  readonly label?: Column;
  /** Whether the prompt is a field of its own. @default {true} */
  readonly explicit_prompt?: boolean;
  /** Columns that are written along. @default {none} */
  readonly metadata?: readonly string[];
}

/**
 * Writes samples for training on preferences, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writePreference } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(writePreference({ path: "dpo.jsonl", prompt: "question" }).use, "write_preference");
 * ```
 */
export function writePreference<const Column extends string = never>(
  config: WritePreferenceConfig<Column>,
): StepSpec<Record<NoInfer<Column>, Json>, unknown> {
  return stepSpec(USE, { ...config });
}
