import type { RegisteredRun, RegisteredState, RunSummary, VerifyReport } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { renderRunFiles } from "./render_run_files.ts";
import { renderDisagreements, renderRuns } from "./render_runs.ts";
import { renderProblems, renderVerified } from "./render_verify.ts";

const RUN: RunSummary = {
  run_id: "text2sql-0123456789ab",
  name: "text2sql",
  run_dir: "/runs/text2sql-0123456789ab",
  status: "done",
  partial: false,
  started_at: "2026-01-02T03:04:05.678Z",
  elapsed_ms: 1,
  rows: { read: 60, kept: 1131, rejected: {}, failed: {} },
  steps: [{
    step: "teach",
    use: "text_generation",
    rows_in: 60,
    expanded: 180,
    rows_out: 231,
    rejected: { short: 2, chatty: 5 },
    failed: { "step.parse": 2 },
    in_flight: 0,
    effects: { performed: 240, reused: 0 },
    finished: true,
  }],
  effects: { performed: 240, reused: 0 },
  calls: { performed: 240, reused: 0 },
  usage: { input_tokens: 0, output_tokens: 0 },
  cost_usd: 0.00486,
  spent_usd: 0,
  cost_per_kept_usd: null,
  stages: [{ stage: "distilled", count: 1131, metrics: { exec_pass_rate: 0.98473, score_mean: null } }],
  gates: [],
  files: [{ role: "export", name: "train", path: "exports/train.jsonl", rows: 1131, sha256: "f".repeat(64) }],
};

Deno.test("renderRuns() is a table that says which run was cut off", () => {
  const cutOff: RunSummary = {
    ...RUN,
    run_id: "gsm8k-ffffffffffff",
    name: "",
    status: "interrupted",
    cost_usd: null,
    rows: { ...RUN.rows, kept: 0 },
    error: { code: "run.incomplete", message: "The run has no run.json" },
  };
  const registered = (
    summary: RunSummary,
    state: RegisteredState,
    tags: readonly string[] = [],
  ): RegisteredRun => {
    return { run_id: summary.run_id, name: summary.name, tags, stale_tags: [], state, summary };
  };
  const runs = [registered(RUN, "as_registered"), registered(cutOff, "unfinished")];
  assertEquals(renderDisagreements(runs), []);
  assertEquals(renderRuns(runs), [
    "run                    name      status       kept  cost USD  started",
    "text2sql-0123456789ab  text2sql  done        1,131   0.00486  2026-01-02 03:04:05 UTC",
    "gsm8k-ffffffffffff               unfinished      0         -  2026-01-02 03:04:05 UTC",
  ]);
});

Deno.test("renderRuns() has tags and runs that are gone, and renderDisagreements() says what does not agree", () => {
  const gone = { run_id: "old-1", name: "old", tags: ["prod"], stale_tags: [], state: "gone" } as const;
  const changed: RegisteredRun = {
    ...gone,
    run_id: RUN.run_id,
    state: "changed",
    stale_tags: ["prod"],
    summary: RUN,
  };
  assertEquals(renderRuns([changed, gone])[2]!.split(/ +/), ["old-1", "old", "prod", "gone", "-", "-"]);
  assertEquals(renderDisagreements([changed, gone]), [
    "note  text2sql-0123456789ab: its folder is not as the run left it: see fastdistill verify",
    "note  text2sql-0123456789ab: its rows changed since it was tagged prod: tag it again, if it is meant",
    "note  old-1: the index has it, and its folder is gone; it is tagged prod",
  ]);
});

Deno.test("renderRunFiles() lists files with rows and digests", () => {
  assertEquals(renderRunFiles(RUN), [
    "file                 role     rows  sha256",
    "exports/train.jsonl  export  1,131  ffffffffffff",
  ]);
});

Deno.test("renderVerified() and renderProblems() name run, file and what differs", () => {
  const report: VerifyReport = {
    run_dir: "/runs/text2sql-0123456789ab",
    run_id: null,
    ok: false,
    files: 12,
    rows: 1131,
    ledger_lines: 2400,
    unproven: [],
    problems: [
      { file: "reports/cost.json", problem: "the file is not there" },
      {
        file: "stages/distilled/part-00000.jsonl",
        problem: "the digest differs",
        expected: "aa",
        found: "bb",
      },
    ],
  };
  assertEquals(
    renderVerified(report),
    "ok  text2sql-0123456789ab: 12 files, 1,131 rows of stages, 2,400 ledger lines",
  );
  assertEquals(renderProblems(report), [
    "problem  reports/cost.json: the file is not there",
    "problem  stages/distilled/part-00000.jsonl: the digest differs; the run states aa, found bb",
    "failed  text2sql-0123456789ab: 2 problems; the run folder was changed, run the pipeline again",
  ]);
});
