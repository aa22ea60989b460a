import {
  createLedgerWriter,
  createLineageWriter,
  type EventLog,
  type FoundBaseline,
  type LedgerWriter,
  type LineageWriter,
  pathInRun,
  QuarantineWriter,
  type RunInvocation,
  type RunLayout,
  writeInvocation,
  writePipelineFile,
} from "../artifact/mod.ts";
import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { openTextHasher } from "../record/mod.ts";
import {
  CostAggregator,
  type RunFile,
  type RunProgress,
  type RunSummary,
  TimingAggregator,
} from "../report/mod.ts";
import { joinPath } from "../runtime/mod.ts";
import { finishRun } from "./finish_run.ts";
import { startDeadline } from "./open_budget.ts";
import { closeSteps, openSteps, rowContextOf, type StepOpening } from "./open_steps.ts";
import { LiveRate } from "./live_rate.ts";
import { Recorder } from "./recorder.ts";
import type { Plan } from "./plan.ts";
import type { RunControl } from "./run_control.ts";
import type { RunResources } from "./run_resources.ts";
import { RowTarget } from "./row_target.ts";
import { RowTrail } from "./row_trail.ts";
import { runSegments, type SegmentsTarget } from "./run_segments.ts";
import type { EndedRow } from "./slot.ts";
import { openStages, type StageOutput } from "./stage_output.ts";
import { countSources, type SourceTotals } from "./source_totals.ts";
import { stepProgress } from "./step_progress.ts";
import { TargetControl } from "./target_control.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";
import { waitsOf } from "./step_waits.ts";
import { countUp, type StepState, totalOf } from "./step_state.ts";

/** Milliseconds that what has hung before is given to close its files. */
const ABANDON_MS = 1_000;

/** What an execution is made from. */
export interface ExecutionOptions {
  readonly resources: RunResources;
  readonly layout: RunLayout;
  readonly control: RunControl;
  readonly events: EventLog;
  /** The runs that gates compare with, by the index of the gate. */
  readonly baselines: ReadonlyMap<number, FoundBaseline>;
  /** Whether sources are asked how many rows they have. */
  readonly countsSources: boolean;
  /** How the run was started; `undefined` where that cannot be written down. */
  readonly invocation: RunInvocation | undefined;
}

