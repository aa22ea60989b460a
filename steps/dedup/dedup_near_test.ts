import { type Row, sourceRowId } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { NearIndex } from "./_near_index.ts";
import { distinctOf, jaccard, Shingler } from "./_shingles.ts";
import dedupNear from "./dedup_near.ts";

const FOX = "The quick brown fox jumps over the lazy dog near the river bank";
const ROWS = [
  { id: 1, text: FOX },
  { id: 2, text: "An entirely different sentence about the price of tea in China" },
  { id: 3, text: "the  QUICK brown fox jumps over the lazy dog near the river banks!" },
  { id: 4, text: null },
  { id: 5, text: "" },
  { id: 6, text: "A sentence on the price of coffee in Brazil" },
];
const RULE = {
  shingles: { unit: "words", size: 1, punctuation: true },
  minhash: { bands: 16, rows: 2, seed: 3 },
} as const;

function idsOf(rows: readonly Row[]): readonly unknown[] {
  return rows.map(({ id }) => id);
}

Deno.test("dedup_near keeps the contract of steps", async () => {
  await testStep(dedupNear, [
    { config: { on: "text", threshold: 0.6 }, rows: ROWS },
    { config: { on: ["text", "id"], action: "mark", memory_mb: 16 }, rows: ROWS },
  ]);
});

Deno.test("dedup_near drops what is near to a row before, and names that row", async () => {
  const run = await runStep(dedupNear, { config: { on: "text", threshold: 0.6 }, rows: ROWS });
  assertEquals(idsOf(run.rows), [1, 2, 4, 5, 6]);
  const [dropped] = run.rejected;
  assertEquals(dropped?.reason, "near_duplicate");
  assert(new RegExp(`^${sourceRowId("rows", 0)} similarity 0\\.[6-9]\\d\\d$`).test(dropped!.detail!));
  assertEquals(JSON.parse(run.files["reports/dedup_near.json"]!), {
    schema: "fastdistill.dedup/1",
    threshold: 0.6,
    rows: 6,
    corpus_rows: 0,
    duplicates: 1,
    duplicates_of_corpus: 0,
    forgotten: 0,
  });
});

Deno.test("dedup_near marks and lets pass", async () => {
  const run = await runStep(dedupNear, {
    config: { on: "text", threshold: 0.6, action: "mark" },
    rows: ROWS,
  });
  assertEquals(run.rows.map(({ is_duplicate }) => is_duplicate), [false, false, true, false, false, false]);
});

Deno.test("dedup_near drops what is near to a row of a corpus", async () => {
  const run = await runStep(dedupNear, {
    config: { on: "text", threshold: 0.6, against: ["a.jsonl", "b.jsonl"], against_on: "q" },
    files: { "a.jsonl": '{"q":"nothing like it"}\n', "b.jsonl": `\n${JSON.stringify({ q: FOX })}\n` },
    rows: ROWS,
  });
  assertEquals(idsOf(run.rows), [2, 4, 5, 6]);
  assertEquals(run.rejected[0]!.detail, "b.jsonl:2 similarity 1.000");
});

Deno.test("dedup_near refuses a corpus that cannot be read before any row", async () => {
  const config = { on: "text", against: "a.jsonl" };
  const files = { "a.jsonl": '{"q":"no text"}\n' };
  await assertRejects(
    () => runStep(dedupNear, { config, files, rows: ROWS }),
    Error,
    'with "text" at a.jsonl:1',
  );
  await assertRejects(
    () => runStep(dedupNear, { config: { on: "text", against_on: "q" }, rows: ROWS }),
    Error,
    "Names as many columns as on does",
  );
});

const text = fc.array(fc.constantFrom("red", "green", "blue", "cat", "dog", "sun"), {
  minLength: 1,
  maxLength: 6,
})
  .map((words) => words.join(" "));

Deno.test("NearIndex() finds the most similar text, as a search through all of them does", () => {
  const shingler = new Shingler(RULE.shingles);
  const setOf = (text: string) => distinctOf(shingler.cut(text).hashes);
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const index = new NearIndex({ rule: RULE, threshold: 0.75, memoryMb: 1 });
      const kept: string[] = [];
      for (const text of texts) {
        const all = kept.map((other) => jaccard(setOf(text), setOf(other)));
        const best = Math.max(-1, ...all);
        const found = index.find(text);
        // Sixteen bands of two find 0.75 with 1 - 3e-6.
        if (best >= 0.75) assertEquals(found?.similarity, best);
        else assertEquals(found, undefined);
        if (found !== undefined) continue;
        index.add(`text ${kept.length}`);
        kept.push(text);
      }
    }),
    { seed: 2 },
  );
});

Deno.test("NearIndex() forgets the oldest texts when its memory is full, and knows the latest", () => {
  // The sets of 600 texts of 500 words do not fit into three quarters of a megabyte.
  const index = new NearIndex({ rule: RULE, threshold: 0.8, memoryMb: 1 });
  const textOf = (n: number) => Array.from({ length: 500 }, (_, word) => `w${n}x${word}`).join(" ");
  for (let n = 0; n < 600; n++) {
    assertEquals(index.find(textOf(n)), undefined);
    index.add(`text ${n}`);
  }
  assert(index.forgotten > 200 && index.forgotten < 250, `${index.forgotten}`);
  assertEquals(index.find(textOf(599)), { id: "text 599", similarity: 1 });
  assertEquals(index.find(textOf(index.forgotten))?.id, `text ${index.forgotten}`);
  assertEquals(index.find(textOf(index.forgotten - 1)), undefined);
});
