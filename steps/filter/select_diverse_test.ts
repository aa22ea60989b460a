import { FastDistillError, type JsonObject, sourceRowId } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import fc from "fast-check";
import selectDiverse from "./select_diverse.ts";

function at(degrees: number): readonly number[] {
  const angle = degrees * Math.PI / 180;
  return [Math.cos(angle), Math.sin(angle)];
}

const ROWS = [0, 5, 90, 180, 185, 270].map((degrees, n) => ({
  n,
  embedding: at(degrees),
  score: [3, 5, 1, 4, 2, 0][n]!,
}));

async function keptOf(config: JsonObject): Promise<readonly unknown[]> {
  const run = await runStep(selectDiverse, { config, rows: ROWS });
  return run.rows.map(({ n }) => n);
}

Deno.test("select_diverse keeps the contract of steps", async () => {
  const rows = [...ROWS, { n: 7, embedding: null, score: null }];
  await testStep(selectDiverse, [
    { config: { count: 3 }, rows },
    { config: { count: 3, method: "score_first", score: "score" }, rows },
    { config: { count: 100, score: "score", to: "near" }, rows },
  ]);
});

Deno.test("select_diverse takes the farthest row next, from the first or the best on", async () => {
  assertEquals(await keptOf({ count: 1 }), [0]);
  assertEquals(await keptOf({ count: 2 }), [0, 3]);
  assertEquals(await keptOf({ count: 4 }), [0, 2, 3, 5]);
  assertEquals(await keptOf({ count: 2, score: "score" }), [1, 4]);
  assertEquals(await keptOf({ count: 10 }), [0, 1, 2, 3, 4, 5]);
});

Deno.test("select_diverse goes by score, and leaves out what resembles a row that it took", async () => {
  const config = { count: 4, method: "score_first", score: "score", threshold: 0.9 };
  const run = await runStep(selectDiverse, { config, rows: ROWS });
  assertEquals(run.rows.map(({ n }) => n), [1, 2, 3, 5]);
  assertEquals(run.rejected.map(({ row, reason, detail }) => [row.n, reason, detail]), [
    [0, "not_diverse", `similarity 0.9962 to ${sourceRowId("rows", 1)}`],
    [4, "not_diverse", `similarity 0.9962 to ${sourceRowId("rows", 3)}`],
  ]);
  assertEquals(await keptOf({ ...config, count: 2 }), [1, 3]);
  assertEquals(await keptOf({ ...config, threshold: 1 }), [0, 1, 3, 4]);
});

Deno.test("select_diverse says how near the nearest row is that was chosen before", async () => {
  const run = await runStep(selectDiverse, { config: { count: 2 }, rows: ROWS });
  assertEquals(run.rows[0]!.nearest_similarity, null);
  assertLess(Math.abs(run.rows[1]!.nearest_similarity as number + 1), 1e-6);
});

Deno.test("select_diverse fails rows without a vector of the right length, and keeps the others", async () => {
  const rows = [{ embedding: [1, 0] }, { embedding: [1] }, { embedding: null }, { embedding: [0, 0] }];
  const run = await runStep(selectDiverse, { config: { count: 9 }, rows, columns: { embedding: "array" } });
  assertEquals(run.failed.map(({ error }) => error.message), [
    'Compare vectors of 2 numbers in "embedding", found one of 1',
    'Read the column "embedding" as an embedding, found null',
  ]);
  assertEquals(run.rows.length, 2);
});

Deno.test("select_diverse ends the run beyond max_rows, and wants a score to begin with", async () => {
  await assertRejects(() => keptOf({ count: 1, max_rows: 5 }), FastDistillError, "at most 5 rows");
  await assertRejects(
    () => keptOf({ count: 1, method: "score_first" }),
    FastDistillError,
    "score_first needs score",
  );
});

Deno.test("select_diverse never keeps two rows that are too similar, and gives large rows back whole", async () => {
  const vector = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { maxLength: 12 }), async (vectors) => {
      const rows = vectors.map((embedding, n) => ({
        embedding,
        score: (n * 7) % 5,
        text: "x".repeat(30_000),
      }));
      const run = await runStep(selectDiverse, {
        config: { count: 100, method: "score_first", score: "score", threshold: 0.8 },
        rows,
        columns: { embedding: "array", score: "number", text: "string" },
      });
      const length = (v: readonly number[]) => Math.hypot(...v) || 1;
      for (const [place, a] of run.rows.entries()) {
        assertEquals((a.text as string).length, 30_000);
        for (const b of run.rows.slice(place + 1)) {
          const [x, y] = [a.embedding as number[], b.embedding as number[]];
          const dot = x.reduce((sum, part, index) => sum + part * y[index]!, 0);
          assert(dot / length(x) / length(y) < 0.8 + 1e-6);
        }
      }
    }),
    { numRuns: 30, seed: 7 },
  );
});
