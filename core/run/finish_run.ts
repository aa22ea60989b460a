import {
  type EventLog,
  type FoundBaseline,
  measureBaselines,
  registerRun,
  type RunLayout,
  stageFile,
  writeReport,
  writeRunJson,
} from "../artifact/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { RunStatus } from "../observe/mod.ts";
import {
  type CostAggregator,
  type GateVerdict,
  judgeGates,
  qualityReport,
  type RunFile,
  type RunSummary,
  type StageQuality,
  type StepProgress,
  type TimingAggregator,
} from "../report/mod.ts";
import { inputFilesOf, isWithin } from "../runtime/mod.ts";
import { checkConservation } from "./check_conservation.ts";
import type { Recorder } from "./recorder.ts";
import type { Plan } from "./plan.ts";
import type { RowTarget } from "./row_target.ts";
import type { RunControl } from "./run_control.ts";
import type { RunResources } from "./run_resources.ts";
import type { StageOutput } from "./stage_output.ts";
import { stepProgress } from "./step_progress.ts";
import { missedTarget, resultOf } from "./target_result.ts";
import type { StepState } from "./step_state.ts";

/** What a run leaves behind once its rows are settled. */
export interface RunRemains {
  readonly resources: RunResources;
  readonly layout: RunLayout;
  readonly control: RunControl;
  readonly events: EventLog;
  readonly stages: readonly StageOutput[];
  /** Pipeline, ledger, failures, exports. */
  readonly files: readonly RunFile[];
  /** What ended the run before its rows did. */
  readonly failure: FastDistillError | undefined;
  readonly states: ReadonlyMap<string, StepState>;
  readonly timing: TimingAggregator;
  readonly cost: CostAggregator;
  readonly recorder: Recorder;
  /** The runs that gates compare with, by the index of the gate. */
  readonly baselines: ReadonlyMap<number, FoundBaseline>;
  /** Rows that reached the end. */
  readonly kept: number;
  /** Present where the pipeline has a target. */
  readonly target: RowTarget | undefined;
  readonly startedAt: number;
  readonly elapsedMs: number;
}

interface Verdict {
  readonly gates: readonly GateVerdict[];
  readonly error: FastDistillError | undefined;
}

/** Checks what there is to check, writes reports and `run.json`, and sums the run up. */
export async function finishRun(remains: RunRemains): Promise<RunSummary> {
  const { resources, layout, states, stages, events } = remains;
  const { runId, pipeline } = resources.plan;
  await writeRecordings(remains);
  const steps = [...states.values()].map((state) => stepProgress(state));
  const qualities = new Map(stages.map((stage) => [stage.stage, stage.quality()]));
  const { gates, error } = await verdictOf(remains, steps, qualities);
  for (const { stage, metric, value, passed, message } of gates) {
    resources.emit({ type: "gate_checked", stage, metric, value, passed, message });
  }
  const rows = rowsOf(remains, steps);
  const reports = await writeReports(remains, { steps, qualities, rows, gates });
  const status = statusOf(error);
  resources.emit({ type: "run_finished", run_id: runId, status });
  const { total, calls, cost_per_kept_usd } = remains.cost.report({ run_id: runId, kept: remains.kept });
  const budgets = resources.budget.uses();
  const summary: RunSummary = {
    run_id: runId,
    name: pipeline.config.name,
    run_dir: layout.dir,
    status,
    partial: remains.failure !== undefined || remains.control.shedding.size > 0,
    ...(remains.control.degraded.size === 0 ? {} : { degraded: true }),
    ...fallbacksOf(remains.control),
    ...pluginsOf(resources.plan),
    started_at: new Date(remains.startedAt).toISOString(),
    elapsed_ms: remains.elapsedMs,
    rows,
    ...targetIn(remains, steps),
    steps,
    effects: { performed: total.performed, reused: total.reused },
    calls,
    usage: total.usage,
    cost_usd: total.cost_usd,
    spent_usd: total.spent_usd,
    cost_per_kept_usd,
    ...(budgets.length === 0 ? {} : { budgets }),
    stages: stages.map(({ stage }) => ({
      stage,
      count: qualities.get(stage)!.count,
      metrics: qualities.get(stage)!.metrics,
    })),
    gates,
    files: [...remains.files, ...stageFiles(remains), ...reports, await events.close()],
    origin: await resources.inputs.origin(),
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) } }),
  };
  await writeRunJson(layout, summary);
  await register(remains);
  return summary;
}

function pluginsOf({ steps, providers }: Plan): Pick<RunSummary, "plugins"> {
  const used = [...steps.values(), ...providers.values()].flatMap(({ component: { plugin, definition } }) =>
    plugin === undefined ? [] : [[definition.name, { name: definition.name, ...plugin }] as const]
  );
  const plugins = [...new Map(used).values()].sort((a, b) => a.name < b.name ? -1 : 1);
  return plugins.length === 0 ? {} : { plugins };
}

function targetIn(
  { target, resources: { plan }, failure, control }: RunRemains,
  steps: readonly StepProgress[],
): Pick<RunSummary, "target"> {
  if (target === undefined) return {};
  const isCut = failure !== undefined || control.isCut;
  return { target: resultOf(target, { sources: plan.target!.sources, steps, isCut }) };
}

/** The index can be made again from the folders, so a run does not fail for its sake. */
async function register({ layout, resources }: RunRemains): Promise<void> {
  try {
    await registerRun(layout.dir);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    resources.emit({ type: "warning", code: cause.code, message: cause.message });
  }
}

function fallbacksOf({ fallbacks }: RunControl): Pick<RunSummary, "fallbacks"> {
  if (fallbacks.size === 0) return {};
  return { fallbacks: Object.fromEntries([...fallbacks].sort(([a], [b]) => a < b ? -1 : 1)) };
}

