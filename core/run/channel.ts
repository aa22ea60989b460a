/**
 * A stream within the process. Pushing never waits; whoever pushes asks `ready()` before it makes more, which bounds
 * what is held to the capacity plus what was already under way.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #weight = 0;
  #isClosed = false;
  #failure: { readonly cause: unknown } | undefined;
  #consumer: (() => void) | undefined;
  #producer: PromiseWithResolvers<void> | undefined;

  /** Holds about `capacity`, counted by `weigh`. */
  constructor(capacity: number, weigh: (item: T) => number = () => 1) {
    this.#capacity = capacity;
    this.#weigh = weigh;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    this.#wakeConsumer();
  }

  /** Resolves when there is room; `undefined` when there is room now. */
  ready(): Promise<void> | undefined {
    if (this.#weight < this.#capacity || this.#failure !== undefined) return undefined;
    this.#producer ??= Promise.withResolvers<void>();
    return this.#producer.promise;
  }

  /** Ends the stream after what was pushed. */
  close(): void {
    this.#isClosed = true;
    this.#wakeConsumer();
  }

  /** Ends the stream at once: the reader gets the cause. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#wakeConsumer();
    this.#wakeProducer();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      if (this.#failure !== undefined) throw this.#failure.cause;
      if (this.#items.length > 0) {
        const items = this.#items;
        this.#items = [];
        this.#weight = 0;
        this.#wakeProducer();
        yield* items;
      } else if (this.#isClosed) return;
      else await new Promise<void>((resolve) => this.#consumer = resolve);
    }
  }

  #wakeConsumer(): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    consumer?.();
  }

  #wakeProducer(): void {
    const producer = this.#producer;
    this.#producer = undefined;
    producer?.resolve();
  }
}
