import {
  clearLeftovers,
  type EventLog,
  findBaselines,
  type FoundBaseline,
  INVOCATION_SCHEMA,
  openEventLog,
  type RunInvocation,
  runLayout,
} from "../artifact/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Locate } from "../graph/mod.ts";
import type { EventSink, RunEvent } from "../observe/mod.ts";
import type { RunProgress, RunSummary } from "../report/mod.ts";
import { currentDirectory, joinPath, systemClock } from "../runtime/mod.ts";
import { componentsOf } from "./components_of.ts";
import { Execution } from "./execution.ts";
import type { Plan } from "./plan.ts";
import { planRun } from "./plan_run.ts";
import { RunControl } from "./run_control.ts";
import { readFailedEffects, type RetriedRows } from "./retry_failed.ts";
import type { RunHandle } from "./run_handle.ts";
import { lockRun, type RunLock } from "./run_lock.ts";
import type { RunOptions } from "./run_options.ts";
import { openResources, type RunResources } from "./run_resources.ts";

/**
 * Plans a pipeline and starts it. What earlier executions recorded is reused; running again after a crash, an
 * interruption or an edit does only what is missing.
 *
 * @throws {FastDistillError} whatever planning finds, and `store.*`, before anything runs
 */
export async function startRun(options: RunOptions): Promise<RunHandle> {
  if (options.retryFailed === true && options.offline === true) {
    throw new FastDistillError("config.usage", "A retry asks again, an offline run asks nobody: found both", {
      hint: "Leave one of them out",
    });
  }
  const plan = await planRun(options);
  await options.onPlan?.(plan);
  const clock = options.clock ?? systemClock;
  const runsDir = options.runsDir ?? joinPath(currentDirectory(), "runs");
  const layout = runLayout(runsDir, plan.runId);
  const baselines = await baselinesOf(plan, runsDir);
  const lock = await lockRun(layout.dir);
  const control = new RunControl();
  let events: EventLog | undefined;
  let resources: RunResources;
  let retried: RetriedRows | undefined;
  try {
    await clearLeftovers(layout);
    events = await openEventLog(layout);
    const failed = options.retryFailed === true ? await readFailedEffects(layout) : undefined;
    if (failed !== undefined) retried = { rows: failed.rows, effects: failed.keys.size };
    const opening = { ...options, runsDir, clock, stale: failed?.keys };
    resources = await openResources(plan, opening, fanOut(events, options.onEvent));
  } catch (cause) {
    await events?.close();
    lock[Symbol.dispose]();
    throw cause;
  }
  const execution = new Execution({
    resources,
    layout,
    control,
    events,
    baselines,
    countsSources: options.countSources === true,
    invocation: invocationOf(plan, options),
  });
  options.signal?.addEventListener("abort", () => control.abort(interruption()), { once: true });
  return {
    runId: plan.runId,
    runDir: layout.dir,
    ...(retried === undefined ? {} : { retried }),
    progress: (): RunProgress => execution.progress(),
    stop: () => control.stop(interruption()),
    abort: () => control.abort(interruption()),
    result: finish(execution, resources, lock),
  };
}

/** How the run was started; `undefined` where its pipeline was made in code. */
function invocationOf(plan: Plan, { offline, configFile }: RunOptions): RunInvocation | undefined {
  const { pipeline: { layers, config }, runId, limit, inputs } = plan;
  if (layers === undefined) return undefined;
  const { files: _not_needed, ...named } = layers;
  return {
    schema: INVOCATION_SCHEMA,
    run_id: runId,
    name: config.name,
    layers: named,
    ...(configFile === undefined ? {} : { config_file: configFile }),
    ...(limit === undefined ? {} : { limit }),
    ...(offline === true ? { offline: true } : {}),
    inputs: inputs.map(({ name, sha256, size }) => ({ name, sha256, size })),
    components: componentsOf(plan),
  };
}

/** The runs that gates compare with: one that is missing is found out before anything is paid for. */
async function baselinesOf(
  { pipeline, runId }: Plan,
  runsDir: string,
): Promise<ReadonlyMap<number, FoundBaseline>> {
  const { gates, metrics = {} } = pipeline.config;
  const locate: Locate = (path) => pipeline.locate(path)?.location;
  return await findBaselines({ runsDir, runId, gates, metrics, locate });
}

/** Plans a pipeline, runs it to its end and gives its summary: what a script needs. See {@linkcode startRun}. */
export async function runPipeline(options: RunOptions): Promise<RunSummary> {
  const { result } = await startRun(options);
  return await result;
}

async function finish(execution: Execution, resources: RunResources, lock: RunLock): Promise<RunSummary> {
  using _lock = lock;
  let summary: RunSummary | undefined;
  try {
    return summary = await execution.run();
  } finally {
    resources.trace?.end(summary);
    await resources.close();
  }
}

function fanOut(log: EventLog, listener: EventSink | undefined): (event: RunEvent) => void {
  return (event) => {
    log.sink(event);
    listener?.(event);
  };
}

function interruption(): FastDistillError {
  return new FastDistillError("run.interrupted", "The run was interrupted", {
    hint: "Run the same command again: it goes on where it stopped",
  });
}
