import { describeThrown, FastDistillError, type KeyedRow, type Row } from "@fastdistill/core/authoring";
import { ModulePool } from "@fastdistill/core/runtime";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { askHelper } from "./_ask_helper.ts";
import { bitsOfText, bitsToText } from "./_bits.ts";
import type { SearchedRows } from "./_clusters.ts";
import { ContentIds } from "./_content_ids.ts";
import type { BandRequest, CompareRequest, NearRule, SketchRequest } from "./_near_worker.ts";
import { BlockWriter, RowSpill } from "./_row_spill.ts";
import { textOf } from "./_row_text.ts";
import { KEY_BLOCK_ROWS, KEYS_FILE, ROOTS_FILE, TEXT_KEY_COLUMNS } from "./_spill_files.ts";
import { UnionFind } from "./_union_find.ts";
import { partsOf, withHelpers } from "./_with_helpers.ts";

/** Texts of one request. */
const BATCH_ROWS = 512;
const BATCH_CHARS = 1 << 18;
const PART_ROWS = 1 << 20;
const MEMORY_MB_MAX = 1024;
const COMPARED_PAIRS = 1024;

/** What near-duplicates are, and with what they are looked for. */
export interface NearSearchOptions {
  /** Columns that are compared. */
  readonly on: readonly string[];
  readonly rule: NearRule;
  readonly threshold: number;
  /** Helper processes. */
  readonly workers: number;
  /** Folder for the rows until the step ends; made, and removed. */
  readonly folder: string;
  readonly readLines: (path: string) => AsyncIterable<string>;
  readonly signal: AbortSignal;
  /** Told whenever a part of the work is done. */
  readonly atWork: () => void;
  /** Rows of which the keys are looked at together, about. @default {1048576} */
  readonly partRows?: number;
}

/**
 * Finds near-duplicates among any number of texts: MinHash signatures, cut into bands; texts that agree in a band are
 * compared, and those that are near enough make one set. Rows and keys wait in files; the work is done by helper processes.
 *
 * Memory of this process: 20 bytes a row and some megabytes; of a helper at most 24 bytes a row.
 *
 * Source: A. Broder, On the resemblance and containment of documents (SEQUENCES 1997); P. Indyk, R. Motwani, Approximate
 * nearest neighbors (STOC 1998).
 */
export class NearSearch implements SearchedRows, AsyncDisposable {
  readonly contents: ContentIds = new ContentIds();
  readonly #options: NearSearchOptions;
  readonly #pool: ModulePool;
  readonly #spill: RowSpill;
  readonly #keys: BlockWriter;
  readonly #columns: number;
  /** Keys of a block of rows, a column after the other. */
  readonly #block: Uint32Array;
  #blockRows = 0;
  #texts: string[] = [];
  #chars = 0;
  /** Sketches under way, in the order of their rows. */
  #sketches: Promise<Uint32Array>[] = [];

