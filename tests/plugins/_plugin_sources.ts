/** Definitions of plugins for tests, as source text: what a user's module would say. */

/** A module that exports a definition. */
export function pluginModule(definition: string): string {
  return `const config = (check) => ({ "~standard": { version: 1, vendor: "test", validate: (value) => {
  const message = check(value ?? {});
  return message === undefined ? { value } : { issues: [{ message, path: [] }] };
} } });
export default ${definition};
`;
}

/** A source of numbered words. */
export const SOURCE = `{ component: "step", definition: { name: "three_words", kind: "source", version: 1,
  summary: "Gives words", permissions: {},
  config: config(({ count }) => Number.isInteger(count) ? undefined : "count is a whole number"),
  columns: () => ({ adds: { word: "string" } }),
  open: ({ count }) => ({ rows: async function* () { for (let n = 0; n < count; n++) yield { word: "word " + n } } }),
} }`;

/** A row step that asks for an effect. \`ROW\` stands for code of a test. */
export const WORDS = `{ component: "step", definition: { name: "word_size", kind: "row", version: 1,
  summary: "Measures a word", permissions: {},
  config: config(({ column }) => typeof column === "string" ? undefined : "column is a text"),
  columns: ({ column }) => ({ requires: [{ column, type: "string" }], adds: { size: "number", draw: "number" } }),
  open: ({ column }, setup) => {
    setup.log("info", "opened " + setup.step.replace("size", "word_size"));
    return { process: async (row, context) => {
      /* ROW */
      const size = await context.effect({ kind: "measure", version: 1, input: { word: row[column] } },
        () => row[column].length);
      return { kind: "pass", row: { ...row, size, draw: context.random().next() } };
    } };
  },
} }`;

/** A batch step. */
export const BATCH = `{ component: "step", definition: { name: "batch_total", kind: "batch", version: 1,
  summary: "Counts the rows of its batch", permissions: {}, config: config(() => undefined),
  columns: () => ({ adds: { total: "number" } }), batchSize: () => 6,
  open: () => ({ process: async (rows) => rows.map((row) => ({ kind: "pass", row: { ...row, total: rows.length } })) }),
} }`;

/** A task. */
export const RATE = `{ component: "task", definition: { name: "rate_word", version: 1, promptVersion: 1,
  summary: "Rates a word", permissions: {}, config: config(() => undefined),
  columns: () => ({ requires: [{ column: "word" }], adds: { rating: "string" } }),
  open: () => ({
    prompt: (row) => ({ messages: [{ role: "user", content: row.word }] }),
    parse: (text) => ({ rating: text }),
  }),
} }`;

/** A provider that calls nobody. */
export const MODEL = `{ component: "provider", definition: { name: "echo_model", version: 1,
  summary: "Answers with the question", permissions: {}, capabilities: ["chat"], config: config(() => undefined),
  open: () => ({ adapter: "echo_model", endpoint: "local", model: "echo-1", capabilities: ["chat"],
    chat: async ({ request, sampleIndexes }) => ({
      choices: sampleIndexes.map(() => ({ content: "answer to " + request.messages[0].content,
        finish_reason: { kind: "stop", raw: "stop" } })),
      usage: { input_tokens: 1, output_tokens: 1 }, model: "echo-1",
    }),
  }),
} }`;
