import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { readLines } from "../runtime/mod.ts";

/**
 * A stream within the process that is never full: what does not fit into memory waits in a file. It stands where
 * several streams meet, because there one may have to wait for another that comes from the same source.
 */
export class SpillingChannel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #path: string;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #weight = 0;
  #file: number | undefined;
  #spilled = 0;
  /** The file that is read while more may be spilled to the other one. */
  readonly #readPath: string;
  #isClosed = false;
  #failure: { readonly cause: unknown } | undefined;
  #consumer: (() => void) | undefined;

  /** Holds about `capacity` in memory, the rest in a file at `path`, which exists only while it is needed. */
  constructor(capacity: number, path: string, weigh: (item: T) => number = () => 1) {
    this.#capacity = capacity;
    this.#path = path;
    this.#readPath = `${path}.read`;
    this.#weigh = weigh;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.#file !== undefined || this.#weight >= this.#capacity) this.#spill(item);
    else {
      this.#items.push(item);
      this.#weight += this.#weigh(item);
    }
    this.#wake();
  }

  /** There is always room. */
  ready(): undefined {
    return undefined;
  }

  /** Ends the stream after what was pushed. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Ends the stream at once: the reader gets the cause. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      while (true) {
        if (this.#failure !== undefined) throw this.#failure.cause;
        if (this.#items.length > 0) yield* this.#take();
        else if (this.#file !== undefined) yield* this.#readSpilled();
        else if (this.#isClosed) return;
        else await new Promise<void>((resolve) => this.#consumer = resolve);
      }
    } finally {
      this.#discard();
    }
  }

  #take(): readonly T[] {
    const items = this.#items;
    this.#items = [];
    this.#weight = 0;
    return items;
  }

  /** What was spilled comes before all that is added from now on, which goes to memory and to another file. */
  async *#readSpilled(): AsyncGenerator<T> {
    closeSync(this.#file!);
    this.#file = undefined;
    const spilled = this.#spilled;
    this.#spilled = 0;
    renameSync(this.#path, this.#readPath);
    let read = 0;
    for await (const line of readLines(this.#readPath)) {
      if (this.#failure !== undefined) throw this.#failure.cause;
      read++;
      yield JSON.parse(line) as T;
    }
    if (read !== spilled) throw new Error(`Read ${spilled} spilled items back, found ${read}`);
    rmSync(this.#readPath, { force: true });
  }

  #spill(item: T): void {
    if (this.#file === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true });
      this.#file = openSync(this.#path, "w");
    }
    appendFileSync(this.#file, JSON.stringify(item) + "\n");
    this.#spilled++;
  }

  #discard(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    for (const path of [this.#path, this.#readPath]) rmSync(path, { force: true });
  }

  #wake(): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    consumer?.();
  }
}