function stageFiles({ stages, layout }: RunRemains): readonly RunFile[] {
  return stages.flatMap((stage) => {
    const manifest = stage.manifest();
    return manifest === undefined ? [] : [stageFile(layout, manifest)];
  });
}

async function writeRecordings({ resources, recorder, failure }: RunRemains): Promise<void> {
  const { providers, plan } = resources;
  for (const [name, state] of providers) {
    const { record } = plan.pipeline.config.providers[name]!;
    if (record === undefined || failure?.code === "internal.invariant") continue;
    const { baseDir, writesWithin } = plan.pipeline;
    const path = inputFilesOf(baseDir).resolve(record);
    if (writesWithin === undefined || isWithin(writesWithin, path)) await recorder.write(state, path);
  }
}

/** Gates are judged on whole runs only: what a part of the rows says about a threshold means nothing. */
async function verdictOf(
  remains: RunRemains,
  steps: readonly StepProgress[],
  qualities: ReadonlyMap<string, StageQuality>,
): Promise<Verdict> {
  const { resources, failure, control } = remains;
  const isCut = failure !== undefined || control.isCut;
  const lost = checkConservation({ graph: resources.plan.graph, steps, isCut });
  if (lost !== undefined) return { gates: [], error: lost };
  if (failure !== undefined) return { gates: [], error: failure };
  const tooMany = failureRateError(resources, steps);
  const { target } = targetIn(remains, steps);
  try {
    const gates = await judgedGates(remains, qualities);
    const failed = gates.filter(({ passed, severity }) => !passed && severity === "fail");
    const gateError = failed.length === 0
      ? undefined
      : new FastDistillError("gate.failed", failed.map(({ message }) => message).join("; "));
    const missed = target === undefined ? undefined : missedTarget(target, resources.plan);
    return { gates, error: tooMany ?? gateError ?? missed };
  } catch (error) {
    if (!isFastDistillError(error)) throw error;
    return { gates: [], error: tooMany ?? error };
  }
}

async function judgedGates(
  { resources, stages, baselines: found }: RunRemains,
  qualities: ReadonlyMap<string, StageQuality>,
): Promise<readonly GateVerdict[]> {
  const { runId, pipeline: { config: { gates, metrics = {}, seed } } } = resources.plan;
  const measures = new Map(stages.map((stage) => [stage.stage, stage.measures]));
  const baselines = await measureBaselines({ runId, gates, metrics, found });
  return judgeGates(gates, { stages: qualities, measures, baselines, seed });
}

function failureRateError(
  { plan }: RunResources,
  steps: readonly StepProgress[],
): FastDistillError | undefined {
  for (const { step, rows_in, expanded, failed: ended, kept_failed = {} } of steps) {
    const failed = merged([ended, kept_failed]);
    const count = sum(failed);
    const allowed = plan.steps.get(step)!.config.max_failure_rate;
    const total = rows_in + expanded;
    if (total === 0 || count / total <= allowed) continue;
    const codes = Object.entries(failed).map(([code, count]) => `${count} ${code}`).join(", ");
    const message =
      `Step "${step}" failed on ${count} of ${total} rows (${codes}), more than max_failure_rate ${allowed} allows`;
    return new FastDistillError("step.too_many_failures", message, {
      hint: "See failures.jsonl in the run folder",
    });
  }
  return undefined;
}

function statusOf(error: FastDistillError | undefined): RunStatus {
  if (error === undefined) return "done";
  if (error.code === "run.interrupted") return "interrupted";
  if (error.code === "budget.exhausted") return "budget_exhausted";
  return error.code === "gate.failed" || error.code === "gate.target_missed" ? "gate_failed" : "failed";
}

function rowsOf({ resources, states, kept }: RunRemains, steps: readonly StepProgress[]): RunSummary["rows"] {
  const sources = new Set(
    resources.plan.graph.order.filter((step) => states.get(step)?.plan.kind === "source"),
  );
  const read = steps.filter(({ step }) => sources.has(step)).reduce(
    (total, { rows_in }) => total + rows_in,
    0,
  );
  const shed = merged(steps.map((step) => step.shed ?? {}));
  return {
    read,
    kept,
    rejected: merged(steps.map((step) => step.rejected)),
    failed: merged(steps.map((step) => step.failed)),
    ...(Object.keys(shed).length === 0 ? {} : { shed }),
  };
}

function merged(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const totals = new Map<string, number>();
  for (const [name, count] of counts.flatMap((one) => Object.entries(one))) {
    totals.set(name, (totals.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...totals].sort(([a], [b]) => a < b ? -1 : 1));
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

interface ReportInput {
  readonly steps: readonly StepProgress[];
  readonly qualities: ReadonlyMap<string, StageQuality>;
  readonly rows: RunSummary["rows"];
  readonly gates: readonly GateVerdict[];
}

async function writeReports(
  remains: RunRemains,
  { steps, qualities, rows, gates }: ReportInput,
): Promise<readonly RunFile[]> {
  const { layout, timing, cost, kept, elapsedMs } = remains;
  const run_id = remains.resources.plan.runId;
  // Together: each waits for the disk to confirm it.
  return await Promise.all([
    writeReport(layout, {
      name: "quality",
      report: qualityReport({ run_id, rows, steps, stages: qualities, gates }),
    }),
    writeReport(layout, {
      name: "timing",
      report: timing.report({ run_id, elapsed_ms: elapsedMs, providers: remains.resources.calls.report() }),
    }),
    writeReport(layout, { name: "cost", report: cost.report({ run_id, kept }) }),
  ]);
}
