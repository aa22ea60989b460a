import type { HedgeConfig, ProviderLimits } from "../config/mod.ts";
import {
  AdaptiveLimiter,
  CallCap,
  Hedging,
  type Lease,
  type LeaseRequest,
  type LimitChange,
  type Limiter,
} from "../gateway/mod.ts";
import type { Clock } from "../runtime/mod.ts";

/** What a limiter of an endpoint keeps to. */
type Pace = Pick<ProviderLimits, "concurrency" | "adaptive" | "rpm" | "tpm">;

/** What {@linkcode SharedLimiters} are opened with. */
export interface SharedLimitersOptions {
  readonly clock: Clock;
  /** Calls in flight at once over all endpoints. @default {not limited} */
  readonly concurrency?: number | undefined;
}

/**
 * The limiters of a run's endpoints. Providers that share an endpoint share its limiter, which keeps to the strictest
 * of what each of them states, whichever was opened first.
 */
export class SharedLimiters {
  readonly #clock: Clock;
  readonly #cap: CallCap | undefined;
  readonly #shared: Map<string, SharedLimiter> = new Map();

  /** No endpoint is known yet. */
  constructor({ clock, concurrency }: SharedLimitersOptions) {
    this.#clock = clock;
    this.#cap = concurrency === undefined ? undefined : new CallCap(concurrency);
  }

  /** The limiter of an endpoint; all providers join before the first call. The first one is told of changes. */
  join(endpoint: string, limits: Pace, onChange?: (change: LimitChange) => void): Limiter {
    const known = this.#shared.get(endpoint) ??
      new SharedLimiter({ clock: this.#clock, cap: this.#cap, onChange });
    this.#shared.set(endpoint, known);
    known.restrict(limits);
    return known;
  }
}

interface Given {
  readonly clock: Clock;
  readonly cap: CallCap | undefined;
  readonly onChange: ((change: LimitChange) => void) | undefined;
}

/** A limiter that is made when the first call comes, because until then further providers may restrict it. */
class SharedLimiter implements Limiter {
  readonly #given: Given;
  #limits: Pace | undefined;
  #limiter: AdaptiveLimiter | undefined;

  constructor(given: Given) {
    this.#given = given;
  }

  acquire = (request: LeaseRequest): Promise<Lease> => this.#opened().acquire(request);
  tryAcquire = (request: LeaseRequest): Lease | undefined => this.#opened().tryAcquire(request);
  isTimed = (): boolean => this.#limiter?.isTimed() ?? false;
  window = (): number => this.#opened().window();
  headroom = (request: LeaseRequest): number => this.#opened().headroom(request);
  isDown = (): boolean => this.#limiter?.isDown() ?? false;
  pausedMs = (): number => this.#limiter?.pausedMs() ?? 0;

  restrict(limits: Pace): void {
    this.#limits = this.#limits === undefined ? limits : strictest(this.#limits, limits);
  }

  #opened(): AdaptiveLimiter {
    const { concurrency, adaptive, rpm, tpm } = this.#limits!;
    return this.#limiter ??= new AdaptiveLimiter({ ...this.#given, concurrency, adaptive, rpm, tpm });
  }
}

function strictest(one: Pace, other: Pace): Pace {
  return {
    concurrency: Math.min(one.concurrency, other.concurrency),
    adaptive: one.adaptive || other.adaptive,
    rpm: least(one.rpm, other.rpm),
    tpm: least(one.tpm, other.tpm),
  };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? one ?? other : Math.min(one, other);
}

/** Hedging as the pipeline states it. */
export function openHedging({ after, max_share, max_usd }: HedgeConfig): Hedging {
  const when = typeof after === "number" ? { ms: after } : { quantile: Number(after.slice(1)) / 100 };
  return new Hedging({ after: when, maxShare: max_share, maxUsd: max_usd });
}
