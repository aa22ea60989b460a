import { type Row, sourceRowId } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { gzipSync, zstdCompressSync } from "node:zlib";
import writeFiles from "../write/write_files.ts";
import { distinctOf, jaccard, Shingler } from "./_shingles.ts";
import dedupMinhash from "./dedup_minhash.ts";
import dedupNear from "./dedup_near.ts";

const FOX = "The quick brown fox jumps over the lazy dog near the river bank";
const ROWS = [
  { id: 1, text: FOX, score: 1 },
  { id: 2, text: "An entirely different sentence about the price of tea in China", score: 5 },
  { id: 3, text: "the  QUICK brown fox jumps over the lazy dog near the river banks!", score: 9 },
  { id: 4, text: null, score: 2 },
  { id: 5, text: "The quick brown fox jumps over the lazy dogs near the river bank", score: 3 },
  { id: 6, text: "", score: 2 },
  { id: 7, text: "猫が好きです。犬も好きです。", score: 2 },
  { id: 8, text: "猫が好きです。犬も好きです", score: 2 },
];
const KEPT_FIRST = [1, 2, 4, 6, 7];

function idsOf(rows: readonly Row[]): readonly unknown[] {
  return rows.map(({ id }) => id);
}

Deno.test("dedup_minhash keeps the contract of steps", async () => {
  await testStep(dedupMinhash, [
    { config: { on: "text", threshold: 0.6 }, rows: ROWS },
    { config: { on: ["text", "id"], action: "mark", unit: "words", size: 1, threshold: 0.5 }, rows: ROWS },
    { config: { on: "text", cluster_columns: true, keep: "highest", by: "score", workers: 1 }, rows: ROWS },
  ]);
});

Deno.test("dedup_minhash keeps the first of a cluster and names it to the others", async () => {
  const run = await runStep(dedupMinhash, { config: { on: "text", threshold: 0.6 }, rows: ROWS });
  assertEquals(idsOf(run.rows), KEPT_FIRST);
  assertEquals(run.rows[0], ROWS[0]);
  assertEquals(run.rejected.map(({ row, reason }) => [row.id, reason]), [
    [3, "near_duplicate"],
    [5, "near_duplicate"],
    [8, "near_duplicate"],
  ]);
  const [id, word, similarity] = run.rejected[0]!.detail!.split(" ");
  assertEquals([id, word], [sourceRowId("rows", 0), "similarity"]);
  assert(Number(similarity) >= 0.6 && Number(similarity) < 1);
});

Deno.test("dedup_minhash keeps the longest, the highest or the lowest", async () => {
  const kept = async (config: { keep: string; by?: string }) =>
    idsOf(
      (await runStep(dedupMinhash, { config: { on: "text", threshold: 0.6, ...config }, rows: ROWS })).rows,
    );
  assertEquals(await kept({ keep: "longest" }), [2, 3, 4, 6, 7]);
  assertEquals(await kept({ keep: "highest", by: "score" }), [2, 3, 4, 6, 7]);
  assertEquals(await kept({ keep: "lowest", by: "score" }), KEPT_FIRST);
});

Deno.test("dedup_minhash marks clusters and lets all rows pass", async () => {
  const config = { on: "text", threshold: 0.6, action: "mark" };
  const { rows } = await runStep(dedupMinhash, { config, rows: ROWS });
  assertEquals(idsOf(rows), idsOf(ROWS));
  assertEquals(rows.map(({ is_duplicate }) => is_duplicate), [
    false,
    false,
    true,
    false,
    true,
    false,
    false,
    true,
  ]);
  assertEquals(rows.map(({ cluster_size }) => cluster_size), [3, 1, 3, 1, 3, 1, 2, 2]);
  const [fox, tea, fox2] = rows.map(({ cluster_id }) => cluster_id);
  assertEquals(tea, null);
  assertEquals(fox, fox2);
  assert(/^[0-9a-f]{16}$/.test(String(fox)));
});

