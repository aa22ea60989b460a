import type { Clock } from "../runtime/mod.ts";
import type { StepState } from "./step_state.ts";

/** Milliseconds of a run before sources are asked: what is over at once needs no total. */
const ASK_AFTER_MS = 500;

/** What sources are asked with. */
export interface SourceTotalsOptions {
  readonly states: ReadonlyMap<string, StepState>;
  /** Rows that each source gives at most. @default {all} */
  readonly limit?: number | undefined;
  readonly clock: Clock;
}

/** Rows that sources have in all, as far as that is known yet. Asking ends when it is disposed of. */
export interface SourceTotals extends Disposable {
  /** Of a source by its name; `undefined` while it is not known. */
  readonly of: (step: string) => number | undefined;
}

/** Asks the sources, one after another and once, how many rows they have, beside a run that goes on meanwhile. */
export function countSources({ states, limit = Infinity, clock }: SourceTotalsOptions): SourceTotals {
  const stop = new AbortController();
  const totals = new Map<string, number>();
  const ask = async () => {
    await clock.sleep(ASK_AFTER_MS, stop.signal);
    for (const { plan, open, counts } of states.values()) {
      if (open.kind !== "source" || counts.finished || open.runner.count === undefined) continue;
      // What a source cannot read fails its rows as well, and is told of there.
      const total = await open.runner.count(stop.signal).catch(() => undefined);
      stop.signal.throwIfAborted();
      if (total !== undefined) totals.set(plan.name, Math.min(total, limit));
    }
  };
  ask().catch(() => {}); // The run has ended.
  return { of: (step) => totals.get(step), [Symbol.dispose]: () => stop.abort() };
}
