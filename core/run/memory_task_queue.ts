import type { JsonObject } from "../record/mod.ts";
import { type Clock, systemClock } from "../runtime/mod.ts";
import type { QueuedTask, TaskEnd, TaskLease, TaskQueue } from "./task_queue.ts";

/** How a queue within the process works. */
export interface MemoryTaskQueueOptions {
  /** By which leases run out. @default {systemClock} */
  readonly clock?: Clock;
  /** Milliseconds after which a task is given out again, unless its lease is renewed. @default {30000} */
  readonly leaseMs?: number;
  /** How often a task is tried in all. @default {10} */
  readonly attempts?: number;
  /** Open tasks from which on adding waits. @default {10000} */
  readonly capacity?: number;
}

interface Entry {
  readonly task: QueuedTask;
  readonly order: number;
  attempt: number;
  /** Tasks before it that did not end. */
  open: number;
  /** Tasks that wait for it. */
  readonly then: Entry[];
  readonly ended: PromiseWithResolvers<TaskEnd>;
  end: TaskEnd | undefined;
  /** Stops the clock of the lease that holds now. */
  lease: AbortController | undefined;
}

interface Waiter {
  readonly give: (entry: Entry | undefined) => void;
}

/**
 * A task queue within the process. A run in one process joins its segments as streams and needs none; this is what hands
 * segments out as jobs can be written and tested against before there is another machine.
 */
export class MemoryTaskQueue implements TaskQueue {
  readonly #options: Required<MemoryTaskQueueOptions>;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #ready: Map<string, Entry[]> = new Map();
  readonly #waiters: Map<string, Set<Waiter>> = new Map();
  #open = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  /** Starts with no tasks. */
  constructor(options: MemoryTaskQueueOptions = {}) {
    this.#options = { clock: systemClock, leaseMs: 30_000, attempts: 10, capacity: 10_000, ...options };
  }

  /** See {@linkcode TaskQueue}. */
  add = async (tasks: readonly QueuedTask[]): Promise<void> => {
    while (this.#open >= this.#options.capacity && !this.#isClosed) {
      this.#room ??= Promise.withResolvers<void>();
      await this.#room.promise;
    }
    const known = new Set(this.#entries.keys());
    for (const { id, after = [] } of tasks) {
      const missing = after.find((before) => !known.has(before));
      if (missing !== undefined) {
        throw new RangeError(`Task "${id}" waits for "${missing}", which was not added before it`);
      }
      known.add(id);
    }
    for (const task of tasks) if (!this.#entries.has(task.id)) this.#enter(task);
  };

  /** See {@linkcode TaskQueue}. */
  lease = async (queue: string, signal: AbortSignal): Promise<TaskLease | undefined> => {
    signal.throwIfAborted();
    if (this.#isClosed) return undefined;
    const entry = this.#ready.get(queue)?.shift() ?? await this.#wait(queue, signal);
    return entry === undefined ? undefined : this.#giveOut(entry);
  };

  /** See {@linkcode TaskQueue}. */
  end = async (id: string, signal: AbortSignal): Promise<TaskEnd> => {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RangeError(`No task has the id "${id}"`);
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([entry.ended.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };

  /** See {@linkcode TaskQueue}. */
  close = (): Promise<void> => {
    this.#isClosed = true;
    for (const waiters of this.#waiters.values()) for (const { give } of [...waiters]) give(undefined);
    for (const { lease } of this.#entries.values()) lease?.abort();
    this.#room?.resolve();
    return Promise.resolve();
  };

  #enter(task: QueuedTask): void {
    const before = (task.after ?? []).map((id) => this.#entries.get(id)!);
    const entry: Entry = {
      task,
      order: this.#entries.size,
      attempt: 0,
      open: 0,
      then: [],
      ended: Promise.withResolvers<TaskEnd>(),
      end: undefined,
      lease: undefined,
    };
    this.#entries.set(task.id, entry);
    this.#open++;
    for (const one of before) {
      if (one.end !== undefined) continue;
      entry.open++;
      one.then.push(entry);
    }
    if (entry.open === 0) this.#makeReady(entry);
  }

  #makeReady(entry: Entry): void {
    const { queue } = entry.task;
    const [waiter] = this.#waiters.get(queue) ?? [];
    if (waiter !== undefined) return waiter.give(entry);
    const ready = this.#ready.get(queue) ?? [];
    this.#ready.set(queue, ready);
    let [low, high] = [0, ready.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (goesFirst(entry, ready[middle]!)) high = middle;
      else low = middle + 1;
    }
    ready.splice(low, 0, entry);
  }

  #wait(queue: string, signal: AbortSignal): Promise<Entry | undefined> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(queue) ?? new Set();
      this.#waiters.set(queue, waiters);
      const forget = () => {
        waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        forget();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        give: (entry) => {
          forget();
          resolve(entry);
        },
      };
      waiters.add(waiter);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #giveOut(entry: Entry): TaskLease {
    entry.attempt++;
    let held = this.#holdLease(entry);
    const holds = () => entry.lease === held && !this.#isClosed;
    const once = (settle: () => void): Promise<boolean> => {
      if (!holds()) return Promise.resolve(false);
      held.abort();
      entry.lease = undefined;
      settle();
      return Promise.resolve(true);
    };
    const failed = (message: string) => once(() => this.#giveBack(entry, message));
    return {
      task: entry.task,
      attempt: entry.attempt,
      before: new Map((entry.task.after ?? []).map((id) => [id, this.#entries.get(id)!.end!])),
      renew: () => {
        if (!holds()) return Promise.resolve(false);
        held.abort();
        held = this.#holdLease(entry);
        return Promise.resolve(true);
      },
      done: (result: JsonObject) => once(() => this.#end(entry, { state: "done", result })),
      failed,
      [Symbol.asyncDispose]: async () => void await failed("given back without a word"),
    };
  }

  #holdLease(entry: Entry): AbortController {
    const lease = entry.lease = new AbortController();
    const { clock, leaseMs } = this.#options;
    clock.sleep(leaseMs, lease.signal).then(() => {
      if (entry.lease !== lease) return;
      entry.lease = undefined;
      this.#giveBack(entry, `its lease of ${leaseMs} ms ran out`);
    }, () => {}); // It was settled or renewed before.
    return lease;
  }

  #giveBack(entry: Entry, message: string): void {
    const { attempt } = entry;
    if (attempt < this.#options.attempts) this.#makeReady(entry);
    else this.#end(entry, { state: "failed", message, attempts: attempt });
  }

  #end(entry: Entry, end: TaskEnd): void {
    entry.end = end;
    entry.ended.resolve(end);
    this.#open--;
    for (const next of entry.then) if (--next.open === 0) this.#makeReady(next);
    entry.then.length = 0;
    if (this.#open >= this.#options.capacity) return;
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function goesFirst({ task: { priority = 0 }, order }: Entry, other: Entry): boolean {
  const theirs = other.task.priority ?? 0;
  return priority > theirs || (priority === theirs && order < other.order);
}