Deno.test("dedup_minhash reports clusters, what stays of them and how near the others are", async () => {
  const { files } = await runStep(dedupMinhash, {
    config: { on: "text", threshold: 0.6 },
    rows: ROWS,
    step: "near",
  });
  assertEquals(Object.keys(files), ["reports/near.clusters.jsonl", "reports/near.json"]);
  const summary = JSON.parse(files["reports/near.json"]!);
  const { found_at_threshold, bands, rows_per_band, ...counts } = summary;
  assertEquals(counts, {
    schema: "fastdistill.dedup/1",
    rows: 8,
    corpus_rows: 0,
    clusters: 2,
    duplicates: 3,
    duplicates_of_corpus: 0,
    largest_cluster: 3,
    threshold: 0.6,
  });
  assert(found_at_threshold > 0.8 && bands * rows_per_band <= 128);
  const lines = files["reports/near.clusters.jsonl"]!.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.length, 5);
  assertEquals(lines[0].row_id, lines[0].kept);
  assertEquals(lines[0].similarity, null);
  assertEquals(lines[1].kept, sourceRowId("rows", 0));
  assert(lines[1].similarity > 0.6);
});

Deno.test("dedup_minhash lets the rows of a corpus stay, and compares them with those of the run", async () => {
  const corpus = [{ prompt: "unrelated words" }, { prompt: FOX }, { prompt: FOX }].map((row) =>
    JSON.stringify(row)
  );
  const run = await runStep(dedupMinhash, {
    config: { on: "text", threshold: 0.6, keep: "longest", against: "known.jsonl", against_on: "prompt" },
    files: { "known.jsonl": `${corpus[0]}\n\n${corpus[1]}\n${corpus[2]}\n` },
    rows: ROWS,
  });
  assertEquals(idsOf(run.rows), [2, 4, 6, 7]);
  assertEquals(run.rejected[0]!.detail, "known.jsonl:3 similarity 1.000");
  const summary = JSON.parse(run.files["reports/dedup_minhash.json"]!);
  assertEquals([summary.corpus_rows, summary.duplicates, summary.duplicates_of_corpus], [3, 4, 3]);
});

Deno.test("dedup_minhash reads a corpus in every format, compressed or not", async () => {
  const texts = ["unrelated words", FOX];
  const rows = texts.map((text, at) => ({ prompt: text, other: 2 ** 53 + 2 * at }));
  const lines = `${rows.map((row) => JSON.stringify(row)).join("\n\n")}\n`;
  const { bytes } = await runStep(writeFiles, { config: { path: "known.parquet" }, rows });
  const arrow = await runStep(writeFiles, { config: { path: "known.arrow" }, rows });
  const files: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["known.jsonl", lines, "3"],
    ["known.txt", lines, "3"],
    ["known.jsonl.gz", gzipSync(lines), "3"],
    ["known.json", JSON.stringify(rows), "2"],
    ["known.csv", `prompt,other\n${texts.join(",1\n")},2\n`, "2"],
    ["known.tsv.zst", zstdCompressSync(`prompt\tother\n${texts.join("\t1\n")}\t2\n`), "2"],
    ["known.parquet", Object.values(bytes)[0]!, "2"],
    ["known.arrow", Object.values(arrow.bytes)[0]!, "2"],
  ];
  for (const step of [dedupMinhash, dedupNear]) {
    for (const [name, content, line] of files) {
      const run = await runStep(step, {
        config: { on: "text", threshold: 0.6, against: "known*", against_on: "prompt" },
        files: { [name]: content },
        rows: [{ text: FOX }, { text: "nothing like it at all" }],
      });
      assertEquals(run.rows, [{ text: "nothing like it at all" }], name);
      assertEquals(run.rejected[0]!.detail, `${name}:${line} similarity 1.000`);
    }
  }
});

