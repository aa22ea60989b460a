import type { Spending } from "./budget_ledger.ts";

/** When a call that takes long is sent a second time, and how much that may cost. */
export interface HedgeLimits {
  /** A quantile of the latencies seen, such as `0.95`, or milliseconds. */
  readonly after: { readonly quantile: number } | { readonly ms: number };
  /** Share of the endpoint's calls that may be sent twice. */
  readonly maxShare: number;
  /** US dollars that second copies may cost at worst, in all. @default {not limited} */
  readonly maxUsd?: number | undefined;
}

/** Answers that must have come before a quantile says anything. */
const ANSWERS_MIN = 20;
/** Latest answers that a quantile is taken of. */
const WINDOW = 512;
/** A quantile is looked for anew after so many answers. */
const REFRESH = 16;

/** What hedging of one endpoint knows and has spent. */
export class Hedging {
  readonly #limits: HedgeLimits;
  readonly #latencies: number[] = [];
  #answers = 0;
  #quantileMs: number | undefined;
  #calls = 0;
  #hedges = 0;
  #usd = 0;

  /** @throws {RangeError} when a quantile or share is not from 0 to 1 */
  constructor(limits: HedgeLimits) {
    const { after, maxShare } = limits;
    for (const share of [maxShare, ...("quantile" in after ? [after.quantile] : [])]) {
      if (!(share >= 0 && share <= 1)) throw new RangeError(`A share is from 0 to 1, found ${share}`);
    }
    this.#limits = limits;
  }

  /** Calls sent a second time, so far. */
  get hedges(): number {
    return this.#hedges;
  }

  /** A call is sent for the first time. */
  send(): void {
    this.#calls++;
  }

  /** Notes how long a first copy took, or at least how long when its second copy was faster. */
  observe(ms: number): void {
    this.#latencies[this.#answers++ % WINDOW] = ms;
  }

  /** Milliseconds after which a call may be sent again; `undefined` while too little is known. */
  afterMs(): number | undefined {
    const { after } = this.#limits;
    if ("ms" in after) return after.ms;
    if (this.#answers < ANSWERS_MIN) return undefined;
    if (this.#quantileMs === undefined || this.#answers % REFRESH === 0) {
      const sorted = [...this.#latencies].sort((a, b) => a - b);
      this.#quantileMs = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * after.quantile))]!;
    }
    return this.#quantileMs;
  }

  /** Whether the caps leave room for one more second copy. */
  allows({ usd }: Spending): boolean {
    const { maxShare, maxUsd = Infinity } = this.#limits;
    return this.#hedges + 1 <= maxShare * this.#calls && this.#usd + usd <= maxUsd;
  }

  /** A second copy is sent: it counts at its worst. */
  hedge({ usd }: Spending): void {
    this.#hedges++;
    this.#usd += usd;
  }
}
