import type { MadeRow } from "../artifact/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { TraceSpan } from "../observe/mod.ts";
import { derivedRowId, type Envelope, findNotJson, type Fork, type Row } from "../record/mod.ts";
import type { RowContext } from "../step/mod.ts";
import type { Arriving } from "./joined_rows.ts";
import { failedRow, passedRow, skippedRow } from "./kept_failure.ts";
import { chooseReaders, holds } from "./router.ts";
import type { RunControl } from "./run_control.ts";
import type { RowTrail } from "./row_trail.ts";
import { failSpan, type RunTrace } from "./run_trace.ts";
import type { Slot } from "./slot.ts";
import { stepFailure } from "./step_failure.ts";
import type { TaskOutcome } from "./task_runner.ts";
import { countUp, type OpenStep, type StepState } from "./step_state.ts";

/** A step of a segment with what reads it. */
export interface FlowNode {
  readonly state: StepState;
  /** Row steps of the same segment that read it. */
  readonly next: readonly FlowNode[];
  /** Exits of the segment that it feeds, with the step that reads them. */
  readonly exits: readonly { readonly index: number; readonly to: string }[];
  /** Exit of the segment that writes its stage. */
  readonly stageExit?: number | undefined;
  readonly isLeaf: boolean;
  /** Whether a target counts the rows that leave it. */
  readonly isTarget?: boolean | undefined;
}

/** Gives a step what it may use for a row. */
export type ContextOf = (
  state: StepState,
  row: Envelope & { readonly span?: TraceSpan | undefined },
) => RowContext;

/** What a flow works with. */
export interface RowFlowOptions {
  readonly contextOf: ContextOf;
  readonly control: RunControl;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Of the run: decides draws. */
  readonly seed: number;
  /** Present when the run is traced. */
  readonly trace?: RunTrace | undefined;
  /** Present when what rows are made from is taken note of. */
  readonly trail?: RowTrail | undefined;
}

/**
 * Carries rows through the row steps of a segment: each as far as it gets, none waiting for another. What stays within
 * one tick is done without a promise.
 */
export class RowFlow {
  readonly #contextOf: ContextOf;
  readonly #control: RunControl;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly #trace: RunTrace | undefined;
  readonly #seed: number;
  readonly #isTrailed: boolean;

  constructor({ contextOf, control, now, trace, seed, trail }: RowFlowOptions) {
    this.#seed = seed;
    this.#isTrailed = trail !== undefined;
    this.#trace = trace;
    this.#contextOf = contextOf;
    this.#control = control;
    this.now = now;
  }

