const BYTES_FIRST = 1 << 16;
const encoder = new TextEncoder();

/**
 * Lines of text in flat memory outside the garbage-collected heap: texts that wait long enough to be moved there cost
 * several times their size before they are collected.
 */
export class LineBuffer {
  #bytes = new Uint8Array(BYTES_FIRST);
  #used = 0;
  /** Where each line ends. */
  #ends: number[] = [];

  /** Bytes that the lines take. */
  get size(): number {
    return this.#used;
  }

  /** Takes in a line; the result is its number, from 0. */
  add(line: string): number {
    this.#makeRoom(3 * line.length + 1);
    const { written } = encoder.encodeInto(line, this.#bytes.subarray(this.#used));
    this.#used += written;
    this.#bytes[this.#used++] = 0x0a;
    return this.#ends.push(this.#used) - 1;
  }

  /** The bytes of a line with the line feed; valid until the buffer is cleared. */
  at(index: number): Uint8Array {
    return this.#bytes.subarray(index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]!);
  }

  /** Forgets all lines, and keeps the memory. */
  clear(): void {
    this.#used = 0;
    this.#ends = [];
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    let length = this.#bytes.length;
    while (length < this.#used + bytes) length *= 2;
    const grown = new Uint8Array(length);
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
