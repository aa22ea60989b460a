import { FastDistillError } from "../errors/mod.ts";
import { onAbort } from "./_on_abort.ts";

/** An amount of what a budget counts. */
export interface Spending {
  /** US dollars. */
  readonly usd: number;
  /** Input and output together. */
  readonly tokens: number;
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
  /** What was spent so far. */
  readonly spent: () => Spending;
}

/** Upper limits; what is absent is not limited. */
export type SpendingLimits = { readonly [Name in keyof Spending]?: number | undefined };

const NAMES = ["usd", "tokens", "requests"] as const;
const NOTHING: Spending = { usd: 0, tokens: 0, requests: 0 };
/** Absorbs the rounding of repeated floating-point addition: a tenth of a billionth of a dollar. */
const ROUNDING = 1e-10;

interface Waiting {
  readonly worst: Spending;
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (cause: unknown) => void;
  /** Stops heeding the signal. */
  readonly admit: () => void;
}

/** A budget ledger within this process. Requests are served strictly in the order in which they came. */
export class LocalBudgetLedger implements BudgetLedger {
  readonly #limits: SpendingLimits;
  readonly #waiting: Waiting[] = [];
  #spent: Spending = NOTHING;
  #reserved: Spending = NOTHING;
  #reservations = 0;
  #exhausted: FastDistillError | undefined;

  /** Starts with nothing spent. */
  constructor(limits: SpendingLimits) {
    this.#limits = limits;
  }

  reserve = (worst: Spending, signal: AbortSignal): Promise<Reservation> => {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const admit = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        this.#serve();
      });
      const waiting: Waiting = { worst, resolve, reject, admit };
      this.#waiting.push(waiting);
      this.#serve();
    });
  };

  spent = (): Spending => this.#spent;

  #serve(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const short = NAMES.find((name) => this.#isShort(name, first.worst));
      if (this.#exhausted === undefined && short !== undefined) {
        if (this.#reservations > 0) return;
        this.#exhausted = this.#exhaustion(short, first.worst);
      }
      this.#waiting.shift();
      first.admit();
      if (this.#exhausted !== undefined) first.reject(this.#exhausted);
      else first.resolve(this.#grant(first.worst));
    }
  }

  #isShort(name: keyof Spending, worst: Spending): boolean {
    const limit = this.#limits[name];
    return limit !== undefined && this.#spent[name] + this.#reserved[name] + worst[name] > limit + ROUNDING;
  }

  #grant(worst: Spending): Reservation {
    this.#reserved = add(this.#reserved, worst, 1);
    this.#reservations++;
    let isHeld = true;
    return {
      settle: (actual) => this.#spent = add(this.#spent, actual, 1),
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#reservations--;
        this.#reserved = this.#reservations === 0 ? NOTHING : add(this.#reserved, worst, -1);
        this.#serve();
      },
    };
  }

  #exhaustion(name: keyof Spending, worst: Spending): FastDistillError {
    const figure = (value: number) => name === "usd" ? `${value.toFixed(6)} USD` : `${value} ${name}`;
    const message =
      `The budget of ${figure(this.#limits[name]!)} is used up: ${
        figure(this.#spent[name])
      } spent, and the next call ` +
      `may need ${figure(worst[name])}`;
    return new FastDistillError("budget.exhausted", message, {
      hint: "Raise the budget and run again: finished work is kept and paid only once",
      context: { limit: this.#limits[name], spent: this.#spent[name], wanted: worst[name], of: name },
    });
  }
}

function add(a: Spending, b: Spending, sign: 1 | -1): Spending {
  return {
    usd: a.usd + sign * b.usd,
    tokens: a.tokens + sign * b.tokens,
    requests: a.requests + sign * b.requests,
  };
}