  /** Has a row step process a row, and carries on what it makes of it. */
  enter(node: FlowNode, envelope: Arriving, slot: Slot): void | Promise<void> {
    const { counts, open } = node.state;
    if (open.kind !== "row" && open.kind !== "ordered" && open.kind !== "task") {
      throw new TypeError(`Not a row step: ${open.kind}`);
    }
    counts.rowsIn++;
    if (slot.undo !== undefined) slot.undo.push(() => counts.rowsIn--);
    if (slot.isCut) return;
    if (!this.isFor(node, envelope)) return this.bypass(node, envelope, slot);
    const span = this.#trace?.startRow(node.state.plan.name, envelope.rowId);
    const started = this.now();
    let outcome: TaskOutcome | Promise<TaskOutcome>;
    try {
      const context = this.#contextOf(node.state, span === undefined ? envelope : { ...envelope, span });
      if (span !== undefined) outcome = span.run(() => this.#ask(open, { envelope, slot, span, context }));
      else if (open.kind === "task") outcome = open.ask({ row: envelope.row, context, slot });
      else outcome = open.runner.process(envelope.row, context);
    } catch (thrown) {
      endSpan(span, { thrown });
      return this.settleThrown(node, { envelope, slot, thrown });
    }
    if (!(outcome instanceof Promise)) {
      node.state.addService(this.now() - started);
      endSpan(span, { outcome });
      return this.settle(node, { envelope, slot, outcome });
    }
    return this.#settleLater(node, { envelope, slot, outcome, started, span });
  }

  /** Whether a step is to take up a row; where it is not, see {@linkcode bypass}. */
  isFor({ state: { plan: { when } } }: FlowNode, { row, verdict }: Arriving): boolean {
    if (verdict !== undefined) return false;
    try {
      return when === undefined || holds(when, row);
    } catch {
      return false; // Evaluated again, and told of, by `bypass`.
    }
  }

  /** Settles a row that a step is not to take up: it passes by, or what was found out about it before is its end. */
  bypass(node: FlowNode, arriving: Arriving, slot: Slot): void | Promise<void> {
    const { verdict, absorbed: _counted, ...envelope } = arriving;
    if (verdict !== undefined) return this.settle(node, { envelope, slot, outcome: verdict });
    const { plan, counts } = node.state;
    try {
      if (plan.when !== undefined) holds(plan.when, envelope.row);
    } catch (thrown) {
      return this.settleThrown(node, { envelope, slot, thrown });
    }
    counts.skipped++;
    if (slot.undo !== undefined) slot.undo.push(() => counts.skipped--);
    return this.hand(node, { ...envelope, row: skippedRow(plan, envelope.row) }, slot);
  }

  #ask(
    open: OpenStep & { readonly kind: "row" | "ordered" | "task" },
    { envelope: { row }, slot, span, context }: Place & {
      readonly span: TraceSpan;
      readonly context: RowContext;
    },
  ): TaskOutcome | Promise<TaskOutcome> {
    return open.kind === "task" ? open.ask({ row, context, slot, span }) : open.runner.process(row, context);
  }

