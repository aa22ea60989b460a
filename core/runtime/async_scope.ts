import { AsyncLocalStorage } from "node:async_hooks";

/** A value that everything sees that was begun inside a call, across awaits, and nothing else. */
export class AsyncScope<T> {
  readonly #storage: AsyncLocalStorage<T> = new AsyncLocalStorage<T>();

  /** What the innermost scope holds; `undefined` outside. */
  get current(): T | undefined {
    return this.#storage.getStore();
  }

  /** Has something done inside a scope. */
  run<Result>(value: T, inside: () => Result): Result {
    return this.#storage.run(value, inside);
  }
}
