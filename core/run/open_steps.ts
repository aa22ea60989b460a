import type { QuarantineWriter, RunLayout } from "../artifact/mod.ts";
import { describeThrown, FastDistillError, isFastDistillError, redactText } from "../errors/mod.ts";
import type { TraceSpan } from "../observe/mod.ts";
import type { CostAggregator, RunFile, TimingAggregator } from "../report/mod.ts";
import { joinPath, outputFilesOf, seededRandom } from "../runtime/mod.ts";
import type { RowContext, StepDefinition, StepSetup, TaskComponent } from "../step/mod.ts";
import { performEffect } from "./perform_effect.ts";
import type { PlannedStep } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { RunControl } from "./run_control.ts";
import type { RowTrail } from "./row_trail.ts";
import type { RunResources } from "./run_resources.ts";
import { limitBatches, limitRows, type StepTimeLimit } from "./step_time_limit.ts";
import { stepReports } from "./step_reports.ts";
import { newStepCounts, type OpenStep, type StepState } from "./step_state.ts";
import { stepModels } from "./step_models.ts";
import { budgetPolicyOf } from "./budget_policy.ts";
import { askForRows, type TaskStepOptions } from "./task_runner.ts";

/** What steps are opened with, and what they report to. */
export interface StepOpening {
  readonly resources: RunResources;
  readonly layout: RunLayout;
  readonly control: RunControl;
  /** In place of it for the steps that lead to a target. @default {none do} */
  readonly target?: { readonly steps: ReadonlySet<string>; readonly control: RunControl } | undefined;
  readonly timing: TimingAggregator;
  readonly cost: CostAggregator;
  readonly recorder: Recorder;
  /** Told of each report that a step wrote; absent where no run folder is written. */
  readonly onReport?: (file: RunFile) => void;
  /** Where sources put what they cannot read; absent where no run folder is written. */
  readonly quarantine?: QuarantineWriter;
  /** Takes note of what rows are made from. */
  readonly trail?: RowTrail | undefined;
}

/** Opens every step of a plan. What was opened is closed again when a later one fails. */
export async function openSteps(opening: StepOpening): Promise<ReadonlyMap<string, StepState>> {
  const states = new Map<string, StepState>();
  try {
    for (const plan of opening.resources.plan.steps.values()) {
      states.set(plan.name, await openStep(plan, opening));
    }
  } catch (cause) {
    await closeSteps(states);
    throw cause;
  }
  return states;
}

/** Closes the steps that have something to close. Sinks are closed by the end of their segment. */
export async function closeSteps(states: ReadonlyMap<string, StepState>): Promise<void> {
  for (const { open } of states.values()) {
    if (open.kind !== "source" && open.kind !== "sink") await open.runner.close?.();
  }
}

async function openStep(plan: PlannedStep, all: StepOpening): Promise<StepState> {
  const opening = { ...all, control: controlOf(all, plan.name) };
  const counts = newStepCounts();
  const addService = plan.component.component === "task"
    ? () => {}
    : (ms: number) => opening.timing.add({ step: plan.name, queue_ms: 0, service_ms: ms });
  try {
    const { component } = plan;
    const open = component.component === "step"
      ? limitTime(
        await openDefinition(component.definition, plan.options, setupOf({ plan, counts }, opening)),
        {
          step: plan.name,
          timeoutMs: plan.config.timeout_ms,
          clock: opening.resources.clock,
          counts,
        },
      )
      : await openTask(component, { plan, opening, counts });
    return { plan, open, counts, addService };
  } catch (cause) {
    if (isFastDistillError(cause)) throw cause;
    throw new FastDistillError("step.failed", `Cannot open step "${plan.name}": ${describeThrown(cause)}`, {
      cause,
    });
  }
}

function controlOf({ control, target }: StepOpening, step: string): RunControl {
  return target?.steps.has(step) === true ? target.control : control;
}

async function openDefinition(
  definition: StepDefinition<unknown>,
  options: unknown,
  setup: StepSetup,
): Promise<OpenStep> {
  switch (definition.kind) {
    case "source":
      return { kind: "source", runner: await definition.open(options, setup) };
    case "row":
    case "ordered":
      return { kind: definition.kind, runner: await definition.open(options, setup) };
    case "batch":
      return {
        kind: "batch",
        runner: await definition.open(options, setup),
        batchSize: definition.batchSize(options),
      };
    case "global":
      return { kind: "global", runner: await definition.open(options, setup) };
    case "sink":
      return { kind: "sink", runner: await definition.open(options, setup) };
  }
}

function limitTime(open: OpenStep, limit: StepTimeLimit): OpenStep {
  switch (open.kind) {
    case "row":
    case "ordered":
      return { ...open, runner: limitRows(open.runner, limit) };
    case "batch":
      return { ...open, runner: limitBatches(open.runner, limit) };
    default:
      return open;
  }
}

