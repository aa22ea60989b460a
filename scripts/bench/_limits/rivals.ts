import type { CallOutcome, Lease, LeaseRequest, Limiter } from "../../../core/gateway/mod.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** What the rivals below share: a window of calls in flight, a pause, and an opinion on every outcome. */
interface Rules {
  /** Calls in flight. */
  readonly window: () => number;
  /** Milliseconds until the next call may go. @default {() => 0} */
  readonly waitMs?: () => number;
  readonly onSend?: (() => void) | undefined;
  readonly onOutcome?: ((outcome: CallOutcome, sentAt: number) => void) | undefined;
}

/** A limiter that serves in the order of arrival. */
class SimpleLimiter implements Limiter {
  readonly #time: VirtualTime;
  readonly #rules: Rules;
  readonly #waiting: ((lease: Lease) => void)[] = [];
  #inFlight = 0;
  #isWaking = false;

  constructor(time: VirtualTime, rules: Rules) {
    this.#time = time;
    this.#rules = rules;
  }

  acquire = (_request: LeaseRequest): Promise<Lease> =>
    new Promise((grant) => {
      this.#waiting.push(grant);
      this.#admit();
    });

  #admit(): void {
    while (this.#waiting.length > 0 && this.#inFlight < this.#rules.window()) {
      const waitMs = this.#rules.waitMs?.() ?? 0;
      if (waitMs > 0) return this.#wakeAfter(waitMs);
      this.#inFlight++;
      this.#rules.onSend?.();
      this.#waiting.shift()!(this.#lease());
    }
  }

  #wakeAfter(ms: number): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#time.after(ms, () => {
      this.#isWaking = false;
      this.#admit();
    });
  }

  #lease(): Lease {
    const sentAt = this.#time.now();
    return {
      waited_ms: 0,
      report: (outcome) => this.#rules.onOutcome?.(outcome, sentAt),
      [Symbol.dispose]: () => {
        this.#inFlight--;
        this.#admit();
      },
    };
  }
}

/** So many calls at once, whatever happens. */
export function fixedLimiter(time: VirtualTime, window: number): Limiter {
  return new SimpleLimiter(time, { window: () => window });
}

/**
 * As NVIDIA describes Data Designer: begins at the ceiling; a refusal cuts to 0.75, once for all calls that were sent
 * before; 25 answers add one; a pause of Retry-After or 2 s. Latency plays no part.
 */
export function dataDesignerLimiter(time: VirtualTime, ceiling: number): Limiter {
  let [window, answers, cutAt, pausedUntil] = [ceiling, 0, -1, 0];
  return new SimpleLimiter(time, {
    window: () => window,
    waitMs: () => pausedUntil - time.now(),
    onOutcome: (outcome, sentAt) => {
      if (outcome.kind === "ok" && ++answers >= 25) {
        answers = 0;
        window = Math.min(ceiling, window + 1);
      }
      if (outcome.kind !== "rate_limited" || sentAt <= cutAt) return;
      [cutAt, answers] = [time.now(), 0];
      window = Math.max(1, Math.floor(window * 0.75));
      pausedUntil = Math.max(pausedUntil, time.now() + (outcome.retryAfterMs ?? 2_000));
    },
  });
}

/**
 * As promptfoo's documentation and pull request describe its scheduler: begins at the ceiling; every refusal halves;
 * five answers in a row raise by half (1 to 10 in 25); Retry-After is waited for; less than a tenth of an advertised
 * quota left halves as well. Assumed here, because not stated: at most once a second.
 */
export function promptfooLimiter(time: VirtualTime, ceiling: number): Limiter {
  let [window, answers, pausedUntil, warnedAt] = [ceiling, 0, 0, -Infinity];
  const halve = () => {
    answers = 0;
    window = Math.max(1, Math.floor(window / 2));
  };
  return new SimpleLimiter(time, {
    window: () => window,
    waitMs: () => pausedUntil - time.now(),
    onOutcome: (outcome) => {
      if (outcome.kind === "rate_limited") {
        pausedUntil = Math.max(pausedUntil, time.now() + (outcome.retryAfterMs ?? 0));
        return halve();
      }
      if (outcome.kind !== "ok") return;
      const isScarce = outcome.quotas?.some(({ remaining, limit }) => remaining < limit / 10) ?? false;
      if (isScarce && time.now() - warnedAt >= 1_000) {
        warnedAt = time.now();
        return halve();
      }
      if (++answers < 5) return;
      answers = 0;
      window = Math.min(ceiling, Math.ceil(window * 1.5));
    },
  });
}

/** What Curator is told. */
export interface CuratorLimits {
  readonly rpm: number;
  readonly tpm: number;
}

/**
 * As Bespoke describes Curator: buckets of requests and tokens that hold a minute and fill continuously, looked at
 * every 100 ms; tokens estimated from the mean of past answers and corrected; a refusal pauses everything for 10 s;
 * 200 requests and 100,000 tokens a minute unless told otherwise or advertised.
 */
export function curatorLimiter(time: VirtualTime, told: CuratorLimits | undefined): Limiter {
  let { rpm, tpm } = told ?? { rpm: 200, tpm: 100_000 };
  let [requests, tokens, last, pausedUntil, mean] = [rpm, tpm, 0, 0, 1_000];
  const fill = () => {
    const minutes = (time.now() - last) / 60_000;
    last = time.now();
    requests = Math.min(rpm, requests + minutes * rpm);
    tokens = Math.min(tpm, tokens + minutes * tpm);
  };
  return new SimpleLimiter(time, {
    window: () => Infinity,
    waitMs: () => {
      fill();
      if (time.now() < pausedUntil) return pausedUntil - time.now();
      return requests >= 1 && tokens >= mean ? 0 : 100;
    },
    onSend: () => {
      requests--;
      tokens -= mean;
    },
    onOutcome: (outcome) => {
      if (outcome.kind === "rate_limited") pausedUntil = time.now() + 10_000;
      if (outcome.kind !== "ok") return;
      if (outcome.tokens !== undefined) {
        tokens += mean - outcome.tokens;
        mean += (outcome.tokens - mean) / 50;
      }
      const quota = outcome.quotas?.find(({ of }) => of === "requests");
      // Advertised is what a bucket holds and how fast it fills; Curator takes the limit a minute.
      if (told === undefined && quota !== undefined && quota.remaining < quota.limit) {
        rpm = Math.round((quota.limit - quota.remaining) / quota.resetMs * 60_000);
        tpm = tokens = 1e12;
      }
    },
  });
}
