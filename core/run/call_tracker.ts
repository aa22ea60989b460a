import type { CallPhase, Limiter } from "../gateway/mod.ts";
import { type ProviderProgress, ProviderUse, type ProviderUseReport } from "../report/mod.ts";

/** What a call may wait for. */
export type CallWait = Exclude<CallPhase, "done">;

/** Calls of one step that wait for the same thing. */
export interface WaitingCalls {
  readonly on: CallWait;
  /** Name of the provider. */
  readonly name: string;
  readonly count: number;
}

/** A provider as far as its calls are followed. */
export interface TrackedProvider {
  readonly limiter: Limiter;
  readonly concurrency: number;
}

/** Follows every call through the gateway: what each step's calls wait for now, and how much each provider was used. */
export class CallTracker {
  readonly #now: () => number;
  readonly #uses: Map<string, ProviderUse> = new Map();
  readonly #limiters: Map<string, Limiter> = new Map();
  /** By step, then by provider and phase. */
  readonly #waiting: Map<string, Map<string, Map<CallWait, number>>> = new Map();
  /** Calls that an answer or a timer will move on. */
  #moving = 0;

  /** Takes the time from a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Is told of a provider before its first call. */
  add(provider: string, { limiter, concurrency }: TrackedProvider): void {
    this.#limiters.set(provider, limiter);
    this.#uses.set(provider, new ProviderUse({ concurrency, at: this.#now() }));
  }

  /** Follows one call: the result is told of each phase. */
  follow(step: string, provider: string): (phase: CallPhase) => void {
    const counts = this.#countsOf(step, provider);
    const use = this.#uses.get(provider);
    const limiter = this.#limiters.get(provider);
    let current: CallPhase = "done";
    let since = this.#now();
    return (phase) => {
      const at = this.#now();
      if (current !== "done") counts.set(current, counts.get(current)! - 1);
      if (phase !== "done") counts.set(phase, (counts.get(phase) ?? 0) + 1);
      this.#moving += Number(isMoving(phase)) - Number(isMoving(current));
      use?.change({ from: current, to: phase, spentMs: at - since, at, window: limiter?.window?.() });
      [current, since] = [phase, at];
    };
  }

  /** A call is tried again because of this error. */
  retried(provider: string, code: string): void {
    this.#uses.get(provider)?.retried(code);
  }

  /** What the calls of a step wait for. */
  waitsOf(step: string): readonly WaitingCalls[] {
    return [...this.#waiting.get(step) ?? []].flatMap(([name, counts]) =>
      [...counts].filter(([, count]) => count > 0).map(([on, count]) => ({ on, name, count }))
    );
  }

  /** Whether an answer or a timer is under way that will move a call on. */
  get isMoving(): boolean {
    return this.#moving > 0 || [...this.#limiters.values()].some((limiter) => limiter.isTimed?.() === true);
  }

  /** How each provider is used now, and what it lets through. */
  providers(): readonly ProviderProgress[] {
    return [...this.#limiters].map(([provider, limiter]) => {
      const counts = [...this.#waiting.values()].flatMap((providers) => providers.get(provider) ?? []);
      const sum = (...phases: readonly CallWait[]) =>
        counts.reduce((total, of) => phases.reduce((sum, phase) => sum + (of.get(phase) ?? 0), total), 0);
      const pausedMs = limiter.pausedMs?.() ?? 0;
      const limit = limiter.window?.();
      return {
        provider,
        in_flight: sum("answer"),
        waiting: sum("budget", "permit", "backoff"),
        ...(limit === undefined ? {} : { limit }),
        ...(pausedMs > 0 ? { paused_ms: pausedMs } : {}),
        ...(limiter.isDown?.() === true ? { down: true } : {}),
      };
    });
  }

  /** How much each provider was used until now. */
  report(): Readonly<Record<string, ProviderUseReport>> {
    const at = this.#now();
    return Object.fromEntries([...this.#uses].map(([name, use]) => [name, use.report(at)]));
  }

  #countsOf(step: string, provider: string): Map<CallWait, number> {
    let providers = this.#waiting.get(step);
    if (providers === undefined) this.#waiting.set(step, providers = new Map());
    let counts = providers.get(provider);
    if (counts === undefined) providers.set(provider, counts = new Map());
    return counts;
  }
}

function isMoving(phase: CallPhase): boolean {
  return phase === "answer" || phase === "backoff";
}
