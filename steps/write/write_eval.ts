import {
  type Columns,
  defineStep,
  type Json,
  type JsonObject,
  type Row,
  sampleIdOf,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { invalidSample } from "./_invalid_sample.ts";
import { answerReader } from "./_preference_shape.ts";
import { ANSWER_KEYS, metadataOf, metadataRequirements, SAMPLE_KEYS } from "./_sample_keys.ts";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const USE = "write_eval";

const CONFIG = z.strictObject({
  path: SAMPLE_KEYS.path,
  split_column: SAMPLE_KEYS.split_column,
  prompt: ANSWER_KEYS.prompt,
  system: z.string().min(1).optional().describe(
    "System message, a template when it holds {{; none when absent",
  ),
  ideal: z.string().min(1).describe("Column with the right answer, or with a list of right answers"),
  id: z.string().min(1).optional().describe(
    "Column with the id of a sample; made of prompt and answer when absent",
  ),
  metadata: SAMPLE_KEYS.metadata,
});

type Config = z.infer<typeof CONFIG>;

/**
 * Writes an evaluation set, `{"id", "input": [messages], "ideal"}`, one sample a line, and lets the rows pass. A row with
 * an empty prompt, without a right answer, or with the id of an earlier one ends as `failed(data.invalid_sample)`. Memory:
 * 100 bytes a sample, for the ids.
 */
const writeEvalStep: StepComponent = defineStep({
  kind: "sink",
  name: USE,
  version: 1,
  summary: "Writes an evaluation set: prompts with their right answers",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [
      ...readerOf(config, before).requires,
      { column: config.ideal, at: ["ideal"] },
      ...(config.id === undefined ? [] : [{ column: config.id, at: ["id"] }]),
      ...metadataRequirements(config.metadata),
      ...splitRequirements(config),
    ],
  }),
  open: async (config, { columns, outputs }) => {
    const sampleOf = sampleMaker(config, columns);
    const file = await openSplitFiles(outputs, config);
    return { write: (row) => file.write(row, [sampleOf(row)]), close: file.close, abort: file.abort };
  },
});

export default writeEvalStep;

function readerOf({ prompt, system }: Config, columns: Columns): ReturnType<typeof answerReader> {
  return answerReader({ prompt, system, conversational: true }, { use: USE, columns });
}

function sampleMaker(config: Config, columns: Columns): (row: Row) => JsonObject {
  const reader = readerOf(config, columns);
  const ids = new Set<string>();
  return (row) => {
    const [input, ideal] = [reader.prompt(row), idealOf(row[config.ideal] ?? null)];
    const id = config.id === undefined
      ? sampleIdOf({ input, ideal }, ["input", "ideal"])
      : idOf(row[config.id] ?? null);
    if (ids.has(id)) throw invalidSample(`the id "${id.slice(0, 80)}" a second time`);
    ids.add(id);
    return { id, input, ideal, ...metadataOf(row, config.metadata) };
  };
}

function idealOf(value: Json): Json {
  const answers = Array.isArray(value) ? value : [value];
  const isMissing = (answer: Json) => answer === null || (typeof answer === "string" && answer.trim() === "");
  if (answers.length === 0 || answers.some(isMissing)) throw invalidSample("no right answer");
  return value;
}

function idOf(value: Json): string {
  if (typeof value === "number" || (typeof value === "string" && value !== "")) return String(value);
  throw invalidSample(`an id that is no text: ${JSON.stringify(value).slice(0, 80)}`);
}

/**
 * Writes an evaluation set, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writeEval } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(writeEval({ path: "eval.jsonl", prompt: "question", ideal: "answer" }).use, "write_eval");
 * ```
 */
export function writeEval<const Column extends string = never>(config: {
  readonly path: string;
  readonly split_column?: string;
  readonly prompt?: string;
  readonly system?: string;
  readonly ideal: Column;
  readonly id?: Column;
  readonly metadata?: readonly string[];
}): StepSpec<Record<NoInfer<Column>, Json>, unknown> {
  return stepSpec(USE, { ...config });
}
