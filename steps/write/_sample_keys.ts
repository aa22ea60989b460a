import type { ColumnRequirement, Json, Row } from "@fastdistill/core/authoring";
import { z } from "zod";

/** Keys that all sinks of samples have. */
export const SAMPLE_KEYS = {
  path: z.string().min(1).describe(
    "File to write, relative to the exports folder of the run; with {split} in it, a file for each split",
  ),
  split_column: z.string().min(1).default("split").describe(
    "Column that names the split of a row; read when the path holds {split}",
  ),
  metadata: z.array(z.string().min(1)).default([]).describe("Columns that are written along, under metadata"),
};

/** Keys that all sinks of prompts and answers have. */
export const ANSWER_KEYS = {
  prompt: z.string().min(1).optional().describe(
    "Column with the prompt (a text or, with conversational, a list of messages), or a template when it holds {{; the first of prompt, instruction, question when absent",
  ),
  system: z.string().min(1).optional().describe(
    "System message, a template when it holds {{; with conversational only, none when absent",
  ),
  conversational: z.boolean().default(false).describe(
    "Whether prompts and answers are written as lists of messages",
  ),
};

/** Whether a system message has a place. */
export const SYSTEM_RULE: {
  readonly holds: (
    config: { readonly system?: string | undefined; readonly conversational: boolean },
  ) => boolean;
  readonly issue: { readonly message: string; readonly path: string[] };
} = {
  holds: ({ system, conversational }) => system === undefined || conversational,
  issue: {
    message: "A system message needs conversational: true; or put it into the prompt",
    path: ["system"],
  },
};

/** The columns that are written along. */
export function metadataRequirements(metadata: readonly string[]): readonly ColumnRequirement[] {
  return metadata.map((column, index) => ({ column, at: ["metadata", index] }));
}

/** What is written along; nothing where no column is named. */
export function metadataOf(
  row: Row,
  metadata: readonly string[],
): { readonly metadata?: Record<string, Json> } {
  if (metadata.length === 0) return {};
  return { metadata: Object.fromEntries(metadata.map((column) => [column, row[column] ?? null])) };
}
