/**
 * The step `readability` of FastDistill: how hard a text is to read.
 *
 * @module
 */
import { defineStep, FastDistillError, pass, reject, type StepComponent } from "@fastdistill/core/define";
import { z } from "zod";

const config = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  to: z.string().min(1).default("readability").describe("Column that receives the index"),
  max: z.number().optional().describe("Greatest index that passes, about the school grade of the reader"),
});

/**
 * Adds the automated readability index of a text, about the school grade that is needed to read it, and rejects what
 * is harder than `max`. It counts letters, words and sentences, so it needs no dictionary of syllables.
 */
const component: StepComponent = defineStep({
  kind: "row",
  name: "readability",
  version: 1,
  summary: "Adds the automated readability index of a text, and rejects texts that are too hard",
  stability: "experimental",
  citation: "Senter and Smith 1967, Automated Readability Index, AMRL-TR-66-220",
  permissions: {},
  config,
  columns: ({ field, to }) => ({
    requires: [{ column: field, type: "string", at: ["field"] }],
    adds: { [to]: "number" },
  }),
  open: ({ field, to, max }) => ({
    process: (row) => {
      const text = row[field];
      if (typeof text !== "string") {
        throw new FastDistillError(
          "graph.column_type",
          `Read the column "${field}" as text, found something else`,
        );
      }
      const index = readabilityOf(text);
      if (index === undefined) return reject("no_words", "The text has no words");
      if (max !== undefined && index > max) return reject("too_hard", `${index} of ${max}`);
      return pass({ ...row, [to]: index });
    },
  }),
});

export default component;

/** The index with two digits; `undefined` for a text without words. */
function readabilityOf(text: string): number | undefined {
  const words = text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
  if (words.length === 0) return undefined;
  const letters = words.join("").match(/[\p{L}\p{N}]/gu)!.length;
  const sentences = Math.max(1, text.match(/[.!?]+(?=\s|$)/g)?.length ?? 0);
  const index = 4.71 * (letters / words.length) + 0.5 * (words.length / sentences) - 21.43;
  return Math.round(index * 100) / 100;
}
