import { FastDistillError } from "../errors/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import { type CircuitBreaker, isGivenUp, isOpen } from "./_circuit_breaker.ts";
import { afterWait } from "./_congestion.ts";
import type { CallCap } from "./call_cap.ts";
import { LeaseQueue } from "./_lease_queue.ts";
import {
  controlAfterEnd,
  controlAfterSend,
  type Flight,
  type LoadControl,
  openLoadControl,
  paceOf,
  windowOf,
} from "./_load_control.ts";
import { onAbort } from "./_on_abort.ts";
import { Quotas } from "./_quotas.ts";
import type { CallOutcome, Lease, LeaseRequest, Limiter } from "./limiter.ts";

/** Its multiples modulo 1 are spread evenly. */
const GOLDEN_RATIO = 0.6180339887498949;
const WINDOW_CHANGE = 0.25;
const TELL_EVERY_MS = 1_000;

/** What an adaptive limiter keeps to. */
export interface AdaptiveLimiterOptions {
  readonly clock: Clock;
  /** Calls in flight at once, at most. */
  readonly concurrency: number;
  /** Whether fewer calls are sent than allowed when the endpoint shows that they are too many. @default {true} */
  readonly adaptive?: boolean | undefined;
  /** Calls a minute, at most. */
  readonly rpm?: number | undefined;
  /** Input and output tokens a minute, at most. */
  readonly tpm?: number | undefined;
  /** Told when the number of calls let through changes much, and when the circuit opens or closes. */
  readonly onChange?: ((change: LimitChange) => void) | undefined;
  /** What all endpoints of a run share. */
  readonly cap?: CallCap | undefined;
}

/** What a limiter has learned of its endpoint. */
export type LimitChange =
  | { readonly kind: "window"; readonly limit: number; readonly before: number }
  | { readonly kind: "opened"; readonly failures: number }
  | { readonly kind: "closed"; readonly downMs: number };

/** What a limiter lets through now. */
export interface LimiterState {
  /** Calls that may be in flight. */
  readonly window: number;
  /** Calls a second; infinite while no limit is known. */
  readonly pace: number;
  readonly inFlight: number;
  readonly waiting: number;
}

interface Waiting extends LeaseRequest {
  readonly since: number;
  readonly grant: (lease: Lease) => void;
  readonly reject: (cause: unknown) => void;
  /** Stops heeding the signal. */
  readonly forget: () => void;
}

/** Why nothing is sent now: `window` and `cap` end when a call ends, the others after so many milliseconds. */
interface Obstacle {
  readonly by: "window" | "cap" | "pace" | "quota" | "pause" | "breaker";
  readonly ms: number;
}

/**
 * Finds out how many calls an endpoint takes, and keeps a little below: triples until the first sign, learns from
 * refusals whether calls at once or calls a second are limited, from latency and throughput whether calls queue
 * silently, follows advertised quotas, and keeps calls away from an endpoint that is down.
 */
