import type { WaitReason } from "../report/mod.ts";
import type { BatchRunner, GlobalRunner, RowRunner, SinkRunner, SourceRunner } from "../step/mod.ts";
import type { PlannedStep } from "./plan.ts";
import type { AskForRow } from "./task_runner.ts";

/** A step at work, whatever its kind. */
export type OpenStep =
  | { readonly kind: "source"; readonly runner: SourceRunner }
  | { readonly kind: "row" | "ordered"; readonly runner: RowRunner }
  | {
    readonly kind: "task";
    readonly ask: AskForRow;
    readonly runner: { readonly close?: () => void | Promise<void> };
  }
  | { readonly kind: "batch"; readonly runner: BatchRunner; readonly batchSize: number }
  | { readonly kind: "global"; readonly runner: GlobalRunner }
  | { readonly kind: "sink"; readonly runner: SinkRunner };

/** What is counted of a step while it works. */
export interface StepCounts {
  rowsIn: number;
  /** Rows made by expansion, minus the rows that were expanded. */
  expanded: number;
  rowsOut: number;
  /** Rows that passed the step by, since its condition does not hold for them. */
  skipped: number;
  /** Of a step with a route: rows by the step that got them. */
  readonly routed: Map<string, number>;
  inFlight: number;
  performed: number;
  reused: number;
  readonly rejected: Map<string, number>;
  readonly failed: Map<string, number>;
  readonly shed: Map<string, number>;
  /** Rows that failed and went on, by code. */
  readonly keptFailed: Map<string, number>;
  finished: boolean;
  /** Parts of its work that a step has said are done, where no row moves. */
  parts: number;
  /** Of a source or global step: whether it waits for rows to come in. */
  isReading: boolean;
  /** Of a sink: whether its files are being closed. */
  isClosing: boolean;
  /** Rows and batches under a time limit of their own. */
  timed: number;
  /** Of the head of a segment: what has to make room before it takes on another row. */
  blockedBy: WaitReason | undefined;
}

/** A step during a run: its plan, its runner, its counts. */
export interface StepState {
  readonly plan: PlannedStep;
  readonly open: OpenStep;
  readonly counts: StepCounts;
  /** Takes note of the milliseconds that the step worked on a row. */
  readonly addService: (ms: number) => void;
}

/** Counts that are all zero. */
export function newStepCounts(): StepCounts {
  return {
    rowsIn: 0,
    expanded: 0,
    rowsOut: 0,
    skipped: 0,
    routed: new Map(),
    inFlight: 0,
    performed: 0,
    reused: 0,
    rejected: new Map(),
    failed: new Map(),
    shed: new Map(),
    keptFailed: new Map(),
    finished: false,
    parts: 0,
    isReading: false,
    isClosing: false,
    timed: 0,
    blockedBy: undefined,
  };
}

/** Adds to the count of a name, by default one. */
export function countUp(counts: Map<string, number>, name: string, by = 1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}

/** All counts of a map together. */
export function totalOf(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** Rows that came in and were not settled, because the run was cut short or is still going. */
export function pendingOf(counts: StepCounts): number {
  const settled = counts.rowsOut + totalOf(counts.rejected) + totalOf(counts.failed) +
    totalOf(counts.shed);
  return counts.rowsIn + counts.expanded - settled;
}
