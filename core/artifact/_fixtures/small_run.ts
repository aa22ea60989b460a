import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FastDistillError } from "../../errors/mod.ts";
import { derivedRowId, type Envelope, type Row, sha256, sourceRowId } from "../../record/mod.ts";
import {
  CostAggregator,
  QualityAggregator,
  qualityReport,
  type RunFile,
  type RunSummary,
  type StepProgress,
  TimingAggregator,
} from "../../report/mod.ts";
import { openEventLog } from "../event_log.ts";
import { createLedgerWriter } from "../ledger_writer.ts";
import { stageFile, writePipelineFile, writeReport } from "../run_files.ts";
import { writeRunJson } from "../run_json.ts";
import { pathInRun, type RunLayout, runLayout } from "../run_layout.ts";
import { createStageWriter } from "../stage_writer.ts";
import { createFile } from "../../runtime/mod.ts";

/** A temporary folder that is gone when it is disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "fastdistill-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** An envelope around a row that a source gave. */
export function envelopeOf(row: Row, index = 0): Envelope {
  return { rowId: sourceRowId("questions", index), path: [index], row, parents: [] };
}

/** What a small run is made with. */
export interface SmallRun {
  readonly runsDir: string;
  readonly runId?: string;
  readonly name?: string;
  readonly startedAt?: string;
}

/**
 * Writes a whole run with the real writers: five rows read, each expanded to two, of these seven kept, two rejected and one
 * failed.
 */
export async function writeSmallRun(options: SmallRun): Promise<RunLayout> {
  const { runsDir, runId = sha256("small run").slice(0, 16) } = options;
  const layout = runLayout(runsDir, runId);
  const events = await openEventLog(layout);
  events.sink({ type: "run_started", at: 1, run_id: runId, run_dir: layout.dir, steps: STEPS.map(({ step }) => step) });
  const files = [await writePipelineFile(layout, "version: 1\nname: small\n"), ...await writeRows(layout, runId)];
  const { cost, reports } = await writeReports(layout, runId);
  events.sink({ type: "run_finished", at: 2, run_id: runId, status: "done" });
  const summary = summaryOf({ ...options, runId, layout, files: [...files, ...reports, await events.close()] });
  await writeRunJson(layout, { ...summary, ...cost });
  return layout;
}

const ROWS = { read: 5, kept: 7, rejected: { too_short: 2 }, failed: { "step.parse": 1 } };
const NO_EFFECTS = { performed: 0, reused: 0 };
const STEPS: readonly StepProgress[] = [
  { step: "questions", use: "read_jsonl", rows_in: 5, expanded: 0, rows_out: 5, rejected: {}, failed: {} },
  { step: "teach", use: "text_generation", rows_in: 5, expanded: 5, rows_out: 9, rejected: {}, failed: ROWS.failed },
  { step: "keep", use: "select", rows_in: 9, expanded: 0, rows_out: 7, rejected: ROWS.rejected, failed: {} },
].map((step) => ({ ...step, in_flight: 0, effects: NO_EFFECTS, finished: true }));

/** The rows of the stage `distilled`. */
export const KEPT_ROWS: readonly Row[] = Array.from({ length: ROWS.kept }, (_, index) => ({
  sample_id: sha256(`sample ${index}`),
  question: `Combien de caf\u00e9s, cas ${index}?`,
  exec_pass: index % 3 !== 0,
  score: index / 7,
  level: index % 2 === 0 ? "easy" : "hard",
  note: null,
}));

function aggregate(): QualityAggregator {
  const quality = new QualityAggregator({ groupBy: ["level"], columns: { note: "number", judged: "boolean" } });
  for (const row of KEPT_ROWS) quality.add(row);
  return quality;
}

async function writeRows(layout: RunLayout, runId: string): Promise<readonly RunFile[]> {
  const options = { layout, stage: "distilled", name: "small", runId, signature: sha256("pipeline"), seed: 7 };
  const parents = [{ name: "questions.jsonl", digest: sha256("questions") }];
  const stage = await createStageWriter({ ...options, parents, rowsPerPart: 3 });
  const ledger = await createLedgerWriter({ layout, steps: STEPS.map(({ step }) => step) });
  const sink = await createFile(join(layout.exportsDir, "train", "train.jsonl"));
  const ids = Array.from({ length: 10 }, (_, index) => derivedRowId(sourceRowId("questions", index >> 1), { step: "teach", index: index & 1 }));
  const error = new FastDistillError("step.parse", "Read a number, found: many", { hint: "Mend the prompt" });
  const row = { question: "How many?", api_key: "secret" };
  await ledger.write({ state: "failed", step: "teach", rowId: ids[0]!, error, evidence: "many", attempts: 2, row });
  for (const rowId of ids.slice(1, 3)) {
    await ledger.write({ state: "rejected", step: "keep", rowId, reason: "too_short", detail: "3 characters" });
  }
  for (const [index, row] of KEPT_ROWS.entries()) {
    await stage.write(envelopeOf(row, index));
    await ledger.write({ state: "kept", step: "keep", rowId: ids[3 + index]! });
    await sink.write(JSON.stringify({ messages: [row["question"]] }) + "\n");
  }
  const { path, sha256: digest } = await sink.commit();
  const exported = { role: "export", name: "train", path: pathInRun(layout, path), rows: 7, sha256: digest } as const;
  return [stageFile(layout, await stage.close({ partial: false })), ...await ledger.close(), exported];
}

interface SmallReports {
  readonly reports: readonly RunFile[];
  readonly cost: Pick<RunSummary, "effects" | "calls" | "usage" | "cost_usd" | "spent_usd" | "cost_per_kept_usd">;
}

async function writeReports(layout: RunLayout, run_id: string): Promise<SmallReports> {
  const stages = new Map([["distilled", aggregate().report()]]);
  const [timing, costs] = [new TimingAggregator(), new CostAggregator()];
  for (let call = 0; call < 5; call++) {
    timing.add({ step: "teach", queue_ms: call, service_ms: 100 + call });
    const usage = { input_tokens: 100, output_tokens: 40 };
    costs.add({ step: "teach", provider: "p", model: "m", usage, price: { input: 0.05, output: 0.2 }, reused: call > 3 });
  }
  const cost = costs.report({ run_id, kept: ROWS.kept });
  const reports = [
    await writeReport(layout, { name: "quality", report: qualityReport({ run_id, rows: ROWS, stages, steps: STEPS }) }),
    await writeReport(layout, { name: "timing", report: timing.report({ run_id, elapsed_ms: 500 }) }),
    await writeReport(layout, { name: "cost", report: cost }),
  ];
  const { performed, reused, usage, cost_usd, spent_usd } = cost.total;
  const effects = { performed, reused };
  const { calls, cost_per_kept_usd } = cost;
  return { reports, cost: { effects, calls, usage, cost_usd, spent_usd, cost_per_kept_usd } };
}

interface SummaryInput extends SmallRun {
  readonly runId: string;
  readonly layout: RunLayout;
  readonly files: readonly RunFile[];
}

function summaryOf({ runId, layout, files, name = "small", startedAt }: SummaryInput): Omit<RunSummary, keyof SmallReports["cost"]> {
  return {
    run_id: runId,
    name,
    run_dir: layout.dir,
    status: "done",
    partial: false,
    started_at: startedAt ?? "2026-01-02T03:04:05.000Z",
    elapsed_ms: 500,
    rows: ROWS,
    steps: STEPS,
    stages: [{ stage: "distilled", count: KEPT_ROWS.length, metrics: aggregate().report().metrics }],
    gates: [],
    files,
  };
}
