import { type ModuleProcess, startModuleProcess } from "./module_process.ts";

/** What the processes of a pool run, and how many there may be. */
export interface ModulePoolOptions {
  /** As in {@linkcode ModuleProcessOptions}. */
  readonly module: URL;
  /** Processes at a time. @default {2} */
  readonly size?: number;
  /** Megabytes that each process may hold in all. @default {512} */
  readonly memoryMbMax?: number;
}

/**
 * Up to `size` helper processes of one module, started when they are needed, replaced when they have ended. Who finds
 * all of them taken waits for its turn.
 */
export class ModulePool implements AsyncDisposable {
  readonly #options: ModulePoolOptions;
  #idle: ModuleProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Every path that was asked for: a process that is started later may read what an earlier one could. */
  readonly #readable: Set<string> = new Set();
  #free: number;
  #isClosed = false;

  /** Starts nothing yet. @throws {RangeError} for a size below 1 */
  constructor(options: ModulePoolOptions) {
    this.#options = options;
    this.#free = options.size ?? 2;
    if (!(this.#free >= 1)) throw new RangeError(`A pool has at least one process: ${this.#free}`);
  }

  /**
   * Lends a process that may read the given paths while `work` runs.
   * @throws {FastDistillError} `step.failed` when no process can be started
   */
  async use<T>(read: readonly string[], work: (process: ModuleProcess) => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      const lent = await this.#take(read);
      try {
        return await work(lent);
      } finally {
        await this.#giveBack(lent);
      }
    } finally {
      this.#leave();
    }
  }

  /** Ends the processes: those that are idle now, those that are lent as soon as they come back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map((one) => one.close()));
  }

  /** Ends all processes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((turn) => this.#waiting.push(turn));
  }

  /** A turn that is handed on never becomes free in between, so nobody can overtake. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  async #take(read: readonly string[]): Promise<ModuleProcess> {
    for (const path of read) this.#readable.add(path);
    this.#idle = this.#idle.filter((one) => !one.hasEnded);
    const fit = this.#idle.findLastIndex((one) => read.every((path) => one.read.includes(path)));
    if (fit >= 0) return this.#idle.splice(fit, 1)[0]!;
    await this.#idle.pop()?.close();
    const { module, memoryMbMax } = this.#options;
    return await startModuleProcess({
      module,
      read: [...this.#readable],
      ...(memoryMbMax === undefined ? {} : { memoryMbMax }),
    });
  }

  async #giveBack(lent: ModuleProcess): Promise<void> {
    if (lent.hasEnded) return;
    if (this.#isClosed) await lent.close();
    else this.#idle.push(lent);
  }
}
