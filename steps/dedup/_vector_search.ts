import type { KeyedRow, Row } from "@fastdistill/core/authoring";
import { ModulePool } from "@fastdistill/core/runtime";
import { join } from "node:path";
import { askHelper } from "./_ask_helper.ts";
import { bitsOfText, bitsToText } from "./_bits.ts";
import type { SearchedRows } from "./_clusters.ts";
import { ContentIds } from "./_content_ids.ts";
import { mix, MULTIPLIER } from "./_mix.ts";
import { NumberList } from "./_number_list.ts";
import { BlockWriter, RowSpill } from "./_row_spill.ts";
import { UnionFind } from "./_union_find.ts";
import { partsOf, withHelpers } from "./_with_helpers.ts";
import type { CompareVectorsRequest, NearVectorsRequest } from "./_vector_worker.ts";

const VECTORS_FILE = "vectors.bin";
const BLOCK_BYTES = 1 << 20;
const BLOCK_VECTORS_MAX = 1024;
const COMPARED_PAIRS = 1024;
const MEMORY_MB_MAX = 512;

/** What near vectors are, and with what they are looked for. */
export interface VectorSearchOptions {
  readonly threshold: number;
  /** Helper processes. */
  readonly workers: number;
  /** Folder for rows and vectors until the step ends; made, and removed. */
  readonly folder: string;
  readonly readLines: (path: string) => AsyncIterable<string>;
  readonly signal: AbortSignal;
  /** Told whenever a part of the work is done. */
  readonly atWork: () => void;
}

/**
 * Finds vectors whose cosine is at least a threshold among any number of them: all pairs are compared, block by block, in
 * helper processes. Rows and vectors wait in files. Memory: 16 bytes a row and some megabytes.
 */
export class VectorSearch implements SearchedRows, AsyncDisposable {
  readonly contents: ContentIds = new ContentIds();
  readonly #options: VectorSearchOptions;
  readonly #pool: ModulePool;
  readonly #spill: RowSpill;
  readonly #vectors: BlockWriter;
  /** By vector, the row that has it; and by row, its vector plus one. */
  readonly #rowOf: NumberList = new NumberList("uint32");
  readonly #vectorOf: NumberList = new NumberList("uint32");
  #vectorCount = 0;
  #dimensions = 0;

  private constructor(options: VectorSearchOptions, spill: RowSpill, vectors: BlockWriter) {
    this.#options = options;
    this.#spill = spill;
    this.#vectors = vectors;
    this.#pool = new ModulePool({
      module: new URL("./_vector_worker.ts", import.meta.url),
      size: options.workers,
      memoryMbMax: MEMORY_MB_MAX,
    });
  }

  /** Makes the folder. @throws {FastDistillError} `data.write_failed` */
  static async create(options: VectorSearchOptions): Promise<VectorSearch> {
    const spill = await RowSpill.create(options.folder);
    const vectors = await BlockWriter.create(join(options.folder, VECTORS_FILE), BLOCK_BYTES);
    return new VectorSearch(options, spill, vectors);
  }

  get count(): number {
    return this.#spill.count;
  }

  /** How many rows have a vector. */
  get vectorCount(): number {
    return this.#vectorCount;
  }

  /** How many numbers each vector has; 0 before the first one. */
  get dimensions(): number {
    return this.#dimensions;
  }

  /** Takes a row in, with its vector of length 1; one without is near to none. */
  async add(
    { rowId, row }: { readonly rowId: string; readonly row: Row },
    vector?: Float32Array,
  ): Promise<void> {
    if (vector === undefined) {
      this.#vectorOf.push(0);
      this.contents.push(0, 0);
    } else {
      this.#dimensions = vector.length;
      this.#rowOf.push(this.count);
      this.#vectorOf.push(++this.#vectorCount);
      const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
      this.contents.push(hashOf(bits, MULTIPLIER), hashOf(bits, 0x85ebca77));
      await this.#vectors.add(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
    }
    await this.#spill.add(rowId, row);
  }

  /** The sets of rows whose vectors are near; the first `fixed` vectors are not compared among themselves. */
  async sets(fixed: number): Promise<UnionFind> {
    await this.#vectors.flush();
    const sets = new UnionFind();
    sets.grow(this.count);
    await withHelpers(this.#requests(fixed), this.#options.workers, async (request) => {
      const edges = new Uint32Array(bitsOfText(await this.#ask(request)));
      for (let at = 0; at < edges.length; at += 2) {
        sets.union(this.#rowOf.at(edges[at]!), this.#rowOf.at(edges[at + 1]!));
      }
    });
    return sets;
  }

  rows(): AsyncIterable<KeyedRow> {
    return this.#spill.rows(this.#options.readLines);
  }

  async similarities(pairs: Uint32Array<ArrayBuffer>): Promise<Float64Array> {
    const vectors = pairs.map((row) => this.#vectorOf.at(row) - 1);
    const found = new Float64Array(pairs.length / 2);
    await withHelpers(partsOf(vectors, 2 * COMPARED_PAIRS), this.#options.workers, async ({ from, part }) => {
      const request: CompareVectorsRequest = { do: "compare", ...this.#file(), pairs: bitsToText(part) };
      found.set(new Float64Array(bitsOfText(await this.#ask(request))), from / 2);
    });
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await this.#vectors[Symbol.asyncDispose]();
    await this.#spill[Symbol.asyncDispose]();
  }

  /** Every block with itself and with each that comes after it. */
  *#requests(fixed: number): Generator<NearVectorsRequest, undefined> {
    const count = this.#vectorCount;
    const size = Math.max(
      1,
      Math.min(BLOCK_VECTORS_MAX, Math.floor(2 * BLOCK_BYTES / (4 * this.#dimensions))),
    );
    const range = (from: number) => ({ from, to: Math.min(count, from + size) });
    for (let one = 0; one < count; one += size) {
      for (let other = one; other < count; other += size) {
        if (range(other).to <= fixed) continue;
        const { threshold } = this.#options;
        yield { do: "near", ...this.#file(), these: range(one), those: range(other), fixed, threshold };
      }
    }
  }

  #file(): { readonly path: string; readonly dimensions: number } {
    return { path: join(this.#options.folder, VECTORS_FILE), dimensions: this.#dimensions };
  }

  #ask(request: NearVectorsRequest | CompareVectorsRequest): Promise<string> {
    const { folder, signal, atWork } = this.#options;
    return askHelper(this.#pool, { read: [folder], request, signal }).finally(atWork);
  }
}

function hashOf(bits: Uint32Array, multiplier: number): number {
  let hash = 1;
  for (let at = 0; at < bits.length; at++) hash = (Math.imul(hash, multiplier) + bits[at]!) | 0;
  return mix(hash) >>> 0;
}
