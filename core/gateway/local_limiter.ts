import type { Clock } from "../runtime/mod.ts";
import { onAbort } from "./_on_abort.ts";
import type { Lease, LeaseRequest, Limiter } from "./limiter.ts";

interface Waiting extends LeaseRequest {
  readonly since: number;
  readonly order: number;
  readonly grant: (lease: Lease) => void;
  /** Stops heeding the signal. */
  readonly admit: () => void;
}

/** A limiter within this process: at most `concurrency` calls at once, the highest priority first. */
export class LocalLimiter implements Limiter {
  readonly #concurrency: number;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #inFlight = 0;
  #order = 0;
  #pausedUntil = 0;
  #isWaking = false;

  /** @throws {RangeError} when `concurrency` is not a positive whole number */
  constructor(concurrency: number, clock: Clock) {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`A limiter lets at least one call through, found ${concurrency}`);
    }
    this.#concurrency = concurrency;
    this.#clock = clock;
  }

  acquire = (request: LeaseRequest): Promise<Lease> => {
    return new Promise((grant, reject) => {
      request.signal.throwIfAborted();
      const admit = onAbort(request.signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(request.signal.reason);
      });
      const waiting = { ...request, since: this.#clock.monotonic(), order: this.#order++, grant, admit };
      this.#insert(waiting);
      this.#admit();
    });
  };

  pause = (ms: number): void => {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms);
  };

  #insert(waiting: Waiting): void {
    const place = this.#waiting.findLastIndex((other) => other.priority >= waiting.priority);
    this.#waiting.splice(place + 1, 0, waiting);
  }

  #admit(): void {
    while (this.#inFlight < this.#concurrency && this.#waiting.length > 0) {
      const rest = this.#pausedUntil - this.#clock.monotonic();
      if (rest > 0) return this.#wakeAfter(rest);
      this.#grant(this.#waiting.shift()!);
    }
  }

  #grant(waiting: Waiting): void {
    waiting.admit();
    this.#inFlight++;
    let isHeld = true;
    waiting.grant({
      waited_ms: this.#clock.monotonic() - waiting.since,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#inFlight--;
        this.#admit();
      },
    });
  }

  #wakeAfter(ms: number): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#clock.sleep(ms).then(() => {
      this.#isWaking = false;
      this.#admit();
    });
  }
}
