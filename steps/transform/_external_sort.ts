import { describeThrown, FastDistillError, type KeyedRow } from "@fastdistill/core/authoring";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { LineBuffer } from "./_line_buffer.ts";
import { compareSortKeys, type SortKey, sortKeyOf, type SortOrder } from "./_sort_order.ts";

/** Bytes of JSON that are sorted in memory at once. */
const BUFFER_BYTES = 8 * 1024 * 1024;
/** Sorted files that are merged at once: each has a buffer. */
const MERGE_RUNS_MAX = 32;
const WRITE_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What an external sort is told. */
export interface ExternalSortOptions {
  readonly order: SortOrder;
  /** Folder for what does not fit into memory; made when it is needed, and removed. */
  readonly folder: string;
  /** Streams the lines of a file. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  readonly signal: AbortSignal;
  /** @default {8388608} */
  readonly bufferBytes?: number;
  /** @default {32} */
  readonly mergeMax?: number;
}

/** A row in memory. */
interface Buffered {
  readonly key: SortKey;
  /** Number of its line: JSON of row id and row. */
  readonly line: number;
}

/** A row of a sorted file. */
interface Entry {
  readonly key: SortKey;
  readonly line: string;
  readonly keyed: KeyedRow;
}

/**
 * Sorts any number of rows in bounded memory: sorted runs are written to files as JSON lines, then merged. Stable.
 *
 * Source: D. Knuth, The Art of Computer Programming, volume 3, section 5.4 (external sorting).
 */
export class ExternalSort {
  readonly #options: ExternalSortOptions;
  readonly #bufferBytes: number;
  readonly #mergeMax: number;
  readonly #lines: LineBuffer = new LineBuffer();
  #buffer: Buffered[] = [];
  #runs: string[] = [];
  #made = 0;

  constructor(options: ExternalSortOptions) {
    this.#options = options;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    this.#mergeMax = options.mergeMax ?? MERGE_RUNS_MAX;
  }

  /** Takes all rows, and gives them back in order. */
  async *sort(rows: AsyncIterable<KeyedRow>): AsyncGenerator<KeyedRow> {
    await this.close();
    try {
      for await (const { rowId, row } of rows) {
        const line = this.#lines.add(JSON.stringify([rowId, row]));
        this.#buffer.push({ key: sortKeyOf(row, this.#options.order), line });
        if (this.#lines.size >= this.#bufferBytes) await this.#spill();
      }
      yield* this.#sorted();
    } finally {
      await this.close();
    }
  }

  /** Removes what was written. */
  async close(): Promise<void> {
    this.#buffer = [];
    this.#lines.clear();
    this.#runs = [];
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async *#sorted(): AsyncGenerator<KeyedRow> {
    if (this.#runs.length === 0) {
      for (const line of this.#sortedLines()) yield parsed(decoder.decode(line));
      return;
    }
    if (this.#buffer.length > 0) await this.#spill();
    while (this.#runs.length > this.#mergeMax) await this.#mergeOnce();
    for await (const { keyed } of this.#merged(this.#runs)) yield keyed;
  }

  *#sortedLines(): Generator<Uint8Array> {
    this.#buffer.sort((a, b) => this.#compare(a, b));
    for (const { line } of this.#buffer) yield this.#lines.at(line);
  }

  #compare(a: { readonly key: SortKey }, b: { readonly key: SortKey }): number {
    return compareSortKeys(a.key, b.key, this.#options.order);
  }

  async #spill(): Promise<void> {
    this.#runs.push(await this.#write(this.#sortedLines()));
    this.#buffer = [];
    this.#lines.clear();
  }

  /** Merges neighbours, so that what came first stays first among equals. */
  async #mergeOnce(): Promise<void> {
    const runs: string[] = [];
    for (let at = 0; at < this.#runs.length; at += this.#mergeMax) {
      const group = this.#runs.slice(at, at + this.#mergeMax);
      runs.push(await this.#write(linesOf(this.#merged(group))));
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

  async #write(lines: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
    const { folder, signal } = this.#options;
    const path = join(folder, `run-${this.#made++}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      await using file = await open(path, "wx");
      const block = new Uint8Array(WRITE_BYTES);
      let used = 0;
      for await (const line of lines) {
        if (used + line.length > block.length) {
          await file.appendFile(block.subarray(0, used));
          used = 0;
          signal.throwIfAborted();
        }
        if (line.length > block.length) await file.appendFile(line);
        else {
          block.set(line, used);
          used += line.length;
        }
      }
      await file.appendFile(block.subarray(0, used));
      return path;
    } catch (cause) {
      signal.throwIfAborted();
      throw new FastDistillError("data.write_failed", `Cannot write ${path}: ${describeThrown(cause)}`, {
        cause,
      });
    }
  }
}

async function* linesOf(entries: AsyncIterable<Entry>): AsyncGenerator<Uint8Array> {
  for await (const { line } of entries) yield encoder.encode(line + "\n");
}

function parsed(line: string): KeyedRow {
  const [rowId, row] = JSON.parse(line) as [string, KeyedRow["row"]];
  return { rowId, row };
}
