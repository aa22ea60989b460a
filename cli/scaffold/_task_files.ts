import type { NewPlugin } from "./plugin_name.ts";

/** A task that asks for a title, with its tests, and a pipeline that needs no model. */
export function taskFiles({ name }: NewPlugin): Readonly<Record<string, string>> {
  return {
    "mod.ts": code(name),
    "mod_test.ts": tests(name),
    "example/canned.ts": CANNED,
    "example/pipeline.yaml": pipeline(name),
  };
}

function code(name: string): string {
  return `/**
 * The task \`${name}\` of FastDistill.
 *
 * @module
 */
import { defineTask, FastDistillError, type TaskComponent } from "@fastdistill/core/define";
import { z } from "zod";

const config = z.strictObject({
  field: z.string().min(1).describe("Column with the text"),
  to: z.string().min(1).default("title").describe("Column that receives the title"),
  max_words: z.int().min(1).default(8).describe("Words that a title may have"),
});

/** Has a model give a text a title. */
const component: TaskComponent = defineTask({
  name: "${name}",
  version: 1, // Raise it whenever the same answer leads to other columns.
  promptVersion: 1, // Raise it whenever the wording changes: every row is asked again.
  summary: "Has a model give a text a title",
  stability: "experimental",
  permissions: {}, // The model is called for it, so it needs neither a network nor a key.
  config,
  columns: ({ field, to }) => ({
    requires: [{ column: field, type: "string", at: ["field"] }],
    adds: { [to]: "string" },
  }),
  open: ({ field, to, max_words }) => ({
    prompt: (row) => ({
      messages: [
        {
          role: "system",
          content: "Give the text a title of at most " + max_words + " words. Answer with the title alone.",
        },
        { role: "user", content: String(row[field]) },
      ],
    }),
    parse: (answer) => {
      const title = answer.trim();
      const words = title.split(/\\s+/).length;
      if (title === "" || title.includes("\\n") || words > max_words) {
        throw new FastDistillError("step.parse", "Read a title, found " + JSON.stringify(answer));
      }
      return { [to]: title };
    },
  }),
});

export default component;
`;
}

function tests(name: string): string {
  return `import { deepEqual } from "node:assert/strict";
import { runTask, testTask } from "@fastdistill/core/testing";
import component from "./mod.ts";

const asked = { config: { field: "text" }, rows: [{ text: "It rained all day." }] };

Deno.test("${name} keeps the contract of tasks", () =>
  testTask(component, [{ ...asked, answers: "A wet day", unreadable: ["", "One\\ntwo"] }]));

Deno.test("${name} asks for a title and takes it without the space around it", async () => {
  const { prompts, rows } = await runTask(component, { ...asked, answers: " A wet day\\n" });
  deepEqual(prompts[0]?.messages.map(({ role }) => role), ["system", "user"]);
  deepEqual(rows, [{ text: "It rained all day.", title: "A wet day" }]);
});

Deno.test("${name} takes no title that is too long", async () => {
  const config = { ...asked.config, max_words: 2 };
  const { failed } = await runTask(component, { ...asked, config, answers: "A wet day" });
  deepEqual(failed.map(({ error }) => error.code), ["step.parse"]);
});
`;
}

const CANNED = `// A provider for the example: it has one answer and asks nobody.
import { defineProvider, type ProviderComponent } from "@fastdistill/core/define";
import { z } from "zod";

const component: ProviderComponent = defineProvider({
  name: "canned",
  version: 1,
  summary: "Always gives the same answer",
  config: z.strictObject({ answer: z.string().describe("What it says") }),
  capabilities: ["chat"],
  open: ({ answer }) => ({
    adapter: "canned",
    endpoint: "canned:" + answer,
    model: "canned",
    capabilities: ["chat"],
    chat: ({ signal }) => {
      signal.throwIfAborted();
      const choice = { content: answer, finish_reason: { kind: "stop", raw: null } } as const;
      const usage = { input_tokens: 1, output_tokens: 1 };
      return Promise.resolve({ choices: [choice], usage, model: "canned" });
    },
  }),
});

export default component;
`;

function pipeline(name: string): string {
  return `version: 1
name: ${name}_example
providers:
  model: { use: canned, with: { answer: A wet day } } # put openai_compatible here to ask a model
steps:
  texts: { use: rows, with: { rows: [{ text: It rained all day. }] } }
  titled: { use: ${name}, provider: model, with: { field: text }, stage: titled }
`;
}
