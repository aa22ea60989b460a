import { FastDistillError } from "../errors/mod.ts";
import { type Clock, processorMs } from "../runtime/mod.ts";
import type { CallTracker } from "./call_tracker.ts";
import type { RunControl } from "./run_control.ts";
import { pendingOf, type StepState, totalOf } from "./step_state.ts";
import { describeWait, waitsOf } from "./step_waits.ts";

/** Looks that a stall takes: a machine that slept, or a process that was stopped, counts as one of them at most. */
const LOOKS = 6;
/** Share of one processor from which on a process is at work, though no row moves: sorting, for instance. */
const BUSY_SHARE = 0.2;
/** How much longer a process that is at work may go without moving a row. */
const BUSY_PATIENCE = 10;
/** Milliseconds that steps have to heed the signal before the run ends without them. */
const GRACE_MS = 5_000;

/** What a watchdog watches. */
export interface WatchdogOptions {
  readonly clock: Clock;
  readonly control: RunControl;
  readonly states: ReadonlyMap<string, StepState>;
  readonly calls: CallTracker;
  /** Milliseconds without any movement; 0 for a watchdog that does nothing. */
  readonly stallMs: number;
  /** Told when the run stalled, before it is given up. */
  readonly onStall: (error: FastDistillError) => void;
}

/** Watches a run until it is disposed of. */
export interface Watchdog extends Disposable {
  /** Rejects with `run.stalled` when what stalled did not heed the signal either; never resolves. */
  readonly abandoned: Promise<never>;
}

/**
 * Ends a run in which nothing moves: no row, no effect, no call in flight, no timer that will move one. It costs rows
 * nothing: it looks at the counts of the steps a few times in the time that a stall takes.
 */
export function startWatchdog(options: WatchdogOptions): Watchdog {
  const { clock, control, stallMs, onStall } = options;
  const timer = new AbortController();
  const abandoned = Promise.withResolvers<never>();
  abandoned.promise.catch(() => {}); // Nobody waits for it once the run has ended.
  const watch = async () => {
    const stalled = await stallOf(options, timer.signal);
    onStall(stalled);
    control.abort(stalled);
    await clock.sleep(GRACE_MS, timer.signal);
    control.abandon();
    abandoned.reject(stalled);
  };
  if (stallMs > 0) watch().catch((cause) => timer.signal.aborted || abandoned.reject(cause));
  return { abandoned: abandoned.promise, [Symbol.dispose]: () => timer.abort() };
}

interface Seen {
  count: number;
  /** When the step last moved. */
  at: number;
}

async function stallOf(
  { clock, states, calls, stallMs }: WatchdogOptions,
  signal: AbortSignal,
): Promise<FastDistillError> {
  const lookEveryMs = stallMs / LOOKS;
  const seen = new Map<string, Seen>();
  let [stillMs, at, cpu] = [0, clock.monotonic(), processorMs()];
  while (true) {
    await clock.sleep(lookEveryMs, signal);
    const [now, cpuNow] = [clock.monotonic(), processorMs()];
    const elapsed = now - at;
    const isBusy = cpuNow - cpu > BUSY_SHARE * elapsed;
    [at, cpu] = [now, cpuNow];
    const hasMoved = takeNote(seen, states, now);
    if (hasMoved || calls.isMoving || isExcused(states)) stillMs = 0;
    else stillMs += Math.min(elapsed, 2 * lookEveryMs) / (isBusy ? BUSY_PATIENCE : 1);
    if (stillMs >= stallMs) return stallError({ states, calls, seen, now });
  }
}

/** Whether any step has moved since the last look. */
function takeNote(seen: Map<string, Seen>, states: ReadonlyMap<string, StepState>, at: number): boolean {
  let hasMoved = false;
  for (const [name, { counts }] of states) {
    const { rowsIn, expanded, rowsOut, performed, reused, rejected, failed, shed, finished, parts } = counts;
    const ended = totalOf(rejected) + totalOf(failed) + totalOf(shed);
    const count = rowsIn + expanded + rowsOut + performed + reused + ended + parts + Number(finished);
    const last = seen.get(name);
    if (last?.count === count) continue;
    hasMoved = true;
    seen.set(name, { count, at });
  }
  return hasMoved;
}

/** Whether a row is under a time limit of its own, or no row is under way any more and only files are being closed. */
function isExcused(states: ReadonlyMap<string, StepState>): boolean {
  const open = [...states.values()].filter(({ counts }) => !counts.finished);
  return open.length === 0 || open.some(({ counts }) => counts.timed > 0 || counts.isClosing);
}

interface Stall {
  readonly states: ReadonlyMap<string, StepState>;
  readonly calls: CallTracker;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly now: number;
}

function stallError({ states, calls, seen, now }: Stall): FastDistillError {
  const steps = [...states.values()].flatMap((state) => {
    const waits = waitsOf(state, calls).filter(({ on }) => on !== "rows");
    if (waits.length === 0) return [];
    const since_ms = Math.round(now - seen.get(state.plan.name)!.at);
    return [{ step: state.plan.name, rows: Math.max(0, pendingOf(state.counts)), since_ms, waits }];
  });
  const blamed = steps.map(({ step, rows, since_ms, waits }) =>
    `step "${step}" holds ${rows} ${rows === 1 ? "row" : "rows"} and has not moved for ${
      Math.round(since_ms / 1_000)
    } s, waiting for ${waits.map(describeWait).join(" and ")}`
  );
  const held = blamed.length === 0 ? "no step says what it waits for" : blamed.join("; ");
  return new FastDistillError("run.stalled", `Waited for a row to move, found the run at a stand: ${held}`, {
    hint:
      "If the step is only slow, raise watchdog.stall_seconds or give the step timeout_ms; otherwise mend what it waits for. Rows that were under way are pending: the same command goes on with them",
    context: {
      steps: steps.map(({ waits, ...step }) => ({ ...step, waiting_for: waits })),
    },
  });
}
