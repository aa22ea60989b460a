/**
 * The task `summarize` of FastDistill: a short summary of a text.
 *
 * @module
 */
import { defineTask, FastDistillError, type TaskComponent } from "@fastdistill/core/define";
import { z } from "zod";

const config = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  to: z.string().min(1).default("summary").describe("Column that receives the summary"),
  max_words: z.int().min(1).default(40).describe("Words that a summary may have"),
  language: z.string().min(1).optional().describe("Language of the summary; that of the text by default"),
});

/**
 * Has a model summarize a text. A summary that is too long, or as long as its text, is no summary: the row fails with
 * `step.parse`, and the answer is kept with it.
 */
const component: TaskComponent = defineTask({
  name: "summarize",
  version: 1,
  promptVersion: 1,
  summary: "Has a model summarize a text in at most so many words",
  stability: "experimental",
  permissions: {},
  config,
  columns: ({ field, to }) => ({
    requires: [{ column: field, type: "string", at: ["field"] }],
    adds: { [to]: "string" },
  }),
  open: ({ field, to, max_words, language }) => ({
    prompt: (row) => ({
      messages: [
        {
          role: "system",
          content: [
            `Summarize the text that the user sends in at most ${max_words} words.`,
            language === undefined ? "Write in the language of the text." : `Write in ${language}.`,
            "State only what the text states. Answer with the summary alone, in one paragraph.",
          ].join(" "),
        },
        { role: "user", content: String(row[field]) },
      ],
    }),
    parse: (answer, row) => {
      const summary = answer.trim().replaceAll(/\s+/g, " ");
      const [found, before] = [wordsOf(summary), wordsOf(String(row[field]))];
      if (found === 0 || found > max_words || found >= before) {
        throw new FastDistillError(
          "step.parse",
          `Read a summary of at most ${max_words} words of a text of ${before}, found ${found} words`,
        );
      }
      return { [to]: summary };
    },
  }),
});

export default component;

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => word !== "").length;
}
