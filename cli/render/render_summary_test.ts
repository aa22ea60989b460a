import type { RunSummary } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { renderFinalLine, renderSummary } from "./render_summary.ts";
import { COLOURED } from "./style.ts";

const SUMMARY: RunSummary = {
  run_id: "text2sql-0123456789ab",
  name: "text2sql",
  run_dir: "/home/a/runs/text2sql-0123456789ab",
  status: "done",
  partial: false,
  started_at: "2026-01-02T03:04:05.000Z",
  elapsed_ms: 3240,
  rows: { read: 60, kept: 131, rejected: { wrong_result: 61, chatty: 46 }, failed: { "step.parse": 2 } },
  steps: [],
  effects: { performed: 480, reused: 0 },
  calls: { performed: 240, reused: 0 },
  usage: { input_tokens: 52_310, output_tokens: 11_201 },
  cost_usd: 0.00486,
  spent_usd: 0.00486,
  cost_per_kept_usd: 0.0000371,
  stages: [{
    stage: "distilled",
    count: 131,
    metrics: { count: 131, exec_pass_rate: 0.98473, gold_match_rate: null, score_mean: 0.9 },
  }],
  gates: [
    {
      stage: "distilled",
      metric: "exec_pass_rate",
      value: 0.98473,
      passed: true,
      severity: "fail",
      message: "Gate held: exec_pass_rate of stage distilled is 0.9847, at least min 0.95",
    },
  ],
  files: [
    { role: "pipeline", name: "pipeline", path: "pipeline.yaml" },
    { role: "stage", name: "distilled", path: "stages/distilled/manifest.json", rows: 131 },
    { role: "export", name: "train", path: "exports/train.jsonl", rows: 131 },
    { role: "report", name: "quality", path: "reports/quality.json" },
  ],
};

Deno.test("renderSummary() says what a run came to", () => {
  assertEquals(
    renderSummary(SUMMARY, { currentDirectory: "/home/a" }).join("\n"),
    `
text2sql  done in 3.2 s  text2sql-0123456789ab

rows      60 read, 131 kept of 240 (54.6 %)
rejected  107
            61  wrong_result
            46  chatty
failed    2
            2  step.parse
stages    distilled: 131 rows, exec_pass_rate 0.9847, gold_match_rate -
gates     Gate held: exec_pass_rate of stage distilled is 0.9847, at least min 0.95
calls     240 performed, 0 reused
tokens    52,310 in, 11,201 out
cost      0.00486 USD, 0.0000371 per kept row; this execution spent 0.00486 USD
files     runs/text2sql-0123456789ab
            runs/text2sql-0123456789ab/stages/distilled/manifest.json  131 rows
            runs/text2sql-0123456789ab/exports/train.jsonl             131 rows
            runs/text2sql-0123456789ab/reports/quality.json
next      See which rows failed, and why: runs/text2sql-0123456789ab/failures.jsonl
`,
  );
});

Deno.test("renderSummary() says that a rerun called nobody", () => {
  const rerun = { ...SUMMARY, calls: { performed: 0, reused: 240 }, spent_usd: 0 };
  const lines = renderSummary(rerun);
  assert(lines.includes("calls     0 calls: every answer came from the effect store (240 reused)"));
  assert(lines.includes("cost      0.00486 USD, 0.0000371 per kept row; this execution spent 0 USD"));
});

Deno.test("renderSummary() says in which steps fallbacks answered", () => {
  const lines = renderSummary({ ...SUMMARY, fallbacks: { ask: 1_200, judge: 3 } });
  const at = lines.findIndex((line) => line.startsWith("fallback"));
  assertEquals(lines.slice(at, at + 2), [
    "fallback  ask: 1,200 answers from a fallback of its provider",
    "          judge: 3 answers from a fallback of its provider",
  ]);
});

Deno.test("renderSummary() says how far budgets were used, and what was done about it", () => {
  const lines = renderSummary({
    ...SUMMARY,
    partial: true,
    degraded: true,
    rows: { ...SUMMARY.rows, shed: { budget: 7 } },
    budgets: [
      { scope: "run", name: null, of: "usd", limit: 5, spent: 4.5 },
      { scope: "step", name: "judge", of: "tokens", limit: 1_000_000, spent: 12_345 },
    ],
  });
  assertEquals(
    lines[1],
    "text2sql  done in 3.2 s, with a part of the rows, partly from a cheaper provider  text2sql-0123456789ab",
  );
  const at = lines.findIndex((line) => line.startsWith("budget"));
  assertEquals(lines.slice(at, at + 2), [
    "budget    run: 4.50 of 5.00 USD (90.0 %)",
    "          step judge: 12,345 of 1,000,000 tokens (1.2 %)",
  ]);
  assert(lines.includes("shed      7"));
});

