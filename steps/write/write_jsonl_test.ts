import { sha256 } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { gunzipSync } from "node:zlib";
import writeJsonl from "./write_jsonl.ts";

const ROWS = [{ a: 1, b: "é\n😀", c: null }, { a: 2, b: "y", c: [{}] }];

Deno.test("write_jsonl keeps the contract of steps", async () => {
  await testStep(writeJsonl, [
    { config: { path: "rows.jsonl" }, rows: ROWS },
    { config: { path: "deep/rows.jsonl", columns: ["c", "a"] }, rows: ROWS },
    { config: { path: "rows.jsonl" }, rows: [] },
  ]);
});

Deno.test("write_jsonl writes rows, lets them pass and reports the file", async () => {
  const run = await runStep(writeJsonl, { config: { path: "deep/rows.jsonl" }, rows: ROWS });
  const text = '{"a":1,"b":"é\\n😀","c":null}\n{"a":2,"b":"y","c":[{}]}\n';
  assertEquals([run.files, run.rows], [{ "deep/rows.jsonl": text }, ROWS]);
  const [file] = run.report!.files;
  assertEquals([file?.rows, file?.sha256, file?.size], [
    2,
    sha256(text),
    new TextEncoder().encode(text).length,
  ]);
});

Deno.test("write_jsonl writes chosen columns in the chosen order", async () => {
  const rows = [...ROWS, { a: 3 }];
  const run = await runStep(writeJsonl, { config: { path: "r.jsonl", columns: ["b", "a"] }, rows });
  assertEquals(run.files["r.jsonl"], '{"b":"é\\n😀","a":1}\n{"b":"y","a":2}\n{"b":null,"a":3}\n');
  assertEquals(run.rows, rows);
});

Deno.test("write_jsonl stays in its folder", async () => {
  await assertRejects(
    () => runStep(writeJsonl, { config: { path: "../out.jsonl" }, rows: ROWS }),
    Error,
    "inside the run",
  );
});

Deno.test("write_jsonl writes one file a split, and fails a row whose split is no name", async () => {
  const config = { path: "data/{split}.jsonl", columns: ["a"] };
  const rows = [
    { a: 1, split: "train" },
    { a: 2, split: "test" },
    { a: 3, split: "../x" },
    { a: 4, split: "train" },
    { a: 5, split: null },
  ];
  const run = await runStep(writeJsonl, { config, rows });
  assertEquals(run.files, { "data/test.jsonl": '{"a":2}\n', "data/train.jsonl": '{"a":1}\n{"a":4}\n' });
  assertEquals(run.report?.files.map(({ rows }) => rows), [1, 2]);
  assertEquals(run.failed.map(({ error }) => error.code), ["data.invalid_sample", "data.invalid_sample"]);
  assertEquals(run.flow.requires?.at(-1), { column: "split", type: "string", at: ["split_column"] });
});

Deno.test("write_jsonl compresses a file whose name ends in .gz or .zst", async () => {
  const run = await runStep(writeJsonl, {
    config: { path: "{split}.jsonl.gz" },
    rows: [{ split: "train", a: 1 }],
  });
  const text = new TextDecoder().decode(gunzipSync(run.bytes["train.jsonl.gz"]!));
  assertEquals(text, '{"split":"train","a":1}\n');
});