  /** Kept apart, so that a row that is settled at once does not pay for these closures. */
  #settleLater(
    node: FlowNode,
    { envelope, slot, outcome, started, span }: Place & {
      readonly outcome: Promise<TaskOutcome>;
      readonly started: number;
      readonly span: TraceSpan | undefined;
    },
  ): Promise<void> {
    const { counts } = node.state;
    counts.inFlight++;
    const done = () => {
      counts.inFlight--;
      node.state.addService(this.now() - started);
    };
    return outcome.then((outcome) => {
      done();
      endSpan(span, { outcome });
      return this.settle(node, { envelope, slot, outcome });
    }, (thrown) => {
      done();
      endSpan(span, { thrown });
      return this.settleThrown(node, { envelope, slot, thrown });
    });
  }

  /** Takes what a step said of a row. */
  settle(node: FlowNode, { envelope, slot, outcome }: Settlement): void | Promise<void> {
    switch (outcome?.kind) {
      case "pass":
        return this.#passed(node, { envelope, slot }, outcome.row);
      case "reject":
        return this.#end(node, { envelope, slot }, {
          state: "rejected",
          reason: outcome.reason,
          detail: outcome.detail,
        });
      case "shed":
        this.#control.shed(node.state.plan.name);
        return this.#end(node, { envelope, slot }, { state: "shed", reason: "budget" });
      case "fail":
        return this.#fail(node, { envelope, slot }, outcome);
      case "expand":
        return this.#expand(node, { envelope, slot, outcome });
      default: {
        const found = JSON.stringify(outcome) ?? String(outcome);
        const message = `Step "${node.state.plan.name}" answered with what is not an outcome: ${
          found.slice(0, 200)
        }`;
        return this.#fail(node, { envelope, slot }, {
          error: new FastDistillError("step.bad_output", message),
        });
      }
    }
  }

  /** Takes what a step threw on a row. */
  settleThrown(
    node: FlowNode,
    { envelope, slot, thrown }: { envelope: Envelope; slot: Slot; thrown: unknown },
  ): void | Promise<void> {
    if (this.#control.endsRun(thrown)) {
      return this.#cut(slot);
    }
    return this.#fail(node, { envelope, slot }, { error: stepFailure(node.state.plan.name, thrown) });
  }

  /** Hands on a row that a step made, if it is one. */
  pass(node: FlowNode, envelope: Envelope, slot: Slot): void | Promise<void> {
    return this.#handJson(node, { envelope, slot }, {});
  }

  #handJson(node: FlowNode, { envelope, slot }: Place, before: Row): void | Promise<void> {
    const wrong = findNotJson(envelope.row);
    if (wrong === undefined) return this.hand(node, envelope, slot);
    const message = `Step "${node.state.plan.name}" made a row with ${wrong.found} at ${wrong.path}`;
    const error = new FastDistillError("data.not_canonical", message);
    return this.#fail(node, { envelope: { ...envelope, row: before }, slot }, { error });
  }

  #passed(node: FlowNode, { envelope, slot }: Place, row: Row): void | Promise<void> {
    const { plan } = node.state;
    if (plan.config.on_error === "keep") {
      return this.#handJson(
        node,
        { envelope: { ...envelope, row: passedRow(plan, row) }, slot },
        envelope.row,
      );
    }
    if (row === envelope.row) return this.hand(node, envelope, slot);
    return this.#handJson(node, { envelope: { ...envelope, row }, slot }, envelope.row);
  }

  /** Hands a row that passed a step on to whatever reads the step; where a target counts it, once its turn has come. */
  hand(node: FlowNode, envelope: Envelope, slot: Slot): void | Promise<void> {
    if (node.isTarget !== true) return this.#handOn(node, envelope, slot);
    (slot.arrived ??= []).push({
      envelope,
      accept: () => {
        const before = slot.ended.length;
        // Nothing of the same segment follows, so that nothing is waited for.
        this.#handOn(node, envelope, slot);
        return node.isLeaf || slot.ended.length === before;
      },
      leaveOut: () => this.#end(node, { envelope, slot }, { state: "shed", reason: "target" }),
    });
  }

  #handOn(node: FlowNode, envelope: Envelope, slot: Slot): void | Promise<void> {
    if (node.next.length + node.exits.length > 1) return this.#handToSeveral(node, envelope, slot);
    if (node.stageExit !== undefined) slot.outputs[node.stageExit]!.push(envelope);
    if (node.isLeaf) return this.#end(node, { envelope, slot }, { state: "kept" });
    countOut(node, slot);
    for (const { index } of node.exits) slot.outputs[index]!.push(envelope);
    const [next] = node.next;
    if (next !== undefined) return this.enter(next, envelope, slot);
  }

  #handToSeveral(node: FlowNode, envelope: Envelope, slot: Slot): void | Promise<void> {
    let readers: readonly string[];
    try {
      readers = this.#readersOf(node, envelope, slot);
    } catch (thrown) {
      return this.settleThrown(node, { envelope, slot, thrown });
    }
    if (readers.length === 0) {
      return this.#end(node, { envelope, slot }, { state: "rejected", reason: "no_route" });
    }
    const branchOf = (to: string) => {
      const row = branch(envelope, { step: nameOf(node), to, all: readers });
      this.#noteMade(slot, row, { step: to, index: 0 });
      return row;
    };
    if (node.stageExit !== undefined) slot.outputs[node.stageExit]!.push(envelope);
    countOut(node, slot);
    for (const { index, to } of node.exits) if (readers.includes(to)) slot.outputs[index]!.push(branchOf(to));
    const next = node.next.filter((next) => readers.includes(nameOf(next)));
    const entered = next.map((next) => this.enter(next, branchOf(nameOf(next)), slot));
    const waiting = entered.filter((entry) => entry instanceof Promise);
    if (waiting.length > 0) return Promise.all(waiting).then(() => {});
  }

  #readersOf(
    { next, exits, state }: FlowNode,
    { row, rowId }: Envelope,
    { undo }: Slot,
  ): readonly string[] {
    const { plan: { route, name }, counts } = state;
    if (route === undefined) return [...next.map(nameOf), ...exits.map(({ to }) => to)];
    const readers = chooseReaders(route, { row, rowId, seed: `${this.#seed}/${name}/route` });
    for (const reader of readers) {
      countUp(counts.routed, reader);
      undo?.push(() => countUp(counts.routed, reader, -1));
    }
    return readers;
  }

  #expand(
    node: FlowNode,
    { envelope, slot, outcome }: {
      envelope: Envelope;
      slot: Slot;
      outcome: { readonly items: readonly TaskOutcome[] };
    },
  ): void | Promise<void> {
    const { counts, plan } = node.state;
    const { items } = outcome;
    if (items.length === 0) {
      return this.settle(node, { envelope, slot, outcome: { kind: "reject", reason: "no_output" } });
    }
    counts.expanded += items.length - 1;
    slot.undo?.push(() => counts.expanded -= items.length - 1);
    const settled = items.map((item, index) => {
      const derived = {
        rowId: derivedRowId(envelope.rowId, { step: plan.name, index }),
        path: [...envelope.path, index],
        row: envelope.row,
        parents: [envelope.rowId],
        ...(envelope.forks === undefined ? {} : { forks: envelope.forks }),
      };
      this.#noteMade(slot, derived, { step: plan.name, index });
      return this.settle(node, { envelope: derived, slot, outcome: item });
    });
    const waiting = settled.filter((entry) => entry instanceof Promise);
    if (waiting.length > 0) return Promise.all(waiting).then(() => {});
  }

  #noteMade(slot: Slot, { rowId, path, parents }: Envelope, by: Pick<MadeRow, "step" | "index">): void {
    if (this.#isTrailed) (slot.made ??= []).push({ ...by, rowId, path, parents });
  }

  #fail(
    node: FlowNode,
    { envelope, slot }: Place,
    { error, evidence, effects }: Failure,
  ): void | Promise<void> {
    if (this.#control.endsRun(error)) {
      return this.#cut(slot);
    }
    const { plan } = node.state;
    // What is said of the run is no failure of the row.
    if (plan.config.on_error === "keep" && !error.code.startsWith("run.")) {
      this.#end(node, { envelope, slot }, { state: "kept_failed", error, evidence, effects });
      return this.hand(node, { ...envelope, row: failedRow(plan, envelope.row, error) }, slot);
    }
    this.#end(node, { envelope, slot }, { state: "failed", error, evidence, effects });
    if (plan.config.on_error === "fail") this.#control.fail(error);
  }

  #cut(slot: Slot): void {
    slot.isCut = true;
    this.#control.cut();
  }

  #end(node: FlowNode, { envelope, slot }: Place, ending: Slot["ended"][number]["ending"]): void {
    slot.ended.push({ step: node.state.plan.name, envelope, ending });
  }
}

