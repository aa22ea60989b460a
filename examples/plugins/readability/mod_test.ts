import { deepEqual } from "node:assert/strict";
import { runStep, testStep } from "@fastdistill/core/testing";
import component from "./mod.ts";

const config = { field: "text" };
const EASY = "The cat sat. It ran.";
const HARD = "Contemporary organisational infrastructures necessitate interdisciplinary collaboration.";

Deno.test("readability keeps the contract of steps", () =>
  testStep(component, [
    { config, rows: [{ text: EASY }, { text: HARD }, { text: "" }] },
    { config: { ...config, to: "grade", max: 5 }, rows: [{ text: EASY }, { text: HARD }] },
  ]));

Deno.test("readability is the formula of its authors", async () => {
  // 14 letters, 5 words, 2 sentences: 4.71 * 2.8 + 0.5 * 2.5 - 21.43
  const { rows } = await runStep(component, { config, rows: [{ text: EASY }] });
  deepEqual(rows, [{ text: EASY, readability: -6.99 }]);
});

Deno.test("readability rejects what is too hard, and what has no words", async () => {
  const rows = [{ text: EASY }, { text: HARD }, { text: "..." }];
  const run = await runStep(component, { config: { ...config, max: 12 }, rows });
  deepEqual(run.rows.map(({ text }) => text), [EASY]);
  deepEqual(run.rejected.map(({ reason }) => reason), ["too_hard", "no_words"]);
});

Deno.test("readability counts letters of any script", async () => {
  const { rows } = await runStep(component, { config, rows: [{ text: "Größe zählt." }] });
  deepEqual(rows[0]?.readability, 3.12);
});

Deno.test("readability fails a row without a text", async () => {
  const { failed } = await runStep(component, { config, rows: [{ text: 5 }] });
  deepEqual(failed.map(({ error }) => error.code), ["graph.column_type"]);
});
