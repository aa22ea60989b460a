/** A plugin as an author writes it, for a test. */
import { defineStep, pass } from "@fastdistill/core/define";
import { z } from "zod";

export default defineStep({
  kind: "row",
  name: "word_length",
  version: 1,
  summary: "Measures a word",
  stability: "experimental",
  config: z.strictObject({ column: z.string().describe("Column to measure") }),
  columns: ({ column }) => ({ requires: [{ column, type: "string" }], adds: { length: "number" } }),
  open: ({ column }) => ({ process: (row) => pass({ ...row, length: String(row[column]).length }) }),
});
