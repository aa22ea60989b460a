import type { Clock } from "../runtime/mod.ts";
import type { Spending } from "./budget_ledger.ts";

/** What a budget is for: the whole run, one provider or one step. */
export type BudgetScope = "run" | "provider" | "step";

/** Upper limits of a budget; what is absent is not limited. */
export interface BudgetLimits {
  /** US dollars. */
  readonly usd?: number | undefined;
  /** Input and output tokens together. */
  readonly tokens?: number | undefined;
  /** Attempts of calls, failed ones among them. */
  readonly requests?: number | undefined;
  /** Seconds of wall time: of a run from its start, of a provider or step from its first call. */
  readonly seconds?: number | undefined;
}

/** What a budget can limit. */
export type BudgetUnit = "usd" | "tokens" | "requests" | "seconds";

/** How far one limit is used. */
export interface BudgetUse {
  /** Whose limit it is. */
  readonly scope: BudgetScope;
  /** Of the provider or step; `null` for the run. */
  readonly name: string | null;
  /** What is limited. */
  readonly of: BudgetUnit;
  /** As the pipeline states it. */
  readonly limit: number;
  /** What was spent; nothing that is only set aside. */
  readonly spent: number;
}

/** Told when a share of a limit is passed: 0.5, 0.8 and 0.95, each once. */
export type BudgetAlertListener = (alert: BudgetUse & { readonly share: number }) => void;

const NAMES = ["usd", "tokens", "requests"] as const;
/** Nothing spent. */
export const NO_SPENDING: Spending = { usd: 0, tokens: 0, requests: 0 };
/** Absorbs the rounding of repeated floating-point addition: a tenth of a billionth of a dollar. */
const ROUNDING = 1e-10;
/** Figures are shown without the rounding of repeated addition. */
const DIGITS = 12;
const ALERT_SHARES = [0.5, 0.8, 0.95] as const;

/** What a {@linkcode BudgetAccount} is made from. */
export interface BudgetAccountOptions {
  /** Whose limit it is. */
  readonly scope: BudgetScope;
  readonly name: string | null;
  readonly limits: BudgetLimits;
  readonly clock: Clock;
  readonly onAlert: BudgetAlertListener;
}

/** One budget: its limits, what was spent, and what is set aside for calls in flight. */
export class BudgetAccount {
  readonly #options: BudgetAccountOptions;
  readonly #alerted: Map<BudgetUnit, number> = new Map();
  #spent: Spending = NO_SPENDING;
  #reserved: Spending = NO_SPENDING;
  /** Everything that was ever set aside and let go of. */
  #released: Spending = NO_SPENDING;
  #reservations = 0;
  #since: number | undefined;

  /** Starts with nothing spent. */
  constructor(options: BudgetAccountOptions) {
    this.#options = options;
  }

  /** How many calls have something set aside. */
  get reservations(): number {
    return this.#reservations;
  }

  /** What was spent so far. */
  get spent(): Spending {
    return this.#spent;
  }

  /** What is set aside; never negative. */
  get reserved(): Spending {
    return this.#reserved;
  }

  /** Starts the clock of the limit on time, once. */
  start(): void {
    this.#since ??= this.#options.clock.monotonic();
  }

  /** The first limit that would not hold any more if so much were set aside as well. */
  shortOf(need: Spending): BudgetUnit | undefined {
    const { limits } = this.#options;
    if (limits.seconds !== undefined && this.#seconds() >= limits.seconds) return "seconds";
    return NAMES.find((name) => {
      const limit = limits[name];
      return limit !== undefined && this.#spent[name] + this.#reserved[name] + need[name] > limit + ROUNDING;
    });
  }

  /** Sets aside. */
  reserve(worst: Spending): void {
    this.#reserved = addSpending(this.#reserved, worst);
    this.#reservations++;
  }

  /** Lets go of what was set aside. */
  release(worst: Spending): void {
    this.#reservations--;
    this.#released = addSpending(this.#released, worst);
    const rest = addSpending(this.#reserved, worst, -1);
    // Rounding must not leave anything, nor less than nothing.
    this.#reserved = this.#reservations === 0 ? NO_SPENDING : { ...rest, usd: Math.max(0, rest.usd) };
  }

  /** Takes note of what was spent. */
  settle(actual: Spending): void {
    this.#spent = addSpending(this.#spent, actual);
    this.#alert();
  }

  /** How far each limit is used. */
  uses(): readonly BudgetUse[] {
    const { scope, name, limits } = this.#options;
    return [...NAMES, "seconds" as const].flatMap((of) => {
      const limit = limits[of];
      const exact = of === "seconds" ? this.#seconds() : this.#spent[of];
      const spent = Number(exact.toPrecision(DIGITS));
      return limit === undefined ? [] : [{ scope, name, of, limit, spent }];
    });
  }

  /** Share of the limit that is nearest to its end, from 0. */
  share(): number {
    return Math.max(0, ...this.uses().map(shareOf));
  }

  /** The share once calls in flight and one more have settled, if they take of their worst case what others took. */
  expectedShare(worst: Spending): number {
    const { limits } = this.#options;
    const shares = NAMES.flatMap((name) => {
      const limit = limits[name];
      if (limit === undefined || limit === 0) return [];
      const taken = this.#released[name] === 0 ? 1 : Math.min(1, this.#spent[name] / this.#released[name]);
      return [(this.#spent[name] + taken * (this.#reserved[name] + worst[name])) / limit];
    });
    return Math.max(this.share(), ...shares);
  }

  #seconds(): number {
    return this.#since === undefined ? 0 : (this.#options.clock.monotonic() - this.#since) / 1_000;
  }

  #alert(): void {
    for (const use of this.uses()) {
      const share = ALERT_SHARES.findLast((one) => shareOf(use) >= one);
      if (share === undefined || share <= (this.#alerted.get(use.of) ?? 0)) continue;
      this.#alerted.set(use.of, share);
      this.#options.onAlert({ ...use, share });
    }
  }
}

/** The sum, or with `sign` -1 the difference. */
export function addSpending(a: Spending, b: Spending, sign: 1 | -1 = 1): Spending {
  return {
    usd: a.usd + sign * b.usd,
    tokens: a.tokens + sign * b.tokens,
    requests: a.requests + sign * b.requests,
  };
}

function shareOf({ spent, limit }: BudgetUse): number {
  return limit === 0 ? 1 : spent / limit;
}