  private constructor(options: NearSearchOptions, spill: RowSpill, keys: BlockWriter) {
    this.#options = options;
    this.#spill = spill;
    this.#keys = keys;
    this.#columns = TEXT_KEY_COLUMNS + options.rule.minhash.bands;
    this.#block = new Uint32Array(KEY_BLOCK_ROWS * this.#columns);
    this.#pool = new ModulePool({
      module: new URL("./_near_worker.ts", import.meta.url),
      size: options.workers,
      memoryMbMax: MEMORY_MB_MAX,
    });
  }

  /** Makes the folder. @throws {FastDistillError} `data.write_failed` */
  static async create(options: NearSearchOptions): Promise<NearSearch> {
    const spill = await RowSpill.create(options.folder);
    return new NearSearch(options, spill, await BlockWriter.create(join(options.folder, KEYS_FILE), 0));
  }

  get count(): number {
    return this.#spill.count;
  }

  /** Takes a row in; its number is how many came before. Returns a promise only where there is something to wait for. */
  add(rowId: string, row: Row): void | Promise<void> {
    const text = textOf(row, this.#options.on);
    this.#texts.push(text);
    this.#chars += text.length;
    const adding = this.#spill.add(rowId, row);
    if (this.#texts.length < BATCH_ROWS && this.#chars < BATCH_CHARS) return adding;
    return adding?.then(() => this.#sketch()) ?? this.#sketch();
  }

  /** The sets of rows that are near to each other; `fixed` rows come first and are not compared among themselves. */
  async sets(fixed: number): Promise<UnionFind> {
    await this.#sketch();
    while (this.#sketches.length > 0) await this.#takeSketch();
    await this.#writeBlock();
    await this.#spill.flush();
    const sets = new UnionFind();
    sets.grow(this.count);
    if (this.count < 2) return sets;
    await this.#joinBy(["text"], sets, fixed);
    const bands = Array.from({ length: this.#options.rule.minhash.bands }, (_, band) => band);
    await this.#joinBy(bands, sets, fixed);
    return sets;
  }

  rows(): AsyncIterable<KeyedRow> {
    return this.#spill.rows(this.#options.readLines);
  }

  async similarities(pairs: Uint32Array<ArrayBuffer>): Promise<Float64Array> {
    const { on, rule, folder, workers } = this.#options;
    const found = new Float64Array(pairs.length / 2);
    await withHelpers(partsOf(pairs, 2 * COMPARED_PAIRS), workers, async ({ from, part }) => {
      const request: CompareRequest = { do: "compare", rule, folder, on, pairs: bitsToText(part) };
      found.set(new Float64Array(bitsOfText(await this.#ask(request))), from / 2);
    });
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await Promise.allSettled(this.#sketches);
    await this.#keys[Symbol.asyncDispose]();
    await this.#spill[Symbol.asyncDispose]();
  }

  async #sketch(): Promise<void> {
    if (this.#texts.length === 0) return;
    const request: SketchRequest = { do: "sketch", rule: this.#options.rule, texts: this.#texts };
    this.#texts = [];
    this.#chars = 0;
    const sketch = this.#ask(request).then((text) => new Uint32Array(bitsOfText(text)));
    sketch.catch(() => {}); // It is awaited in its turn.
    this.#sketches.push(sketch);
    while (this.#sketches.length > 2 * this.#options.workers) await this.#takeSketch();
  }

  /** Puts the keys of the next rows where they belong. */
  async #takeSketch(): Promise<void> {
    const keys = await this.#sketches.shift()!;
    const columns = this.#columns;
    for (let from = 0; from < keys.length; from += columns) {
      this.contents.push(keys[from]!, keys[from + 1]!);
      for (let column = 0; column < columns; column++) {
        this.#block[column * KEY_BLOCK_ROWS + this.#blockRows] = keys[from + column]!;
      }
      if (++this.#blockRows === KEY_BLOCK_ROWS) await this.#writeBlock();
    }
  }

  async #writeBlock(): Promise<void> {
    const rows = this.#blockRows;
    for (let column = 0; column < this.#columns && rows > 0; column++) {
      const { buffer } = this.#block;
      await this.#keys.add(new Uint8Array(buffer, 4 * column * KEY_BLOCK_ROWS, 4 * rows));
    }
    this.#blockRows = 0;
  }

  /** Joins rows by columns of keys, some at a time; what is known to belong together is not compared again. */
  async #joinBy(bands: readonly BandRequest["band"][], sets: UnionFind, fixed: number): Promise<void> {
    const { on, rule, threshold, folder, workers, partRows = PART_ROWS } = this.#options;
    const of = Math.max(1, Math.ceil(this.count / partRows));
    const requests = bands.flatMap((band) =>
      Array.from({ length: of }, (_, index): BandRequest => {
        const part = { index, of };
        return { do: "band", rule, folder, on, count: this.count, fixed, band, part, threshold };
      })
    );
    for (let at = 0; at < requests.length; at += workers) {
      await this.#writeRoots(sets.roots());
      const answers = await Promise.all(
        requests.slice(at, at + workers).map((request) => this.#ask(request)),
      );
      for (const answer of answers) {
        const edges = new Uint32Array(bitsOfText(answer));
        for (let edge = 0; edge < edges.length; edge += 2) sets.union(edges[edge]!, edges[edge + 1]!);
      }
    }
  }

  async #writeRoots(roots: Uint32Array): Promise<void> {
    const path = join(this.#options.folder, ROOTS_FILE);
    try {
      await writeFile(path, roots);
    } catch (cause) {
      const message = `Cannot write ${path}: ${describeThrown(cause)}`;
      throw new FastDistillError("data.write_failed", message, { cause });
    }
  }

  #ask(request: SketchRequest | BandRequest | CompareRequest): Promise<string> {
    const { folder, signal, atWork } = this.#options;
    return askHelper(this.#pool, { read: [folder], request, signal }).finally(atWork);
  }
}
