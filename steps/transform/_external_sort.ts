import { describeThrown, FastDistillError, type KeyedRow } from "@fastdistill/core";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { compareSortKeys, type SortKey, sortKeyOf, type SortOrder } from "./_sort_order.ts";

/** Characters of JSON that are sorted in memory at once. */
const BUFFER_CHARS = 8 * 1024 * 1024;
/** Sorted files that are merged at once: each has a buffer. */
const MERGE_RUNS_MAX = 32;
const WRITE_CHARS = 64 * 1024;

/** What an external sort is told. */
export interface ExternalSortOptions {
  readonly order: SortOrder;
  /** Folder for what does not fit into memory; made when it is needed, and removed. */
  readonly folder: string;
  /** Streams the lines of a file. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  readonly signal: AbortSignal;
  /** @default {8388608} */
  readonly bufferChars?: number;
  /** @default {32} */
  readonly mergeMax?: number;
}

interface Entry {
  readonly key: SortKey;
  /** JSON of row id and row. */
  readonly line: string;
  /** What the line says, where that was read already. */
  readonly keyed?: KeyedRow;
}

/**
 * Sorts any number of rows in bounded memory: sorted runs are written to files as JSON lines, then merged. Stable.
 *
 * Source: D. Knuth, The Art of Computer Programming, volume 3, section 5.4 (external sorting).
 */
export class ExternalSort {
  readonly #options: ExternalSortOptions;
  readonly #bufferChars: number;
  readonly #mergeMax: number;
  #buffer: Entry[] = [];
  #chars = 0;
  #runs: string[] = [];
  #made = 0;

  constructor(options: ExternalSortOptions) {
    this.#options = options;
    this.#bufferChars = options.bufferChars ?? BUFFER_CHARS;
    this.#mergeMax = options.mergeMax ?? MERGE_RUNS_MAX;
  }

  /** Takes all rows, and gives them back in order. */
  async *sort(rows: AsyncIterable<KeyedRow>): AsyncGenerator<KeyedRow> {
    await this.close();
    try {
      for await (const { rowId, row } of rows) {
        const line = JSON.stringify([rowId, row]);
        this.#buffer.push({ key: sortKeyOf(row, this.#options.order), line });
        this.#chars += line.length;
        if (this.#chars >= this.#bufferChars) await this.#spill();
      }
      yield* this.#sorted();
    } finally {
      await this.close();
    }
  }

  /** Removes what was written. */
  async close(): Promise<void> {
    this.#buffer = [];
    this.#runs = [];
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async *#sorted(): AsyncGenerator<KeyedRow> {
    if (this.#runs.length === 0) {
      for (const { line } of this.#takeBuffer()) yield parsed(line);
      return;
    }
    if (this.#buffer.length > 0) await this.#spill();
    while (this.#runs.length > this.#mergeMax) await this.#mergeOnce();
    for await (const { line, keyed } of this.#merged(this.#runs)) yield keyed ?? parsed(line);
  }

  #takeBuffer(): readonly Entry[] {
    const sorted = this.#buffer.sort((a, b) => this.#compare(a, b));
    this.#buffer = [];
    this.#chars = 0;
    return sorted;
  }

  #compare(a: Entry, b: Entry): number {
    return compareSortKeys(a.key, b.key, this.#options.order);
  }

  async #spill(): Promise<void> {
    this.#runs.push(await this.#write(this.#takeBuffer()));
  }

  /** Merges neighbours, so that what came first stays first among equals. */
  async #mergeOnce(): Promise<void> {
    const runs: string[] = [];
    for (let at = 0; at < this.#runs.length; at += this.#mergeMax) {
      const group = this.#runs.slice(at, at + this.#mergeMax);
      runs.push(await this.#write(this.#merged(group)));
      for (const path of group) await rm(path);
    }
    this.#runs = runs;
  }

  async *#merged(paths: readonly string[]): AsyncGenerator<Entry> {
    const iterators = paths.map((path) => this.#read(path)[Symbol.asyncIterator]());
    try {
      const heads = await Promise.all(iterators.map(async (run) => (await run.next()).value));
      while (true) {
        let least = -1;
        for (let index = 0; index < heads.length; index++) {
          const head = heads[index];
          if (head === undefined) continue;
          if (least === -1 || this.#compare(head, heads[least]!) < 0) least = index;
        }
        if (least === -1) return;
        yield heads[least]!;
        heads[least] = (await iterators[least]!.next()).value;
      }
    } finally {
      for (const run of iterators) await run.return(undefined);
    }
  }

  async *#read(path: string): AsyncGenerator<Entry, undefined> {
    for await (const line of this.#options.readLines(path)) {
      this.#options.signal.throwIfAborted();
      const keyed = parsed(line);
      yield { key: sortKeyOf(keyed.row, this.#options.order), line, keyed };
    }
  }

  async #write(entries: Iterable<Entry> | AsyncIterable<Entry>): Promise<string> {
    const { folder, signal } = this.#options;
    const path = join(folder, `run-${this.#made++}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      await using file = await open(path, "wx");
      let text = "";
      for await (const { line } of entries) {
        text += line + "\n";
        if (text.length < WRITE_CHARS) continue;
        await file.appendFile(text);
        text = "";
        signal.throwIfAborted();
      }
      await file.appendFile(text);
      return path;
    } catch (cause) {
      signal.throwIfAborted();
      throw new FastDistillError("data.write_failed", `Cannot write ${path}: ${describeThrown(cause)}`, {
        cause,
      });
    }
  }
}

function parsed(line: string): KeyedRow {
  const [rowId, row] = JSON.parse(line) as [string, KeyedRow["row"]];
  return { rowId, row };
}
