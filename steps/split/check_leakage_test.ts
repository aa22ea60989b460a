import type { Json } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import checkLeakage from "./check_leakage.ts";

const ROWS = [
  { split: "train", q: "How many?", c: "c1" },
  { split: "train", q: "how  MANY", c: "c1" },
  { split: "test", q: "How many!", c: null },
  { split: "test", q: "Who?", c: "c1" },
  { split: "test", q: "Where?", c: null },
  { split: "eval", q: null, c: null },
];

Deno.test("check_leakage keeps the contract of steps", async () => {
  await testStep(checkLeakage, [
    { config: { texts: ["q"] }, rows: ROWS },
    { config: { cluster_column: "c", on_leak: "reject" }, rows: ROWS },
    { config: { cluster_column: "c", texts: ["q"], on_leak: "mark" }, rows: ROWS },
  ]);
});

Deno.test("check_leakage fails the rows whose text or cluster is in another split", async () => {
  const leaks = async (config: Record<string, Json>) =>
    (await runStep(checkLeakage, { config, rows: ROWS })).failed.map((
      { error },
    ) => [error.code, error.message]);
  const text = ["data.leakage", "Keep splits apart, found that the text of a row in test is in train too"];
  const cluster = [
    "data.leakage",
    'Keep splits apart, found that the cluster "c1" of a row in test is in train too',
  ];
  assertEquals(await leaks({ texts: ["q"] }), [text]);
  assertEquals(await leaks({ cluster_column: "c" }), [cluster]);
  assertEquals(await leaks({ cluster_column: "c", texts: ["q"] }), [text, cluster]);
});

Deno.test("check_leakage marks or rejects", async () => {
  const marked = await runStep(checkLeakage, {
    config: { cluster_column: "c", texts: ["q"], on_leak: "mark", to: "leaks" },
    rows: ROWS,
  });
  assertEquals(marked.rows.map(({ leaks }) => leaks), [false, false, true, true, false, false]);
  const rejected = await runStep(checkLeakage, { config: { texts: ["q"], on_leak: "reject" }, rows: ROWS });
  assertEquals(rejected.rejected.map(({ reason }) => reason), ["leakage"]);
});

Deno.test("check_leakage compares texts of punctuation by what they are", async () => {
  const rows = [{ split: "train", q: "??" }, { split: "test", q: "!!" }, { split: "test", q: "??" }];
  const run = await runStep(checkLeakage, { config: { texts: ["q"] }, rows });
  assertEquals([run.rows.length, run.failed.length], [2, 1]);
});

Deno.test("check_leakage needs something to compare, and a split", async () => {
  const refused = await runStep(checkLeakage, { config: {}, rows: [] }).then(
    () => "",
    (error) => String(error),
  );
  assert(refused.includes("cluster_column, texts or both"), refused);
  const run = await runStep(checkLeakage, { config: { texts: ["q"] }, rows: [{ split: null, q: "a" }] });
  assertEquals(run.failed.map(({ error }) => error.code), ["data.invalid_sample"]);
});
