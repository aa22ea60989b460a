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
import { answerReader, readPair, withPromptInside } from "./_preference_shape.ts";
import { ANSWER_KEYS, metadataOf, metadataRequirements, SAMPLE_KEYS, SYSTEM_RULE } from "./_sample_keys.ts";
import { openSplitFiles, splitRequirements } from "./_split_files.ts";

const USE = "write_reward";

const CONFIG = z.strictObject({
  path: SAMPLE_KEYS.path,
  split_column: SAMPLE_KEYS.split_column,
  ...ANSWER_KEYS,
  chosen: z.string().min(1).default("chosen").describe("Column with the better answer"),
  rejected: z.string().min(1).default("rejected").describe("Column with the worse answer"),
  margin: z.string().min(1).nullable().default("margin").describe(
    "Column with how much better it is, a number above 0; null writes none",
  ),
  explicit_prompt: z.boolean().default(false).describe(
    "Whether the prompt is a field of its own; if not, chosen and rejected begin with it",
  ),
  metadata: SAMPLE_KEYS.metadata,
}).refine(SYSTEM_RULE.holds, SYSTEM_RULE.issue);

type Config = z.infer<typeof CONFIG>;

/**
 * Writes samples for training a reward model, `{"chosen", "rejected", "margin"}`, one a line, and lets the rows pass. A
 * row whose prompt or answers are empty, whose answers are the same, or whose margin is no number above 0 ends as
 * `failed(data.invalid_sample)` and is not written.
 */
const writeRewardStep: StepComponent = defineStep({
  kind: "sink",
  name: USE,
  version: 1,
  summary: "Writes samples for training a reward model",
  citation:
    "L. Ouyang et al., Training language models to follow instructions with human feedback (arXiv:2203.02155)",
  config: CONFIG,
  columns: (config, before) => ({
    requires: [
      ...answerReader(config, { use: USE, columns: before }).requires,
      { column: config.chosen, at: ["chosen"] },
      { column: config.rejected, at: ["rejected"] },
      ...(config.margin === null ? [] : [{ column: config.margin, type: "number" as const, at: ["margin"] }]),
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

export default writeRewardStep;

function sampleMaker(config: Config, columns: Columns): (row: Row) => JsonObject {
  const reader = answerReader(config, { use: USE, columns });
  return (row) => {
    const pair = readPair(row, reader, config);
    return {
      ...(config.explicit_prompt ? { ...pair } : withPromptInside(pair)),
      ...marginOf(row, config),
      ...metadataOf(row, config.metadata),
    };
  };
}

function marginOf(row: Row, { margin }: Config): JsonObject {
  if (margin === null) return {};
  const value = row[margin] ?? null;
  if (typeof value === "number" && value > 0) return { margin: value };
  throw invalidSample(`a margin that is no number above 0: ${JSON.stringify(value).slice(0, 80)}`);
}

/**
 * Writes samples for training a reward model, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { writeReward } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(writeReward({ path: "reward.jsonl", prompt: "question" }).use, "write_reward");
 * ```
 */
export function writeReward<const Column extends string = never>(config: {
  readonly path: string;
  readonly split_column?: string;
  readonly prompt?: string;
  readonly system?: string;
  readonly conversational?: boolean;
  readonly chosen?: Column;
  readonly rejected?: Column;
  readonly margin?: Column | null;
  readonly explicit_prompt?: boolean;
  readonly metadata?: readonly string[];
}): StepSpec<Record<NoInfer<Column>, Json>, unknown> {
  return stepSpec(USE, { ...config });
}
