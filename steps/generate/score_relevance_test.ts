import type { Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import scoreRelevance from "./score_relevance.ts";

const ROWS: readonly Row[] = [{ q: "a", d: "x" }, { q: "a", d: "yy" }, { q: "a", d: "x" }];
const CONFIG = { query: "q", document: "d" };

Deno.test("score_relevance keeps the contract of steps", async () => {
  await testStep(scoreRelevance, [
    { config: CONFIG, rows: ROWS },
    { config: { ...CONFIG, to: "score" }, rows: [...ROWS, { q: null, d: "x" }, { q: "a", d: 3 }] },
  ]);
});

Deno.test("score_relevance adds the score of the document, asked for once for equal pairs", async () => {
  const { rows, effects } = await runStep(scoreRelevance, {
    config: CONFIG,
    rows: ROWS,
    models: { rerank: (query, document) => query.length / document.length },
  });
  assertEquals(rows.map(({ relevance }) => relevance), [1, 0.5, 1]);
  assertEquals([effects.performed, effects.reused], [2, 1]);
});

Deno.test("score_relevance fails a row without a text", async () => {
  const { failed } = await runStep(scoreRelevance, { config: CONFIG, rows: [{ q: "a", d: 3 }] });
  assertEquals(failed[0]!.error.code, "graph.column_type");
  assertEquals(failed[0]!.error.message, 'Read the column "d" as text, found 3');
});
