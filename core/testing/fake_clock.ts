import { type Clock, soon } from "../runtime/mod.ts";

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Lets time pass, waking every sleeper whose time comes on the way, in order, and those that they make sleep in turn. */
  readonly advance: (ms: number) => Promise<void>;
  /** How many sleep now. */
  readonly sleeping: () => number;
}

/** How a fake clock starts. */
export interface FakeClockOptions {
  /** Milliseconds since the epoch. @default {0} */
  readonly now?: number;
}

/**
 * Makes a clock for tests: no test that uses it waits.
 *
 * @example
 * ```ts
 * import { fakeClock } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = fakeClock();
 * let isAwake = false;
 * const nap = clock.sleep(1000).then(() => isAwake = true);
 * await clock.advance(999);
 * assertEquals(isAwake, false);
 * await clock.advance(1);
 * await nap;
 * assertEquals([isAwake, clock.now()], [true, 1000]);
 * ```
 */
export function fakeClock({ now: start = 0 }: FakeClockOptions = {}): FakeClock {
  let elapsed = 0;
  const sleepers: Sleeper[] = [];
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper = { wakesAt: elapsed + Math.max(0, ms), wake: resolve };
      sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        remove(sleepers, sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  const advance = async (ms: number) => {
    if (!(ms >= 0)) throw new RangeError(`Time goes forward only: ${ms}`);
    const end = elapsed + ms;
    await settle();
    for (let next = earliest(sleepers, end); next !== undefined; next = earliest(sleepers, end)) {
      elapsed = next.wakesAt;
      remove(sleepers, next);
      next.wake();
      await settle();
    }
    elapsed = end;
  };
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    sleep,
    advance,
    sleeping: () => sleepers.length,
  };
}

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

/** The sleeper that wakes first, no later than `end`; of equals the one that lay down first. */
function earliest(sleepers: readonly Sleeper[], end: number): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers) {
    if (sleeper.wakesAt <= end && (first === undefined || sleeper.wakesAt < first.wakesAt)) first = sleeper;
  }
  return first;
}

function remove(sleepers: Sleeper[], sleeper: Sleeper): void {
  const index = sleepers.indexOf(sleeper);
  if (index >= 0) sleepers.splice(index, 1);
}

/** Lets everything that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}
