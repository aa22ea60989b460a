import { basename, dirname } from "node:path";
import type { BaselineConfig, GateConfig, MetricConfig } from "../config/mod.ts";
import { FastDistillError, isFastDistillError, type SourceLocation } from "../errors/mod.ts";
import { type Baseline, measureOf, type RunSummary } from "../report/mod.ts";
import { measureStage } from "./_measure_stage.ts";
import { readManifest } from "./manifest.ts";
import { findRun } from "./run_index.ts";
import { type RunLayout, runLayout } from "./run_layout.ts";

/** Where the runs that gates compare with are looked for. */
export interface BaselineSearch {
  /** Folder of all runs. */
  readonly runsDir: string;
  /** Id of the run that is judged: `latest` and the name of a pipeline do not mean itself. */
  readonly runId: string;
  /** When that run was started, in a search after it: `latest` is then the newest run before it. */
  readonly startedAt?: string;
  readonly gates: readonly GateConfig[];
  readonly metrics: Readonly<Record<string, MetricConfig>>;
  readonly locate: (path: readonly (string | number)[]) => SourceLocation | undefined;
}

/** A run that a gate compares with, or why there is none. */
export type FoundBaseline = { readonly run: RunSummary } | { readonly problem: string };

/**
 * Finds the run that each gate with `no_worse_than` names, before anything is spent, and checks that it has what is to be
 * compared. The newest run, of all or of a pipeline, is the newest other one that ended as `done`.
 *
 * @returns by the index of the gate
 * @throws {FastDistillError} `data.run_not_found`, `gate.unknown_metric`, unless the gate passes without a baseline
 */
export async function findBaselines(search: BaselineSearch): Promise<ReadonlyMap<number, FoundBaseline>> {
  const found = new Map<number, FoundBaseline>();
  for (const [index, gate] of search.gates.entries()) {
    const config = gate.no_worse_than;
    if (config === undefined) continue;
    try {
      const run = await baselineOf(config, search);
      if (run.run_id !== search.runId) await checkStage(gate, { run, search });
      found.set(index, { run });
    } catch (thrown) {
      if (!isFastDistillError(thrown)) throw thrown;
      const message = `Gate ${index} has no run to compare with: ${thrown.message}`;
      if (config.if_missing === "pass") {
        found.set(index, { problem: `is not compared: ${thrown.message}` });
        continue;
      }
      throw new FastDistillError(thrown.code, message, {
        cause: thrown,
        hint: thrown.hint ?? "Name another run, or set if_missing: pass",
        location: search.locate(["gates", index, "no_worse_than"]),
      });
    }
  }
  return found;
}

async function baselineOf(
  { run }: BaselineConfig,
  { runsDir, runId, startedAt }: BaselineSearch,
): Promise<RunSummary> {
  const among = ({ run_id, status, started_at }: RunSummary) =>
    run_id !== runId && status === "done" && (startedAt === undefined || started_at < startedAt);
  return await findRun(runsDir, run, { among });
}

async function checkStage(
  { stage, metric }: GateConfig,
  { run, search }: { readonly run: RunSummary; readonly search: BaselineSearch },
): Promise<void> {
  const { columns, count } = await readManifest(layoutOf(run).stageManifest(stage)).catch(
    (cause: unknown) => {
      if (!isFastDistillError(cause)) throw cause;
      throw new FastDistillError("data.run_not_found", `Run ${run.run_id} has no stage "${stage}"`, {
        cause,
      });
    },
  );
  const lacking = measureOf(metric, search.metrics)?.columns.find((column) =>
    !Object.hasOwn(columns, column)
  );
  if (lacking === undefined || count === 0) return;
  throw new FastDistillError(
    "gate.unknown_metric",
    `Stage "${stage}" of run ${run.run_id} has no column "${lacking}"`,
  );
}

function layoutOf({ run_dir }: RunSummary): RunLayout {
  return runLayout(dirname(run_dir), basename(run_dir));
}

/** What baselines are measured for. */
export interface BaselineMeasuring extends Pick<BaselineSearch, "runId" | "gates" | "metrics"> {
  readonly found: ReadonlyMap<number, FoundBaseline>;
}

/** Reads and measures what gates compare with, each stage of each run once; what cannot be read fails its gates. */
export async function measureBaselines(measuring: BaselineMeasuring): Promise<ReadonlyMap<number, Baseline>> {
  const { runId, gates, metrics, found } = measuring;
  const read = new Map<string, Promise<Baseline>>();
  const baselines = new Map<number, Baseline>();
  for (const [index, baseline] of found) {
    if ("problem" in baseline) baselines.set(index, baseline);
    else if (baseline.run.run_id === runId) baselines.set(index, { runId, isSelf: true });
    else {
      const { stage } = gates[index]!;
      const key = `${baseline.run.run_id}/${stage}`;
      const reading = read.get(key) ?? readBaseline(stage, { run: baseline.run, gates, metrics });
      read.set(key, reading);
      baselines.set(index, await reading);
    }
  }
  return baselines;
}

interface BaselineReading extends Pick<BaselineSearch, "gates" | "metrics"> {
  readonly run: RunSummary;
}

async function readBaseline(stage: string, { run, gates, metrics }: BaselineReading): Promise<Baseline> {
  try {
    const { measures } = await measureStage(stage, { layout: layoutOf(run), gates, metrics });
    return { runId: run.run_id, measures };
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return { problem: `cannot be compared with run ${run.run_id}: ${cause.message}`, isBroken: true };
  }
}
