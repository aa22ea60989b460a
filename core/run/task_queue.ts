import type { JsonObject } from "../record/mod.ts";

/** A piece of work that any worker may do, such as one segment over one batch of rows. */
export interface QueuedTask {
  /**
   * Names it, in letters, digits, `-` and `_`: adding it again does nothing, so that whoever plans work may do so twice.
   */
  readonly id: string;
  /** What kind of worker takes it, such as `cpu` or `chat-teacher`. */
  readonly queue: string;
  /** What to do. References to rows, not rows: it should stay below 10 kB. */
  readonly data: JsonObject;
  /** Higher goes first; equal ones in the order in which they were added. @default {0} */
  readonly priority?: number;
  /** Tasks that have to end before it, added before it or with it. A step that needs all rows waits for its batches. */
  readonly after?: readonly string[];
}

/** How a task ended. */
export type TaskEnd =
  | { readonly state: "done"; readonly result: JsonObject }
  | {
    readonly state: "failed";
    /** Why, the last time it was tried. */
    readonly message: string;
    readonly attempts: number;
  };

/** A task in the hands of one worker. A lease that is disposed of without a word is given back. */
export interface TaskLease extends AsyncDisposable {
  /** What is to be done. */
  readonly task: QueuedTask;
  /** How often it was given out, this time included. */
  readonly attempt: number;
  /** How those ended that it waited for, by id, in the order in which it names them. */
  readonly before: ReadonlyMap<string, TaskEnd>;
  /** Keeps the lease for another while. The result is whether it still holds. */
  readonly renew: () => Promise<boolean>;
  /** The task is done. The result is whether that counts: not where the lease ran out and another one has the task. */
  readonly done: (result: JsonObject) => Promise<boolean>;
  /** The task could not be done: it is given out again, unless it was tried as often as it may. */
  readonly failed: (message: string) => Promise<boolean>;
}

/**
 * Hands out work, at least once each: who works on a task may die, and another one gets it then. It decides nothing that
 * shows in a result: names, seeds and order come from what a task says. One of the five interfaces at which the runtime can
 * be cut.
 */
export interface TaskQueue {
  /**
   * Adds tasks that are not known yet, waiting while too many are open.
   * @throws {RangeError} for a task that waits for one that is not known
   */
  readonly add: (tasks: readonly QueuedTask[]) => Promise<void>;
  /** Waits for a task that may be done now; `undefined` once the queue is closed. @throws the signal's reason */
  readonly lease: (queue: string, signal: AbortSignal) => Promise<TaskLease | undefined>;
  /** Waits for the end of a task. @throws {RangeError} when it is not known; the signal's reason */
  readonly end: (id: string, signal: AbortSignal) => Promise<TaskEnd>;
  /** Gives out nothing any more. */
  readonly close: () => Promise<void>;
}
