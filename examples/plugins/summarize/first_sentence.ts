/**
 * A stand-in for a model, so that the example runs without one: it answers with the first sentence of what it is asked.
 *
 * @module
 */
import { defineProvider, type ProviderComponent } from "@fastdistill/core/define";
import { z } from "zod";

const component: ProviderComponent = defineProvider({
  name: "first_sentence",
  version: 1,
  summary: "Answers with the first sentence of the last message, in place of a model",
  config: z.strictObject({}),
  capabilities: ["chat"],
  open: () => ({
    adapter: "first_sentence",
    endpoint: "first_sentence",
    model: "first-sentence",
    capabilities: ["chat"],
    chat: ({ request: { messages }, signal }) => {
      signal.throwIfAborted();
      const content = /^.*?[.!?](?=\s|$)/.exec(String(messages.at(-1)?.content))?.[0] ?? "";
      const choice = { content, finish_reason: { kind: "stop", raw: null } } as const;
      const usage = { input_tokens: 1, output_tokens: 1 };
      return Promise.resolve({ choices: [choice], usage, model: "first-sentence" });
    },
  }),
});

export default component;
