import type { Clock } from "../../../core/runtime/mod.ts";

/** Rounds of microtasks after which everything that an event set off has run. */
const SETTLE_ROUNDS = 12;

interface Event {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** A clock whose time passes from event to event, so that minutes take milliseconds. */
export class VirtualTime implements Clock {
  readonly #heap: Event[] = [];
  #now = 0;
  #order = 0;

  now = (): number => this.#now;
  monotonic = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const event = this.after(ms, resolve);
      signal?.addEventListener("abort", () => {
        event.run = undefined;
        reject(signal.reason);
      }, { once: true });
    });

  /** Runs something after a while. */
  after(ms: number, run: () => void): Event {
    const event = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#push(event);
    return event;
  }

  /** Lets time pass until nothing more happens before `end`. */
  async run(end: number): Promise<void> {
    await settle();
    while (await this.#passTo(end)) {
      // What is still under way when nothing is left to happen ends then, not at the end of time.
      for (let round = 0; round < SETTLE_ROUNDS; round++) await settle();
    }
    this.#now = end;
  }

  /** Whether anything happened. */
  async #passTo(end: number): Promise<boolean> {
    let hasPassed = false;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      if (next.run === undefined) continue;
      hasPassed = true;
      this.#now = next.at;
      next.run();
      await settle();
    }
    return hasPassed;
  }

  #push(event: Event): void {
    let index = this.#heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(this.#heap[parent]!, event)) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = event;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    const size = this.#heap.length;
    if (size === 0) return;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (isBefore(last, this.#heap[child]!)) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

async function settle(): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round++) await undefined;
}
