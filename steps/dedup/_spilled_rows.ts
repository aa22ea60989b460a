import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { KEY_BLOCK_ROWS, KEYS_FILE, OFFSETS_FILE, ROOTS_FILE, ROWS_FILE } from "./_spill_files.ts";

const decoder = new TextDecoder();

/** The files of spilled rows, read by a helper process at any place. */
export class SpilledRows implements Disposable {
  readonly #folder: string;
  readonly #open: Map<string, number> = new Map();
  readonly #ends = new Float64Array(2);
  #bytes = new Uint8Array(1 << 14);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A row by its number. */
  row(index: number): Readonly<Record<string, unknown>> {
    this.#read(OFFSETS_FILE, new Uint8Array(this.#ends.buffer), 8 * index);
    const [from, to] = [this.#ends[0]!, this.#ends[1]!];
    if (to - from > this.#bytes.length) this.#bytes = new Uint8Array(2 * (to - from));
    const bytes = this.#bytes.subarray(0, to - from);
    this.#read(ROWS_FILE, bytes, from);
    const [, row] = JSON.parse(decoder.decode(bytes)) as [string, Readonly<Record<string, unknown>>];
    return row;
  }

  /** One of the columns of keys, of `count` rows. */
  keys({ column, columns, count }: {
    readonly column: number;
    readonly columns: number;
    readonly count: number;
  }): Uint32Array {
    const keys = new Uint32Array(count);
    for (let first = 0; first < count; first += KEY_BLOCK_ROWS) {
      const part = keys.subarray(first, Math.min(count, first + KEY_BLOCK_ROWS));
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      this.#read(KEYS_FILE, bytes, 4 * (first * columns + column * part.length));
    }
    return keys;
  }

  /** The set that each of `count` rows is in. */
  roots(count: number): Uint32Array {
    const roots = new Uint32Array(count);
    this.#read(ROOTS_FILE, new Uint8Array(roots.buffer), 0);
    return roots;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #read(name: string, into: Uint8Array, position: number): void {
    let file = this.#open.get(name);
    if (file === undefined) this.#open.set(name, file = openSync(join(this.#folder, name), "r"));
    for (let done = 0; done < into.length;) {
      const count = readSync(file, into, done, into.length - done, position + done);
      if (count === 0) throw new Error(`Read ${into.length} bytes of ${name} at ${position}, found its end`);
      done += count;
    }
  }
}
