import { describeThrown, FastDistillError, type KeyedRow, type Row } from "@fastdistill/core/authoring";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { OFFSETS_FILE, ROWS_FILE } from "./_spill_files.ts";

const BLOCK_BYTES = 1 << 20;
const OFFSETS_BLOCK = 1 << 14;
const encoder = new TextEncoder();

/**
 * Rows that wait in a file until all have been seen: one line each, `[row id, row]`, with a second file of where each
 * begins, so that other processes find them. Memory: a megabyte, however many there are.
 */
export class RowSpill implements AsyncDisposable {
  readonly #folder: string;
  readonly #rows: BlockWriter;
  readonly #offsets: BlockWriter;
  #count = 0;
  #bytes = 0;

  private constructor(folder: string, rows: BlockWriter, offsets: BlockWriter) {
    this.#folder = folder;
    this.#rows = rows;
    this.#offsets = offsets;
  }

  /** Makes the folder anew. It is removed in the end. @throws {FastDistillError} `data.write_failed` */
  static async create(folder: string): Promise<RowSpill> {
    await rm(folder, { recursive: true, force: true });
    const rows = await BlockWriter.create(join(folder, ROWS_FILE), BLOCK_BYTES);
    const spill = new RowSpill(
      folder,
      rows,
      await BlockWriter.create(join(folder, OFFSETS_FILE), OFFSETS_BLOCK),
    );
    await spill.#offsets.add(offsetBytes(0));
    return spill;
  }

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /** Takes a row in. */
  async add(rowId: string, row: Row): Promise<void> {
    const line = encoder.encode(`${JSON.stringify([rowId, row])}\n`);
    this.#count++;
    this.#bytes += line.length;
    const isFull = this.#rows.isFullWith(line.length) || this.#offsets.isFullWith(8);
    const adding = [this.#rows.add(line), this.#offsets.add(offsetBytes(this.#bytes))];
    if (isFull) await Promise.all(adding);
  }

  /** Brings everything to the files. */
  async flush(): Promise<void> {
    await this.#rows.flush();
    await this.#offsets.flush();
  }

  /** The rows, in the order in which they came. */
  async *rows(readLines: (path: string) => AsyncIterable<string>): AsyncGenerator<KeyedRow> {
    await this.flush();
    for await (const line of readLines(join(this.#folder, ROWS_FILE))) {
      const [rowId, row] = JSON.parse(line) as [string, Row];
      yield { rowId, row };
    }
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rows[Symbol.asyncDispose]();
    await this.#offsets[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function offsetBytes(offset: number): Uint8Array {
  return new Uint8Array(Float64Array.of(offset).buffer);
}

/** A file that is written a block at a time. */
export class BlockWriter implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  #block: Uint8Array;
  #used = 0;

  private constructor(file: FileHandle, path: string, blockBytes: number) {
    this.#file = file;
    this.#path = path;
    this.#block = new Uint8Array(blockBytes);
  }

  /** Makes the file, and its folder. @throws {FastDistillError} `data.write_failed` */
  static async create(path: string, blockBytes: number): Promise<BlockWriter> {
    try {
      await mkdir(join(path, ".."), { recursive: true });
      return new BlockWriter(await open(path, "w"), path, blockBytes);
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }

  /** Whether adding so many bytes writes to the file: only then need it be waited for. */
  isFullWith(bytes: number): boolean {
    return this.#used + bytes > this.#block.length;
  }

  /** Adds bytes, which may be changed afterwards. */
  async add(bytes: Uint8Array): Promise<void> {
    if (this.isFullWith(bytes.length)) await this.flush();
    if (bytes.length > this.#block.length) return await this.#write(bytes);
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Brings everything to the file. */
  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const full = this.#block.subarray(0, this.#used);
    this.#used = 0;
    await this.#write(full);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
    } catch (cause) {
      throw writeFailure(this.#path, cause);
    }
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

function writeFailure(path: string, cause: unknown): FastDistillError {
  return new FastDistillError("data.write_failed", `Cannot write ${path}: ${describeThrown(cause)}`, {
    cause,
  });
}