interface TaskOpening {
  readonly plan: PlannedStep;
  readonly opening: StepOpening;
  readonly counts: StepState["counts"];
}

async function openTask(
  component: TaskComponent,
  { plan, opening, counts }: TaskOpening,
): Promise<OpenStep> {
  const { definition } = component;
  const { resources, timing, control } = opening;
  const { n, extra, ...decode } = plan.generation!;
  const { providers, budget } = resources;
  const provider = providers.get(plan.config.provider!)!;
  const task = await definition.open(plan.options, setupOf({ plan, counts }, opening));
  const ask = askForRows({
    step: plan.name,
    task,
    prompt: promptNameOf(component),
    n,
    decode,
    extra,
    policy: budgetPolicyOf({
      step: plan.name,
      provider,
      budget: resources.plan.pipeline.config.budget,
      providers,
      hasShares: Object.values(resources.plan.pipeline.config.steps).some((step) =>
        step.budget?.share !== undefined
      ),
    }),
    budget,
    caller: resources.caller,
    chains: resources.chains,
    admission: control.admission,
    isIndependent: definition.independent === true,
    priority: resources.plan.graph.nodes.get(plan.name)!.depth,
    onCall: ({ waitedMs, durationMs }) =>
      timing.add({ step: plan.name, queue_ms: waitedMs, service_ms: durationMs }),
    onSample: sampleListener({ plan, opening, counts }),
    endsRun: (error) => control.endsRun(error),
  });
  return { kind: "task", ask, runner: { close: () => task.close?.() } };
}

/** Other code of a plugin asks anew, since its prompts are made and its answers are read by other code. */
function promptNameOf({ definition, plugin }: TaskComponent): string {
  const prompt = `${definition.name}@${definition.promptVersion}`;
  return plugin === undefined ? prompt : `${prompt}+${plugin.integrity}`;
}

function sampleListener({ plan, opening, counts }: TaskOpening): TaskStepOptions["onSample"] {
  const { resources, cost, recorder, control, trail } = opening;
  return (sample, { index, rowId }) => {
    const { reused, meta, key, by: provider, insteadOf, request } = sample;
    if (insteadOf !== undefined) control.fallBack(plan.name);
    if ((insteadOf ?? provider).name !== plan.config.provider) control.degrade(plan.name);
    if (reused) counts.reused++;
    else counts.performed++;
    const price = meta.price ?? provider.price;
    cost.add({
      step: plan.name,
      provider: provider.name,
      model: meta.model,
      usage: meta.usage,
      price,
      reused,
    });
    trail?.effect(plan.name, rowId, key);
    recorder.add(provider.name, { request, index, sample });
    if (reused) return;
    const { attempts, duration_ms, usage } = meta;
    const base = {
      type: "effect_performed",
      step: plan.name,
      kind: "chat",
      key,
      attempts,
      duration_ms,
    } as const;
    resources.emit({ ...base, provider: provider.name, ...(usage === undefined ? {} : { usage }) });
  };
}

function setupOf(
  { plan, counts }: Pick<StepState, "plan" | "counts">,
  { resources, layout, control, onReport, quarantine }: StepOpening,
): StepSetup {
  const { emit } = resources;
  const { inputs, plan: { pipeline, runId } } = resources;
  return {
    step: plan.name,
    runId,
    seed: pipeline.config.seed,
    columns: plan.columns.before,
    files: inputs.files,
    outputs: outputFilesOf(layout.exportsDir, { within: pipeline.writesWithin }),
    reports: stepReports({ step: plan.name, layout, onReport }),
    atWork: () => void counts.parts++,
    warn: (code, message) => resources.emit({ type: "warning", code, message }),
    quarantine: (input) => quarantine?.add(plan.name, input),
    env: resources.env,
    cacheDir: joinPath(resources.runsDir, "cache"),
    signal: control.signal,
    log: (level, message) => emit({ type: "step_log", step: plan.name, level, message: redactText(message) }),
    progress: (done, total) => {
      emit({ type: "step_progress", step: plan.name, done, ...(total === undefined ? {} : { total }) });
    },
  };
}

/** What a step may use for a row. */
export function rowContextOf(
  opening: StepOpening,
  state: StepState,
  { rowId, span }: { readonly rowId: string; readonly span?: TraceSpan | undefined },
): RowContext {
  const { resources } = opening;
  const { plan, counts } = state;
  const control = controlOf(opening, plan.name);
  const { seed } = resources.plan.pipeline.config;
  const place = { resources, control, plan, counts, cost: opening.cost, rowId, span, trail: opening.trail };
  const provider = plan.config.provider === undefined
    ? undefined
    : resources.providers.get(plan.config.provider);
  return {
    step: plan.name,
    rowId,
    signal: control.signal,
    random: () => seededRandom(`${seed}/${plan.name}/${rowId}`),
    effect: (request, perform) => performEffect(place, { request, perform }),
    ...(provider === undefined ? {} : { models: stepModels(place, provider) }),
  };
}
