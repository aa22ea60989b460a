import { type Row, sourceRowId } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import dedupSemantic from "./dedup_semantic.ts";

const ROWS: readonly Row[] = [
  { id: 1, text: "a", embedding: [1, 0, 0] },
  { id: 2, text: "b", embedding: [0, 1, 0] },
  { id: 3, text: "long", embedding: [2, 0.1, 0] },
  { id: 4, text: "c", embedding: null },
  { id: 5, text: "d", embedding: [0, 0, 0] },
  { id: 6, text: "e", embedding: [0, 0, 0] },
  { id: 7, text: "f", embedding: [0, 30, 1] },
];

function idsOf(rows: readonly Row[]): readonly unknown[] {
  return rows.map(({ id }) => id);
}

Deno.test("dedup_semantic keeps the contract of steps", async () => {
  await testStep(dedupSemantic, [
    { rows: ROWS },
    { config: { on: "embedding", action: "mark", workers: 1, threshold: 0.5 }, rows: ROWS },
    { config: { keep: "longest", by: "text", cluster_columns: true }, rows: ROWS },
  ]);
});

Deno.test("dedup_semantic keeps one of each cluster, and rows that have no vector", async () => {
  const run = await runStep(dedupSemantic, { rows: ROWS });
  assertEquals(idsOf(run.rows), [1, 2, 4, 5, 6]);
  assertEquals(run.rejected.map(({ row, reason, detail }) => [row.id, reason, detail]), [
    [3, "near_duplicate", `${sourceRowId("rows", 0)} similarity 0.999`],
    [7, "near_duplicate", `${sourceRowId("rows", 1)} similarity 0.999`],
  ]);
});

Deno.test("dedup_semantic keeps the row with the longest text", async () => {
  const run = await runStep(dedupSemantic, { config: { keep: "longest", by: "text" }, rows: ROWS });
  assertEquals(idsOf(run.rows), [2, 3, 4, 5, 6]);
  await assertRejects(
    () => runStep(dedupSemantic, { config: { keep: "longest" }, rows: ROWS }),
    Error,
    "longest",
  );
});

Deno.test("dedup_semantic fails rows whose value is no vector like the others", async () => {
  const rows = [...ROWS, { id: 8, text: "", embedding: [1, 2] }, { id: 9, text: "", embedding: ["a"] }];
  const run = await runStep(dedupSemantic, { rows });
  assertEquals(run.failed.map(({ row, error }) => [row.id, error.code]), [
    [8, "graph.column_type"],
    [9, "graph.column_type"],
  ]);
  assert(run.failed[0]!.error.message.includes("2 numbers, where those before have 3"));
  assertEquals(run.rows.length, 5);
});

Deno.test("dedup_semantic compares with a corpus", async () => {
  const run = await runStep(dedupSemantic, {
    config: { against: "known.jsonl", against_on: "vector" },
    files: { "known.jsonl": '{"vector":[0,1,0]}\n{"vector":[0,2,0]}\n' },
    rows: ROWS,
  });
  assertEquals(idsOf(run.rows), [1, 4, 5, 6]);
  assertEquals(run.rejected.map(({ detail }) => detail!.split(" ")[0]), [
    "known.jsonl:1",
    sourceRowId("rows", 0),
    "known.jsonl:1",
  ]);
  const csv = await runStep(dedupSemantic, {
    config: { against: "known.csv", against_on: "vector" },
    files: { "known.csv": 'vector,name\n"[0,1,0]",a\n"[0,2,0]",b\n' },
    rows: ROWS,
  });
  assertEquals(csv.rows, run.rows);
  await assertRejects(
    () =>
      runStep(dedupSemantic, {
        config: { against: "known.jsonl", against_on: "vector" },
        files: { "known.jsonl": '{"vector":"none"}\n' },
        rows: ROWS,
      }),
    Error,
    'Read a vector at known.jsonl:1, found "none"',
  );
});

Deno.test("dedup_semantic finds what a search through all pairs finds, whatever the order", async () => {
  const vector = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 9, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 2, maxLength: 60 }), async (vectors) => {
      const rows = vectors.map((embedding, id) => ({ id, embedding }));
      const config = { threshold: 0.7, action: "mark", workers: 1 };
      const clustersOf = async (rows: readonly Row[]) => {
        const run = await runStep(dedupSemantic, { config, rows });
        return new Map(run.rows.map(({ id, cluster_id }) => [id, cluster_id]));
      };
      const clusters = await clustersOf(rows);
      assertEquals(await clustersOf(rows.toReversed()).then((found) => rows.map(({ id }) => found.get(id))), [
        ...clusters.values(),
      ]);
      const slow = slowClusters(vectors, 0.7);
      for (const one of rows) {
        for (const other of rows) {
          if (one.id === other.id) continue;
          const isTogether = clusters.get(one.id) !== null && clusters.get(one.id) === clusters.get(other.id);
          assertEquals(isTogether, slow[one.id] === slow[other.id], `${one.id} and ${other.id}`);
        }
      }
    }),
    { numRuns: 10, seed: 5 },
  );
});

function slowClusters(vectors: readonly (readonly number[])[], threshold: number): readonly number[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  let names = vectors.map((_, at) => at);
  vectors.forEach((one, i) =>
    vectors.forEach((other, j) => {
      if (!(cosine(one, other) >= threshold)) return;
      const [from, to] = [names[j]!, names[i]!];
      names = names.map((name) => name === from ? to : name);
    })
  );
  return names;
}
