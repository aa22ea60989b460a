import { LatencyHistogram, type LatencySummary } from "./latency_histogram.ts";

/** Where a call of a provider can be. */
export type UsePhase = "budget" | "permit" | "answer" | "backoff" | "done";

/** How much a provider was used in a run, as `timing.json` holds it. */
export interface ProviderUseReport {
  /** Calls that were sent, each attempt counted. */
  readonly calls: number;
  /** Calls in flight at once, at most, as the pipeline states it. */
  readonly concurrency: number;
  /** Calls in flight, averaged over the time of the run. */
  readonly mean_in_flight: number;
  /** The most calls that were in flight at once. */
  readonly max_in_flight: number;
  /** Share of the run during which no further call was let through, 0 to 1. */
  readonly share_at_limit: number;
  /** Attempts that were made again, by the code of the error. */
  readonly retries: Readonly<Record<string, number>>;
  /** Waiting for the budget to set money aside. */
  readonly budget_wait: LatencySummary;
  /** Waiting for a permit: concurrency, rate limits, pauses. */
  readonly permit_wait: LatencySummary;
  /** Waiting between two attempts. */
  readonly backoff: LatencySummary;
  /** From sending to the end of an attempt. */
  readonly service: LatencySummary;
}

/** A call that goes from one phase to the next. */
export interface PhaseChange {
  readonly from: UsePhase;
  readonly to: UsePhase;
  /** Milliseconds that it spent in the phase before. */
  readonly spentMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
  /** Calls that may be in flight now; the stated concurrency if absent. */
  readonly window?: number | undefined;
}

/** Sums up the use of one provider, in memory that does not grow with the calls. */
export class ProviderUse {
  readonly #concurrency: number;
  readonly #startedAt: number;
  readonly #spent: Readonly<Record<Exclude<UsePhase, "done">, LatencyHistogram>> = {
    budget: new LatencyHistogram(),
    permit: new LatencyHistogram(),
    backoff: new LatencyHistogram(),
    answer: new LatencyHistogram(),
  };
  readonly #retries: Map<string, number> = new Map();
  #calls = 0;
  #inFlight = 0;
  #maxInFlight = 0;
  #area = 0;
  #atLimitMs = 0;
  #window: number;
  #at: number;

  /** Begins at a time of the clock that all changes use. */
  constructor({ concurrency, at }: { readonly concurrency: number; readonly at: number }) {
    this.#concurrency = this.#window = concurrency;
    this.#startedAt = this.#at = at;
  }

  /** Takes note of a call that goes on. */
  change({ from, to, spentMs, at, window = this.#concurrency }: PhaseChange): void {
    if (from !== "done") this.#spent[from].add(spentMs);
    if (from !== "answer" && to !== "answer") return;
    this.#pass(at);
    this.#window = window;
    if (from === "answer") this.#inFlight--;
    if (to !== "answer") return;
    this.#calls++;
    this.#maxInFlight = Math.max(this.#maxInFlight, ++this.#inFlight);
  }

  /** An attempt is made again because of this error. */
  retried(code: string): void {
    this.#retries.set(code, (this.#retries.get(code) ?? 0) + 1);
  }

  /** All of it, until a time. */
  report(at: number): ProviderUseReport {
    this.#pass(at);
    const elapsed = Math.max(1e-9, at - this.#startedAt);
    return {
      calls: this.#calls,
      concurrency: this.#concurrency,
      mean_in_flight: this.#area / elapsed,
      max_in_flight: this.#maxInFlight,
      share_at_limit: this.#atLimitMs / elapsed,
      retries: Object.fromEntries([...this.#retries].sort(([a], [b]) => a < b ? -1 : 1)),
      budget_wait: this.#spent.budget.summary(),
      permit_wait: this.#spent.permit.summary(),
      backoff: this.#spent.backoff.summary(),
      service: this.#spent.answer.summary(),
    };
  }

  #pass(at: number): void {
    const ms = Math.max(0, at - this.#at);
    this.#area += ms * this.#inFlight;
    if (this.#inFlight >= this.#window) this.#atLimitMs += ms;
    this.#at = at;
  }
}
