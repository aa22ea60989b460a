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
import { answerReader } from "./_preference_shape.ts";
import { ANSWER_KEYS, metadataOf, metadataRequirements, SAMPLE_KEYS } from "./_sample_keys.ts";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const USE = "write_prm";

const CONFIG = z.strictObject({
  path: SAMPLE_KEYS.path,
  split_column: SAMPLE_KEYS.split_column,
  prompt: ANSWER_KEYS.prompt,
  completions: z.string().min(1).default("completions").describe(
    "Column with the list of the steps of a solution",
  ),
  labels: z.string().min(1).default("labels").describe(
    "Column with the list that says of each step whether it is right: true or false, or a number with threshold",
  ),
  threshold: z.number().optional().describe("The least number of a right step, where labels are numbers"),
  metadata: SAMPLE_KEYS.metadata,
});

type Config = z.infer<typeof CONFIG>;

/**
 * Writes samples for training a process reward model, `{"prompt", "completions": [...], "labels": [...]}`: the steps of a
 * solution, and of each whether it is right. A row without steps, with an empty step, or with another number of labels
 * ends as `failed(data.invalid_sample)` and is not written.
 */
const writePrmStep: StepComponent = defineStep({
  kind: "sink",
  name: USE,
  version: 1,
  summary: "Writes samples for training a process reward model, step by step",
  citation: "H. Lightman et al., Let's verify step by step (arXiv:2305.20050)",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [
      ...readerOf(config, before).requires,
      { column: config.completions, type: "array", at: ["completions"] },
      { column: config.labels, type: "array", at: ["labels"] },
      ...metadataRequirements(config.metadata),
      ...splitRequirements(config),
    ],
  }),
  open: async (config, { columns, outputs }) => {
    const reader = readerOf(config, columns);
    const file = await openSplitFiles(outputs, config);
    const sampleOf = (row: Row): JsonObject => ({
      prompt: reader.prompt(row),
      ...stepsOf(row, config),
      ...metadataOf(row, config.metadata),
    });
    return { write: (row) => file.write(row, [sampleOf(row)]), close: file.close, abort: file.abort };
  },
});

export default writePrmStep;

function readerOf({ prompt }: Config, columns: Columns): ReturnType<typeof answerReader> {
  return answerReader({ prompt, conversational: false }, { use: USE, columns });
}

function stepsOf(row: Row, config: Config): JsonObject {
  const [completions, labels] = [row[config.completions] ?? null, row[config.labels] ?? null];
  if (!Array.isArray(completions) || completions.length === 0) throw invalidSample("no steps");
  if (!Array.isArray(labels) || labels.length !== completions.length) {
    const found = Array.isArray(labels) ? labels.length : "no";
    throw invalidSample(`${completions.length} steps and ${found} labels`);
  }
  const empty = completions.findIndex((step) => typeof step !== "string" || step.trim() === "");
  if (empty !== -1) throw invalidSample(`a step ${empty + 1} that is no text`);
  return { completions, labels: labels.map((label) => isRight(label, config)) };
}

function isRight(label: Json, { threshold }: Config): boolean {
  if (typeof label === "boolean") return label;
  if (typeof label === "number" && threshold !== undefined) return label >= threshold;
  const hint = typeof label === "number" ? "Set threshold to the least number of a right step" : undefined;
  throw invalidSample(`a label that is not true or false: ${JSON.stringify(label).slice(0, 80)}`, hint);
}

/**
 * Writes samples for training a process reward model, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writePrm } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(writePrm({ path: "prm.jsonl", completions: "steps", labels: "ratings", threshold: 0.5 }).use, "write_prm");
 * ```
 */
export function writePrm<const Column extends string = never>(config: {
  readonly path: string;
  readonly split_column?: string;
  readonly prompt?: string;
  readonly completions?: Column;
  readonly labels?: Column;
  readonly threshold?: number;
  readonly metadata?: readonly string[];
}): StepSpec<Record<NoInfer<Column>, Json>, unknown> {
  return stepSpec(USE, { ...config });
}