/** One execution of a plan, from opened resources to `run.json`. */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #startedAt: number;
  readonly #startedMonotonic: number;
  readonly #timing: TimingAggregator = new TimingAggregator();
  readonly #cost: CostAggregator = new CostAggregator();
  readonly #recorder: Recorder;
  readonly #rate: LiveRate;
  readonly #exports: RunFile[] = [];
  readonly #target: SegmentsTarget | undefined;
  readonly #quarantine: QuarantineWriter;
  #states: ReadonlyMap<string, StepState> = new Map();
  #totals: SourceTotals | undefined;
  #kept = 0;

  constructor(options: ExecutionOptions) {
    const { clock, plan } = options.resources;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
    this.#rate = new LiveRate(this.#startedMonotonic);
    const recorded = [...plan.providers.keys()].filter((name) =>
      plan.pipeline.config.providers[name]!.record !== undefined
    );
    this.#recorder = new Recorder(recorded);
    this.#target = targetOf(options);
    this.#quarantine = new QuarantineWriter(options.layout);
  }

  /** A picture of the run now. */
  progress(): RunProgress {
    const { plan, budget, calls } = this.#options.resources;
    const budgets = budget.uses();
    const providers = calls.providers();
    const counts = [...this.#states.values()].map(({ counts }) => counts);
    const ended = counts.reduce(
      (sum, { rejected, failed, shed }) => sum + totalOf(rejected) + totalOf(failed) + totalOf(shed),
      this.#kept,
    );
    return {
      run_id: plan.runId,
      elapsed_ms: this.#elapsed(),
      in_flight: counts.reduce((sum, { inFlight }) => sum + inFlight, 0),
      rows_per_s: this.#rate.perSecond(this.#options.resources.clock.monotonic(), ended),
      steps: [...this.#states.values()].map((state) => {
        const { name } = state.plan;
        const { inputs } = plan.graph.nodes.get(name)!;
        return stepProgress(state, { waits: waitsOf(state, calls), inputs, total: this.#totals?.of(name) });
      }),
      ...(providers.length === 0 ? {} : { providers }),
      spent_usd: budget.spent().usd,
      budget_usd: plan.pipeline.config.budget.usd ?? null,
      ...(budgets.length === 0 ? {} : { budgets }),
      ...(this.#target === undefined ? {} : { target: this.#target.rows.progress() }),
    };
  }

  /** Runs to the end, whatever end that is, and writes down what came of it. */
  async run(): Promise<RunSummary> {
    const { resources, layout } = this.#options;
    const { plan, emit } = resources;
    emit({ type: "run_started", run_id: plan.runId, run_dir: layout.dir, steps: [...plan.steps.keys()] });
    for (const { code, message } of plan.warnings) {
      // That a price is unknown shows in every report; that one was assumed has to be said.
      if (code !== "budget.unknown_price") emit({ type: "warning", code, message });
    }
    const begun = await Promise.all([
      writePipelineFile(layout, plan.pipeline.source),
      writeInvocation(layout, this.#options.invocation),
    ]);
    const ledger = await createLedgerWriter({ layout, steps: [...plan.steps.keys()] });
    const { control, events, baselines } = this.#options;
    const lineage = await createLineageWriter({
      layout,
      steps: [...plan.steps.keys()],
      stages: stagesOf(plan),
    });
    const stages = await openStages({ resources, layout, control, lineage });
    const failure = await this.#runSteps({ ledger, lineage, stages });
    const files = [
      ...begun.filter((file) => file !== undefined),
      ...await ledger.close(),
      ...await lineage.close(),
      ...await this.#quarantine.close(),
      ...this.#exports,
    ];
    return await finishRun({
      resources,
      layout,
      control,
      events,
      stages,
      files,
      failure,
      states: this.#states,
      timing: this.#timing,
      cost: this.#cost,
      recorder: this.#recorder,
      baselines,
      kept: this.#kept,
      target: this.#target?.rows,
      startedAt: this.#startedAt,
      elapsedMs: this.#elapsed(),
    });
  }

  /** Runs all steps; the result is what ended the run before its rows did, if anything did. */
  async #runSteps({ ledger, lineage, stages }: RunWriters): Promise<FastDistillError | undefined> {
    const { resources, layout, control } = this.#options;
    const ledgerGate = new LedgerGate(ledger);
    const trail = new RowTrail(lineage, (written) => ledgerGate.await(written));
    const opening: StepOpening = {
      resources,
      layout,
      control,
      target: this.#target === undefined
        ? undefined
        : { steps: this.#target.plan.steps, control: this.#target.control },
      timing: this.#timing,
      cost: this.#cost,
      recorder: this.#recorder,
      onReport: (file) => this.#exports.push(file),
      quarantine: this.#quarantine,
      trail,
    };
    using _deadline = startDeadline(resources.budget, { clock: resources.clock, control });
    try {
      this.#states = await openSteps(opening);
      const hasher = await openTextHasher();
      using _totals = this.#countSources();
      using watchdog = this.#watch();
      const running = runSegments({
        plan: resources.plan,
        states: this.#states,
        control,
        hasher,
        target: this.#target,
        contextOf: (state, envelope) => rowContextOf(opening, state, envelope),
        now: resources.clock.monotonic,
        trace: resources.trace,
        trail,
        spillDir: joinPath(layout.dir, "tmp"),
        stageWriters: new Map(stages.map((stage) => [stage.step, stage])),
        onEnded: (ended) => this.#end(ended, ledgerGate),
        endedReady: () => ledgerGate.ready(),
        onStepEnd: (state) => {
          resources.budget.finishStep(state.plan.name);
          this.#emitStepEnd(state);
        },
        onSinkEnd: (state) => this.#closeSink(state),
      });
      await Promise.race([running, watchdog.abandoned]);
      await ledgerGate.ready();
    } catch (cause) {
      await this.#unlessAbandoned(this.#abortSinks());
      for (const stage of stages) await stage.abort();
      return asRunFailure(cause);
    } finally {
      // What is under way when a target is reached is no part of the run, and depends on what was quick.
      if (this.#target?.rows.isFull !== true) trail.close();
      await this.#unlessAbandoned(closeSteps(this.#states));
    }
    const { stopReason, isCut } = control;
    return isLate(stopReason) && !isCut ? undefined : stopReason;
  }

  #countSources(): SourceTotals | undefined {
    const { resources: { clock, plan: { limit } }, countsSources } = this.#options;
    if (countsSources) this.#totals = countSources({ states: this.#states, limit, clock });
    return this.#totals;
  }

  #watch(): Watchdog {
    const { resources, control } = this.#options;
    const { clock, calls, plan, emit } = resources;
    return startWatchdog({
      clock,
      control,
      calls,
      states: this.#states,
      stallMs: plan.pipeline.config.watchdog.stall_seconds * 1_000,
      onStall: ({ message }) => emit({ type: "run_stalled", message }),
    });
  }

  /** What hung before may hang again when it is closed: then it is not waited for. */
  async #unlessAbandoned(work: Promise<void>): Promise<void> {
    if (!this.#options.control.isAbandoned) return await work;
    work.catch(() => {}); // The run has ended for a better reason.
    const { clock } = this.#options.resources;
    const timer = new AbortController();
    await Promise.race([work, clock.sleep(ABANDON_MS, timer.signal)]).catch(() => {});
    timer.abort();
  }

  #end({ step, envelope, ending }: EndedRow, ledger: LedgerGate): void {
    const { counts } = this.#states.get(step)!;
    const { rowId, row } = envelope;
    if (ending.state === "kept_failed") {
      this.#noteFailure({ step, envelope, ending }, ledger);
    } else if (ending.state === "kept") {
      counts.rowsOut++;
      this.#kept++;
      ledger.write({ state: "kept", step, rowId });
    } else if (ending.state === "failed") {
      const { error, evidence, effects } = ending;
      countUp(counts.failed, error.code);
      const attempts = attemptsOf(error);
      ledger.write({ state: "failed", step, rowId, error, evidence, effects, row, attempts });
      const { code, message } = error;
      this.#options.resources.emit({ type: "row_failed", step, row_id: rowId, code, message });
    } else {
      const { state, reason, detail } = ending;
      countUp(counts[state], reason);
      ledger.write({ state, step, rowId, reason, detail });
    }
  }

  #noteFailure({ step, envelope: { rowId, row }, ending }: FailedAndKept, ledger: LedgerGate): void {
    const { error, evidence, effects } = ending;
    countUp(this.#states.get(step)!.counts.keptFailed, error.code);
    const attempts = attemptsOf(error);
    ledger.note({ state: "kept_failed", step, rowId, error, evidence, effects, row, attempts });
    const { code, message } = error;
    this.#options.resources.emit({ type: "row_failed", step, row_id: rowId, code, message });
  }

  #emitStepEnd({ plan: { name: step }, counts }: StepState): void {
    const { resources: { trace, emit } } = this.#options;
    const { rowsIn, rowsOut } = counts;
    const [rejected, failed] = [totalOf(counts.rejected), totalOf(counts.failed)];
    trace?.endStep(step, { ...counts, rejected, failed });
    emit({ type: "step_finished", step, rows_in: rowsIn, rows_out: rowsOut, rejected, failed });
  }

  async #closeSink({ open, plan }: StepState): Promise<void> {
    if (open.kind !== "sink" || this.#options.control.isAbandoned) return;
    const { files } = await open.runner.close();
    const { layout, resources } = this.#options;
    for (const { path, sha256, rows } of files) {
      const file = { role: "export" as const, name: plan.name, path: pathInRun(layout, path), rows, sha256 };
      this.#exports.push(file);
      resources.emit({ type: "file_written", step: plan.name, path: file.path, rows });
    }
  }

  async #abortSinks(): Promise<void> {
    const written = new Set(this.#exports.map(({ name }) => name));
    for (const { open, plan } of this.#states.values()) {
      if (open.kind === "sink" && !written.has(plan.name)) await open.runner.abort?.();
    }
  }

  #elapsed(): number {
    return Math.round(this.#options.resources.clock.monotonic() - this.#startedMonotonic);
  }
}