Deno.test("renderSummary() names a gate that failed and what to do next", () => {
  const message = "Gate failed: exec_pass_rate of stage distilled is 0.9847, below min 0.999";
  const gates = SUMMARY.gates.map((gate) => ({ ...gate, passed: false, message }));
  const lines = renderSummary({
    ...SUMMARY,
    status: "gate_failed",
    gates,
    rows: { ...SUMMARY.rows, failed: {} },
  });
  assert(lines.includes(`gates     ${message}`));
  assertEquals(lines.slice(-4), [
    "next      See the figures: /home/a/runs/text2sql-0123456789ab/reports/quality.json",
    "          See the rows: /home/a/runs/text2sql-0123456789ab/stages/distilled",
    "          Then mend the pipeline, or the gate; answers that are known are not paid for again",
    "",
  ]);
});

Deno.test("renderSummary() says how to go on after each early end", () => {
  const endOf = (status: RunSummary["status"]) =>
    renderSummary({
      ...SUMMARY,
      status,
      partial: true,
      cost_usd: null,
      rows: { read: 0, kept: 0, rejected: {}, failed: {} },
    }).filter((line) => /^(text2sql|rows|next|cost)/.test(line));
  assertEquals(endOf("interrupted"), [
    "text2sql  interrupted in 3.2 s, with a part of the rows  text2sql-0123456789ab",
    "rows      0 read, 0 kept",
    "cost      unknown, since a provider has no price; this execution spent 0.00486 USD",
    "next      Go on where it stopped: fastdistill resume text2sql-0123456789ab",
  ]);
  assertEquals(
    endOf("budget_exhausted").at(-1),
    "next      Raise the budget and run the same command again: what is finished is kept",
  );
  assertEquals(
    endOf("failed").at(-1),
    "next      Mend what the error names and run the same command again: what is finished is kept",
  );
});

Deno.test("renderSummary() lists the most frequent reasons and counts the rest", () => {
  const rejected = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [`reason_${index}`, 100 - index]),
  );
  const lines = renderSummary({ ...SUMMARY, rows: { ...SUMMARY.rows, rejected } });
  assert(lines.includes("            100  reason_0"));
  assert(lines.includes("            261  for 3 other reasons"));
});

Deno.test("renderSummary() quotes the first row that failed with a code, in one line", () => {
  const examples = new Map([["step.parse", `Cannot read\nthe answer ${"x".repeat(300)}`]]);
  const line = renderSummary(SUMMARY, { examples }).find((line) => line.includes("step.parse"))!;
  assert(line.startsWith("            2  step.parse: Cannot read the answer xxx"), line);
  assertEquals(line.length, 15 + 200);
});

Deno.test("renderSummary() has no escape code without a style, nor from what a row says", () => {
  const rejected = { "\x1b[31mred": 1 };
  // deno-lint-ignore no-control-regex -- escape codes are what is meant
  const escapes = (lines: readonly string[]) => lines.filter((line) => /\x1b/.test(line)).length;
  assertEquals(escapes(renderSummary({ ...SUMMARY, rows: { ...SUMMARY.rows, rejected } })), 0);
  assert(escapes(renderSummary(SUMMARY, { style: COLOURED })) > 0);
});

Deno.test("renderFinalLine() is one line", () => {
  assertEquals(
    renderFinalLine(SUMMARY, { currentDirectory: "/home/a" }),
    "text2sql-0123456789ab done: 131 kept of 240, 240 calls, 0.00486 USD, in runs/text2sql-0123456789ab",
  );
});

Deno.test("renderSummary() says how a target was met, or why not", () => {
  const target = {
    stage: "good",
    wanted: 500,
    accepted: 500,
    candidates: 1_018,
    reached: true,
    overshoot: 3,
  };
  const lineOf = (change: Partial<NonNullable<RunSummary["target"]>>) =>
    renderSummary({ ...SUMMARY, target: { ...target, ...change } }).filter((line) =>
      line.startsWith("target")
    );
  assertEquals(lineOf({}), [
    "target    500 of 500 rows in stage good, from 1,018 candidates; 3 more were begun",
  ]);
  assertEquals(lineOf({ accepted: 412, reached: false, reason: "max_candidates", overshoot: 0 }), [
    "target    412 of 500 rows in stage good, from 1,018 candidates: no more candidates may be taken up",
  ]);
});
