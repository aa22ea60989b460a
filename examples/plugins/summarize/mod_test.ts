import { deepEqual, match } from "node:assert/strict";
import { runTask, testTask } from "@fastdistill/core/testing";
import component from "./mod.ts";

const text = "It rained all day. The match was put off until Sunday, and the tickets stay good.";
const asked = { config: { field: "text" }, rows: [{ text }] };

Deno.test("summarize keeps the contract of tasks", () =>
  testTask(component, [
    { ...asked, answers: "Rain moved the match.", unreadable: ["", " \n", text] },
    { ...asked, config: { field: "text", to: "gist", max_words: 3 }, answers: "A\nwet day", n: 2 },
  ]));

Deno.test("summarize asks for so many words, in a language", async () => {
  const config = { ...asked.config, max_words: 9, language: "German" };
  const { prompts, rows } = await runTask(component, { ...asked, config, answers: " Das Spiel\nfiel aus. " });
  match(String(prompts[0]?.messages[0]?.content), /at most 9 words\. Write in German\./);
  deepEqual(rows, [{ text, summary: "Das Spiel fiel aus." }]);
});

Deno.test("summarize takes no summary that is too long", async () => {
  const config = { ...asked.config, max_words: 2 };
  const { failed } = await runTask(component, { ...asked, config, answers: "Rain moved the match." });
  deepEqual(failed.map(({ error }) => error.code), ["step.parse"]);
});
