import { FastDistillError, isFastDistillError } from "../errors/mod.ts";

/** Decides when a run ends before its rows do. Shared by everything that works for one run. */
export class RunControl {
  readonly #abort: AbortController = new AbortController();
  readonly #stop: AbortController = new AbortController();
  #stopReason: FastDistillError | undefined;
  readonly #degraded: Set<string> = new Set();
  readonly #fallbacks: Map<string, number> = new Map();
  readonly #shedding: Set<string> = new Set();
  #isCut = false;
  #isAbandoned = false;

  /** Aborts what is in flight. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Aborted when nothing new is begun any more: calls that wait for their turn give up. */
  get admission(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether a row was left behind because the run ended before it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** A row was left behind. */
  cut(): void {
    this.#isCut = true;
  }

  /** Steps in which a cheaper provider answered than the one they name. */
  get degraded(): ReadonlySet<string> {
    return this.#degraded;
  }

  /** A cheaper provider answered in a step. */
  degrade(step: string): void {
    this.#degraded.add(step);
  }

  /** Answers from a fallback of the provider that was asked, by step. */
  get fallbacks(): ReadonlyMap<string, number> {
    return this.#fallbacks;
  }

  /** A fallback answered in a step. */
  fallBack(step: string): void {
    this.#fallbacks.set(step, (this.#fallbacks.get(step) ?? 0) + 1);
  }

  /** Steps that left rows out to save money. */
  get shedding(): ReadonlySet<string> {
    return this.#shedding;
  }

  /** A step left a row out. */
  shed(step: string): void {
    this.#shedding.add(step);
  }

  /** Why no new rows are admitted; `undefined` while they are. */
  get stopReason(): FastDistillError | undefined {
    return this.#stopReason;
  }

  /** Admits no new rows and makes no new calls; what is in flight finishes. */
  stop(reason: FastDistillError): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#stop.abort(reason);
  }

  /** Gives up what is in flight as well. */
  abort(reason: FastDistillError): void {
    this.stop(reason);
    this.#abort.abort(reason);
  }

  /** Whether the run has ended without waiting for what is in flight: nothing may be handed on any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** The run ends without what is in flight, which did not heed the signal. */
  abandon(): void {
    this.#isAbandoned = this.#isCut = true;
  }

  /** A row failed where no row may: the run ends as failed. */
  fail(error: FastDistillError): void {
    this.stop(
      new FastDistillError(error.code, error.message, {
        hint: error.hint,
        context: error.context,
        cause: error,
        location: error.location,
      }),
    );
  }

  /**
   * Whether what a row ran into ends the run rather than the row: the budget is used up, the run was aborted, or the
   * endpoint or the disk refuses every row alike. Then the row stays pending.
   */
  endsRun(thrown: unknown): boolean {
    if (this.#abort.signal.aborted || (thrown !== undefined && thrown === this.#stopReason)) return true;
    if (!isFastDistillError(thrown)) return false;
    const isFinal = thrown.code === "budget.exhausted" || FATAL.has(thrown.code) ||
      thrown.code.startsWith("store.");
    if (isFinal) this.stop(thrown);
    return isFinal;
  }
}

/** Errors that every further row would run into as well. */
const FATAL: ReadonlySet<string> = new Set([
  "provider.auth",
  "provider.model_not_found",
  "data.write_failed",
  "internal.invariant",
]);
