import { FastDistillError } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import scoreExec from "./score_exec.ts";

const ROWS = [
  { exec_pass: true, gold_match: true },
  { exec_pass: true, gold_match: false },
  { exec_pass: true, gold_match: null },
  { exec_pass: false, gold_match: false },
  { exec_pass: false, gold_match: null },
];

Deno.test("score_exec keeps the contract of steps", async () => {
  await testStep(scoreExec, [{ rows: ROWS }, { rows: [{ exec_pass: true }], config: { to: "points" } }]);
});

Deno.test("score_exec scores by what is known", async () => {
  const scores = async (config = {}) =>
    (await runStep(scoreExec, { rows: ROWS, config })).rows.map(({ score }) => score);
  assertEquals(await scores(), [1, 0.5, 0.5, 0, 0]);
  assertEquals(await scores({ exec_score: 0.2, gold_score: 5, fail_score: -1 }), [5, 0.2, 0.2, -1, -1]);
});

Deno.test("score_exec needs an execution before it", async () => {
  const error = await assertRejects(
    () => runStep(scoreExec, { rows: [{ sql: "SELECT 1" }] }),
    FastDistillError,
  );
  assertEquals(error.code, "graph.missing_column");
});
