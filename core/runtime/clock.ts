import { setImmediate } from "node:timers";

/** Time, handed in wherever it is needed, so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start; never goes back. */
  readonly monotonic: () => number;
  /** Resolves after a while. @throws the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, Math.max(0, ms));
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Calls back once what is ready now has run: after input and output, before any later timer. */
export function soon(callback: () => void): void {
  setImmediate(callback);
}