/** Ends the span of a row with what became of it. */
function endSpan(
  span: TraceSpan | undefined,
  ended: { readonly outcome: TaskOutcome } | { readonly thrown: unknown },
): void {
  if (span === undefined) return;
  if ("thrown" in ended) failSpan(span, isFastDistillError(ended.thrown) ? ended.thrown.code : "step.failed");
  else {
    const { outcome } = ended;
    span.set({ "fastdistill.outcome": String(outcome?.kind) });
    if (outcome?.kind === "fail") failSpan(span, outcome.error.code);
    if (outcome?.kind === "reject") span.set({ "fastdistill.reason": outcome.reason });
  }
  span.end();
}

interface Place {
  readonly envelope: Envelope;
  readonly slot: Slot;
}

interface Failure {
  readonly error: FastDistillError;
  readonly evidence?: string | undefined;
  readonly effects?: readonly string[] | undefined;
}

interface Settlement extends Place {
  readonly outcome: TaskOutcome;
}

function countOut({ state: { counts } }: FlowNode, { undo }: Slot): void {
  counts.rowsOut++;
  if (undo !== undefined) undo.push(() => counts.rowsOut--);
}

function nameOf(node: FlowNode): string {
  return node.state.plan.name;
}

/** Where several steps read one, each branch has a row of its own. */
function branch(envelope: Envelope, fork: Pick<Fork, "step" | "to" | "all">): Envelope {
  const { rowId, path, forks = [] } = envelope;
  return {
    ...envelope,
    rowId: derivedRowId(rowId, { step: fork.to, index: 0 }),
    parents: [rowId],
    forks: [...forks, { ...fork, rowId, path }],
  };
}
