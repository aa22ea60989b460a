import type { NewPlugin } from "./plugin_name.ts";

/** A row step that counts words, with its tests and a pipeline. */
export function stepFiles({ name }: NewPlugin): Readonly<Record<string, string>> {
  return { "mod.ts": code(name), "mod_test.ts": tests(name), "example/pipeline.yaml": pipeline(name) };
}

function code(name: string): string {
  return `/**
 * The step \`${name}\` of FastDistill.
 *
 * @module
 */
import { defineStep, FastDistillError, pass, type StepComponent } from "@fastdistill/core/define";
import { z } from "zod";

const config = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  to: z.string().min(1).default("words").describe("Column that receives the number of words"),
});

/** Counts the words of a text. */
const component: StepComponent = defineStep({
  kind: "row",
  name: "${name}",
  version: 1, // Raise it whenever the same row gets another outcome.
  summary: "Counts the words of a text",
  stability: "experimental",
  permissions: {}, // What it needs besides its own code, such as { net: ["api.example.com"] }.
  config,
  columns: ({ field, to }) => ({
    requires: [{ column: field, type: "string", at: ["field"] }],
    adds: { [to]: "number" },
  }),
  open: ({ field, to }) => ({
    process: (row) => {
      const text = row[field];
      if (typeof text !== "string") {
        throw new FastDistillError("graph.column_type", "Read the column as text, found something else");
      }
      return pass({ ...row, [to]: text.split(/\\s+/).filter((word) => word !== "").length });
    },
  }),
});

export default component;
`;
}

function tests(name: string): string {
  return `import { deepEqual } from "node:assert/strict";
import { runStep, testStep } from "@fastdistill/core/testing";
import component from "./mod.ts";

const config = { field: "text" };

Deno.test("${name} keeps the contract of steps", () =>
  testStep(component, [{ config, rows: [{ text: "to be or not" }, { text: "" }] }]));

Deno.test("${name} counts words", async () => {
  const { rows } = await runStep(component, { config, rows: [{ text: " to  be" }, { text: "" }] });
  deepEqual(rows.map(({ words }) => words), [2, 0]);
});

Deno.test("${name} fails a row without a text", async () => {
  const { failed } = await runStep(component, { config, rows: [{ text: null }] });
  deepEqual(failed.map(({ error }) => error.code), ["graph.column_type"]);
});
`;
}

function pipeline(name: string): string {
  return `version: 1
name: ${name}_example
steps:
  texts: { use: rows, with: { rows: [{ text: to be or not to be }, { text: be }] } }
  counted: { use: ${name}, with: { field: text }, stage: counted }
`;
}
