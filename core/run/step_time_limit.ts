import { FastDistillError } from "../errors/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import type { BatchRunner, Outcome, RowContext, RowRunner } from "../step/mod.ts";
import type { StepCounts } from "./step_state.ts";

/** What limits the time of a step. */
export interface StepTimeLimit {
  /** Name of the step. */
  readonly step: string;
  readonly timeoutMs: number | undefined;
  readonly clock: Clock;
  readonly counts: StepCounts;
}

/** A runner whose rows fail with `step.timeout` when they take too long; the same runner without a limit. */
export function limitRows(runner: RowRunner, limit: StepTimeLimit): RowRunner {
  if (limit.timeoutMs === undefined) return runner;
  return {
    process: (row, context) => limited(limit, [context], ([within]) => runner.process(row, within!)),
    close: () => runner.close?.(),
  };
}

/** The same for a runner whose batches have the limit. */
export function limitBatches(runner: BatchRunner, limit: StepTimeLimit): BatchRunner {
  if (limit.timeoutMs === undefined) return runner;
  return {
    process: async (rows, contexts) =>
      await limited<readonly Outcome[]>(limit, contexts, (within) => runner.process(rows, within)),
    close: () => runner.close?.(),
  };
}

function limited<T>(
  { step, timeoutMs, clock, counts }: StepTimeLimit,
  contexts: readonly RowContext[],
  work: (contexts: readonly RowContext[]) => T | Promise<T>,
): T | Promise<T> {
  const late = new AbortController();
  const [first] = contexts;
  const signal = first === undefined ? late.signal : AbortSignal.any([first.signal, late.signal]);
  const result = work(contexts.map((context) => ({ ...context, signal })));
  if (!(result instanceof Promise)) return result;
  const done = new AbortController();
  const expired = clock.sleep(timeoutMs!, done.signal).then(() => {
    const message = `Waited for step "${step}" to be done with a row for ${timeoutMs} ms`;
    const error = new FastDistillError("step.timeout", message);
    late.abort(error);
    throw error;
  });
  expired.catch(() => {}); // The row was done before.
  counts.timed++;
  return Promise.race([result, expired]).finally(() => {
    counts.timed--;
    done.abort();
  });
}