Deno.test("dedup_minhash refuses a corpus without the column, and settings that make no sense", async () => {
  const refused = (config: Readonly<Record<string, string | number>>, message: string) =>
    assertRejects(
      () =>
        runStep(dedupMinhash, {
          config: { on: "text", ...config },
          rows: ROWS,
          files: { "known.jsonl": '{"prompt":"a"}\n' },
        }),
      Error,
      message,
    );
  await refused({ against: "known.jsonl" }, 'Read a record with "text" at known.jsonl:1');
  await refused({ against: "missing.jsonl" }, "missing.jsonl");
  await refused({ keep: "highest" }, "Name the column that highest goes by");
  await refused({ by: "score" }, "does not go by a column");
  await refused({ bands: 10 }, "Name both bands and rows_per_band");
  await refused({ bands: 100, rows_per_band: 2 }, "more than permutations");
  await refused({ against_on: "x" }, "Name the files in against");
});

Deno.test("dedup_minhash tells sums apart that differ in their signs only", async () => {
  const rows = [{ text: "What is 3+4?" }, { text: "What is 3-4?" }];
  const kept = async (config: { punctuation?: boolean }) =>
    (await runStep(dedupMinhash, { config: { on: "text", unit: "words", ...config }, rows })).rows.length;
  assertEquals(await kept({}), 2);
  assertEquals(await kept({ punctuation: false }), 1);
});

Deno.test("dedup_minhash takes no rows", async () => {
  const run = await runStep(dedupMinhash, { config: { on: "text" }, rows: [], columns: { text: "string" } });
  assertEquals(run.rows, []);
});

Deno.test("dedup_minhash finds what a search through all pairs finds, but for a few at the threshold", async () => {
  const word = (n: number) => (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(36);
  const originals = Array.from(
    { length: 400 },
    (_, n) => Array.from({ length: 30 }, (_, at) => word(37 * n + at)),
  );
  const copies = originals.slice(0, 200).map((words, n) =>
    words.map((one, at) => (at + n) % 12 === 0 ? word(1_000_000 + 30 * n + at) : one)
  );
  const texts = [...originals, ...copies].map((words) => words.join(" "));
  const config = { on: "text", threshold: 0.7, action: "mark" };
  const { rows } = await runStep(dedupMinhash, { config, rows: texts.map((text) => ({ text })) });
  const shingler = new Shingler({ unit: "characters", size: 5, punctuation: true });
  const sets = texts.map((text) => distinctOf(shingler.cut(text).hashes));
  let [near, found] = [0, 0];
  for (let i = 0; i < texts.length; i++) {
    for (let j = 0; j < i; j++) {
      const isNear = jaccard(sets[i]!, sets[j]!) >= 0.7;
      const isFound = rows[i]!.cluster_id !== null && rows[i]!.cluster_id === rows[j]!.cluster_id;
      assert(isNear || !isFound, `${i} and ${j} are not near`);
      if (isNear) near++;
      if (isFound) found++;
    }
  }
  assert(near > 150 && found >= 0.95 * near, `${found} of ${near}`);
});

/** Words of a small vocabulary, so that texts are near to each other now and then. */
const text = fc.array(fc.constantFrom("red", "green", "blue", "cat", "dog", "sun"), {
  minLength: 1,
  maxLength: 6,
})
  .map((words) => words.join(" "));

Deno.test("dedup_minhash finds the same clusters in any order of the rows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 40 }), fc.nat(), async (texts, seed) => {
      const rows = texts.map((text, id) => ({ id, text }));
      const shuffled = rows.map((row) => ({ row, key: Math.imul(row.id + 1, seed | 1) >>> 0 }))
        .sort((a, b) => a.key - b.key || a.row.id - b.row.id).map(({ row }) => row);
      const config = { on: "text", threshold: 0.6, action: "mark", workers: 1 };
      const clusters = async (rows: readonly Row[]) => {
        const run = await runStep(dedupMinhash, { config, rows });
        return Object.fromEntries(
          run.rows.map(({ id, cluster_id, cluster_size }) => [id, [cluster_id, cluster_size]]),
        );
      };
      assertEquals(await clusters(shuffled), await clusters(rows));
    }),
    { numRuns: 15, seed: 7 },
  );
});
