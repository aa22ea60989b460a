/** A limiter whose calls count against a cap. */
export interface CapMember {
  /** The call whose turn is next; `undefined` when none waits. */
  readonly next: () => { readonly priority: number; readonly since: number } | undefined;
  /** Sends what may be sent. */
  readonly admit: () => void;
}

/**
 * A limit on the calls in flight over all endpoints of a run. No call waits for it while it holds a permit of its
 * endpoint: a limiter asks for both at once. A place that becomes free goes to the deepest step, then to the call that
 * has waited longest, whichever endpoint it is for.
 */
export class CallCap {
  readonly #limit: number;
  readonly #members: CapMember[] = [];
  #inFlight = 0;

  /** @throws {RangeError} when the limit is not a positive whole number */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`A cap lets at least one call through, found ${limit}`);
    }
    this.#limit = limit;
  }

  /** Whether no further call may be sent. */
  get isFull(): boolean {
    return this.#inFlight >= this.#limit;
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Adds a limiter, for as long as the run lasts. */
  join(member: CapMember): void {
    this.#members.push(member);
  }

  /** A call is sent. */
  take(): void {
    this.#inFlight++;
  }

  /** A call ended. */
  giveBack(): void {
    this.#inFlight--;
    const waiting = this.#members.flatMap((member) => {
      const next = member.next();
      return next === undefined ? [] : [{ member, ...next }];
    });
    waiting.sort((a, b) => b.priority - a.priority || a.since - b.since);
    // Those that this place is not for may have been waiting for something else of the call that ended.
    for (const { member } of waiting) member.admit();
  }
}