export class AdaptiveLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #waiting = new LeaseQueue<Waiting>();
  /** Those of them that have somebody else to ask. */
  readonly #mobile = new Set<Waiting>();
  readonly #quotas: Quotas;
  readonly #cap: CallCap | undefined;
  readonly #sent = new Map<number, number>();
  #control: LoadControl;
  #inFlight = 0;
  #isPaced = false;
  readonly #onChange: AdaptiveLimiterOptions["onChange"];
  #toldWindow: number;
  #toldAt = -Infinity;
  #wake: { readonly at: number; readonly abort: AbortController } | undefined;

  /** @throws {RangeError} when `concurrency` is not a positive whole number, or a rate is not positive */
  constructor({ clock, concurrency, adaptive = true, rpm, tpm, cap, onChange }: AdaptiveLimiterOptions) {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`A limiter lets at least one call through, found ${concurrency}`);
    }
    this.#clock = clock;
    this.#quotas = new Quotas({ rpm, tpm }, clock.monotonic());
    this.#control = openLoadControl({ ceiling: concurrency, isAdaptive: adaptive }, clock.monotonic());
    this.#onChange = onChange;
    this.#toldWindow = windowOf(this.#control);
    this.#cap = cap;
    cap?.join({ next: () => this.#next(), admit: () => this.#admit() });
  }

  acquire = (request: LeaseRequest): Promise<Lease> => {
    return new Promise((grant, reject) => {
      request.signal.throwIfAborted();
      const { priority, signal, tokens = 0, isNested = false, mayGoElsewhere = false } = request;
      const forget = onAbort(signal, () => {
        this.#remove(waiting);
        reject(signal.reason);
        this.#admit();
      });
      const since = this.#clock.monotonic();
      const waiting = { priority, signal, tokens, isNested, since, grant, reject, forget };
      this.#waiting.push(waiting);
      if (mayGoElsewhere) this.#mobile.add(waiting);
      this.#admit();
    });
  };

  tryAcquire = (request: LeaseRequest): Lease | undefined => {
    const at = this.#clock.monotonic();
    const isBusy = this.#waiting.size > 0 || isOpen(this.#control.breaker);
    return isBusy || this.#obstacle(request, at) !== undefined
      ? undefined
      : this.#take(request, { at, waitedMs: 0 });
  };

  headroom = (request: LeaseRequest): number => {
    const at = this.#clock.monotonic();
    const { breaker } = this.#control;
    if (this.#waiting.size > 0) return 0;
    if (isOpen(breaker)) return at >= breaker.probesAt ? Infinity : 0;
    if (this.#obstacle(request, at) !== undefined) return 0;
    const free = windowOf(this.#control) - this.#inFlight;
    return Math.max(1, Math.min(free, this.#quotas.room(request)));
  };

  /** Whether its circuit is open. */
  isDown = (): boolean => isOpen(this.#control.breaker);

  /** What it lets through now. */
  state = (): LimiterState => ({
    window: windowOf(this.#control),
    pace: paceOf(this.#control),
    inFlight: this.#inFlight,
    waiting: this.#waiting.size,
  });

  /** Whether a timer will let the next call through. */
  isTimed = (): boolean => this.#wake !== undefined;

  /** Milliseconds until the end of a pause, or the next look at an endpoint that is down; 0 while one is under way. */
  pausedMs = (): number => {
    const { breaker, congestion } = this.#control;
    const until = isOpen(breaker) ? breaker.probesAt : congestion.resumesAt;
    return until === Infinity ? 0 : Math.max(0, until - this.#clock.monotonic());
  };

  /** Calls that may be in flight now. */
  window = (): number => windowOf(this.#control);

  #admit(): void {
    for (let first = this.#next(); first !== undefined; first = this.#next()) {
      const at = this.#clock.monotonic();
      const obstacle = this.#obstacle(first, at);
      if (obstacle === undefined) {
        this.#send(first, at);
        continue;
      }
      if (obstacle.by === "breaker") {
        const away = isGivenUp(this.#control.breaker, at) ? [first] : [...this.#mobile];
        for (const one of away) this.#sendAway(one, at);
        if (away.length > 0) continue;
      }
      return this.#waitFor(obstacle, at);
    }
    this.#cancelWake();
  }

  /** The one whose turn it is. Probes come from all over the queue: calls that fail by themselves may fill its ends. */
  #next(): Waiting | undefined {
    const { breaker } = this.#control;
    const isProbe = isOpen(breaker) && this.#clock.monotonic() >= breaker.probesAt;
    return isProbe ? this.#waiting.peekAt(breaker.failures * GOLDEN_RATIO % 1) : this.#waiting.peek();
  }

  #obstacle(first: LeaseRequest, at: number): Obstacle | undefined {
    const { breaker, congestion } = this.#control;
    if (isOpen(breaker) && at < breaker.probesAt) return { by: "breaker", ms: breaker.probesAt - at };
    if (at < congestion.resumesAt) return { by: "pause", ms: congestion.resumesAt - at };
    if (first.isNested !== true) {
      if (this.#inFlight >= windowOf(this.#control)) return { by: "window", ms: Infinity };
      if (this.#cap?.isFull === true) return { by: "cap", ms: Infinity };
    }
    const pace = this.#quotas.paceWait(paceOf(this.#control), at);
    if (pace > 0) return { by: "pace", ms: pace };
    const quota = this.#quotas.wait(first, at);
    return quota > 0 ? { by: "quota", ms: quota } : undefined;
  }

  #waitFor({ by, ms }: Obstacle, at: number): void {
    if (by === "window" || by === "pace") this.#raise(by, at);
    if (by === "pace") this.#isPaced = true;
    if (ms === Infinity) return this.#cancelWake();
    // A timer that rounds down must not wake too early over and over.
    this.#wakeAt(at + Math.max(ms, 0.01));
  }

  #raise(by: "window" | "pace", at: number): void {
    const window = windowOf(this.#control);
    this.#control = { ...this.#control, congestion: afterWait(this.#control.congestion, by, at) };
    if (by === "window" && windowOf(this.#control) > window) this.#wakeAt(at);
  }

  #remove(waiting: Waiting): void {
    this.#waiting.remove(waiting);
    this.#mobile.delete(waiting);
    waiting.forget();
  }

  #send(first: Waiting, at: number): void {
    this.#remove(first);
    first.grant(this.#take(first, { at, waitedMs: at - first.since }));
  }

  #take(request: LeaseRequest, { at, waitedMs }: { readonly at: number; readonly waitedMs: number }): Lease {
    const { priority } = request;
    const index = this.#sent.get(priority) ?? 0;
    this.#sent.set(priority, index + 1);
    const isProbe = isOpen(this.#control.breaker);
    const call = { sentAt: at, inFlight: ++this.#inFlight, isPaced: this.#isPaced, priority, index, isProbe };
    this.#cap?.take();
    this.#isPaced = false;
    this.#control = controlAfterSend(this.#control);
    const settle = this.#quotas.send(request, at);
    return this.#lease(call, { waitedMs, settle });
  }

  #lease(
    call: Flight,
    { waitedMs, settle }: { readonly waitedMs: number; readonly settle: (outcome: CallOutcome) => void },
  ): Lease {
    let isTold = false;
    let isHeld = true;
    const end = (outcome: CallOutcome | undefined) => {
      if (isTold) return;
      isTold = true;
      const at = this.#clock.monotonic();
      const { congestion: { cutAt }, breaker } = this.#control;
      this.#control = controlAfterEnd(this.#control, { call, outcome, at });
      if (this.#onChange !== undefined) this.#tell(breaker, at);
      if (this.#control.congestion.cutAt !== cutAt) this.#quotas.restartPace(this.#control.congestion);
      if (outcome !== undefined) settle(outcome);
    };
    return {
      waited_ms: waitedMs,
      report: end,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#inFlight--;
        end(undefined);
        this.#cap?.giveBack();
        this.#admit();
      },
    };
  }

  /** A window moves with every answer: told is what changed it by a quarter, once a second at most. */
  #tell(before: CircuitBreaker, at: number): void {
    const { breaker } = this.#control;
    if (isOpen(breaker) && !isOpen(before)) this.#onChange?.({ kind: "opened", failures: breaker.failures });
    if (!isOpen(breaker) && isOpen(before)) {
      this.#onChange?.({ kind: "closed", downMs: at - before.openedAt });
    }
    const limit = windowOf(this.#control);
    const change = Math.abs(limit - this.#toldWindow);
    if (change < WINDOW_CHANGE * this.#toldWindow || change === 0 || at - this.#toldAt < TELL_EVERY_MS) {
      return;
    }
    this.#onChange?.({ kind: "window", limit, before: this.#toldWindow });
    [this.#toldWindow, this.#toldAt] = [limit, at];
  }

  #sendAway(first: Waiting, at: number): void {
    this.#remove(first);
    const { failures, openedAt } = this.#control.breaker;
    const seconds = Math.round((at - openedAt) / 1_000);
    const message = `Waited for the endpoint to come back, found it down for ${seconds} s`;
    // Not to be tried again: each try of each row would wait, one after the other, for what is known to be down.
    first.reject(
      new FastDistillError("provider.unavailable", message, { context: { failures }, retryable: false }),
    );
  }

  #wakeAt(at: number): void {
    if (this.#wake !== undefined && this.#wake.at <= at) return;
    this.#cancelWake();
    const abort = new AbortController();
    this.#wake = { at, abort };
    this.#clock.sleep(at - this.#clock.monotonic(), abort.signal).then(() => {
      if (this.#wake?.abort !== abort) return;
      this.#wake = undefined;
      this.#admit();
    }, () => {}); // Woken for another reason.
  }

  #cancelWake(): void {
    this.#wake?.abort.abort();
    this.#wake = undefined;
  }
}