function targetOf({ resources: { plan }, control }: ExecutionOptions): SegmentsTarget | undefined {
  if (plan.target === undefined) return undefined;
  const rows = new RowTarget(plan.target, (step) => plan.steps.get(step)!.ordinal);
  return { plan: plan.target, rows, control: new TargetControl(control, rows) };
}

/** What is written while rows are under way. */
interface RunWriters {
  readonly ledger: LedgerWriter;
  readonly lineage: LineageWriter;
  readonly stages: readonly StageOutput[];
}

function stagesOf({ steps }: Plan): readonly string[] {
  return [...steps.values()].flatMap(({ config: { stage } }) => stage === undefined ? [] : [stage]);
}

interface FailedAndKept extends EndedRow {
  readonly ending: Extract<EndedRow["ending"], { readonly state: "kept_failed" }>;
}

function attemptsOf({ context }: FastDistillError): number | undefined {
  return typeof context.attempts === "number" ? context.attempts : undefined;
}

/** Lets a run wait for its ledger where the ledger asks for it. */
class LedgerGate {
  readonly #ledger: LedgerWriter;
  #pending: Promise<void> | undefined;

  constructor(ledger: LedgerWriter) {
    this.#ledger = ledger;
  }

  write(entry: Parameters<LedgerWriter["write"]>[0]): void {
    this.await(this.#ledger.write(entry));
  }

  note(entry: Parameters<LedgerWriter["note"]>[0]): void {
    this.await(this.#ledger.note(entry));
  }

  /** Has the run wait for what is being written. */
  await(written: void | Promise<void>): void {
    if (written === undefined) return;
    const all = Promise.all([this.#pending, written]).then(() => {
      if (this.#pending === all) this.#pending = undefined;
    });
    all.catch(() => {}); // Whoever asks `ready` sees it.
    this.#pending = all;
  }

  ready(): Promise<void> | undefined {
    return this.#pending;
  }
}

/** Whether what stopped a run may have come when there was nothing left to stop. */
function isLate(reason: FastDistillError | undefined): boolean {
  return reason?.code === "run.interrupted" || reason?.context.of === "seconds";
}

function asRunFailure(cause: unknown): FastDistillError {
  if (isFastDistillError(cause)) return cause;
  return new FastDistillError("internal.invariant", `The run broke off: ${describeThrown(cause)}`, { cause });
}
