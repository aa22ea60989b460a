/** An amount of what a budget counts. */
export interface Spending {
  /** US dollars. */
  readonly usd: number;
  /** Input and output together. */
  readonly tokens: number;
  /** Attempts of calls. */
  readonly requests: number;
}

/** Money set aside for a call; what is not settled flows back when it is disposed. */
export interface Reservation extends Disposable {
  /** States what was really spent. */
  readonly settle: (actual: Spending) => void;
}

/** Keeps a budget from being overspent. One of the five interfaces at which the runtime can be cut. */
export interface BudgetLedger {
  /**
   * Sets the worst case aside, waiting for calls in flight when only they stand in the way.
   * @throws {FastDistillError} `budget.exhausted`, from then on for everyone
   */
  readonly reserve: (worst: Spending, signal: AbortSignal) => Promise<Reservation>;
  /** Sets the worst case aside if there is room now and nobody waits for it; without it no call is hedged. */
  readonly tryReserve?: (worst: Spending) => Reservation | undefined;
  /** What was spent so far. */
  readonly spent: () => Spending;
}
