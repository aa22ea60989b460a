import type { Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import embedText from "./embed_text.ts";

const ROWS: readonly Row[] = [{ q: "a" }, { q: "b" }, { q: "a" }];

Deno.test("embed_text keeps the contract of steps", async () => {
  await testStep(embedText, [
    { config: { field: "q" }, rows: ROWS },
    { config: { field: "q", to: "v", dimensions: 3, normalize: true }, rows: [...ROWS, { q: null }] },
  ]);
});

Deno.test("embed_text asks once for equal texts, and scales vectors to length 1 where it is told to", async () => {
  const { rows, effects } = await runStep(embedText, {
    config: { field: "q", normalize: true },
    rows: ROWS,
    models: { embed: (text) => text === "a" ? [3, 4] : [0, 0] },
  });
  assertEquals(rows.map(({ embedding }) => embedding), [[0.6, 0.8], [0, 0], [0.6, 0.8]]);
  assertEquals([effects.performed, effects.reused], [2, 1]);
});

Deno.test("embed_text passes on how many numbers a vector is to have", async () => {
  const config = { field: "q", dimensions: 2 };
  const { rows } = await runStep(embedText, { config, rows: ROWS });
  for (const { embedding } of rows) assert(Array.isArray(embedding) && embedding.length === 2);
});

Deno.test("embed_text fails a row without text, and one whose text the model refuses", async () => {
  const { rows, failed } = await runStep(embedText, {
    config: { field: "q" },
    rows: [{ q: 1 }, { q: "bad" }, { q: "good" }],
    models: {
      embed: (text) => {
        if (text === "bad") throw new Error("refused");
        return [1];
      },
    },
  });
  assertEquals(rows, [{ q: "good", embedding: [1] }]);
  assertEquals(failed.map(({ error }) => error.code), ["graph.column_type", "step.failed"]);
});
