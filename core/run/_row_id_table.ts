const WORDS = 8;
const CHUNK_ROWS = 1 << 14;
const LOAD_MAX = 0.7;
const ROW_ID = /^[0-9a-f]{64}$/;
const FREE = 0;
const TAKEN = -1;

/**
 * A set of row ids in flat memory outside the garbage-collected heap: 38 to 45 bytes an id, where a `Map` of texts
 * takes some 150 and ends at 16.7 million. The place of an id that was taken out is used again.
 */
export class RowIdTable {
  /** Number of the id, from 1; `FREE` or `TAKEN`. */
  #slots = new Int32Array(1 << 10);
  readonly #chunks: Uint32Array[] = [];
  readonly #key: Uint32Array = new Uint32Array(WORDS);
  /** Ids that are not 64 hex digits. */
  readonly #others: Set<string> = new Set();
  /** Numbers of ids that were taken out. */
  readonly #vacant: number[] = [];
  #added = 0;
  #size = 0;
  /** Slots that are not free. */
  #used = 0;

  /** Bytes that the flat memory takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#chunks.length * CHUNK_ROWS * WORDS * 4;
  }

  /** How many ids it holds. */
  get size(): number {
    return this.#size + this.#others.size;
  }

  /** Adds an id, once. */
  add(rowId: string): void {
    if (!this.#read(rowId)) return void this.#others.add(rowId);
    const found = this.#find();
    if (this.#slots[found]! > 0) return;
    const number = this.#vacant.pop() ?? ++this.#added;
    const { chunk, at } = this.#place(number);
    chunk.set(this.#key, at);
    this.#slots[found] = number;
    this.#size++;
    if (++this.#used > this.#slots.length * LOAD_MAX) this.#rebuild();
  }

  /** Takes an id out; false when it was not there. */
  take(rowId: string): boolean {
    if (!this.#read(rowId)) return this.#others.delete(rowId);
    const found = this.#find();
    if (this.#slots[found] === FREE) return false;
    this.#vacant.push(this.#slots[found]!);
    this.#slots[found] = TAKEN;
    this.#size--;
    return true;
  }

  #read(rowId: string): boolean {
    if (!ROW_ID.test(rowId)) return false;
    for (let word = 0; word < WORDS; word++) {
      this.#key[word] = Number.parseInt(rowId.slice(8 * word, 8 * word + 8), 16);
    }
    return true;
  }

  /** The slot of the id that was read, or the free one where it belongs. */
  #find(): number {
    const mask = this.#slots.length - 1;
    let slot = this.#key[0]! & mask;
    while (this.#slots[slot] !== FREE && !this.#isAt(this.#slots[slot]!)) slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(number: number): boolean {
    if (number === TAKEN) return false;
    const { chunk, at } = this.#place(number);
    for (let word = 0; word < WORDS; word++) if (chunk[at + word] !== this.#key[word]) return false;
    return true;
  }

  /** Twice as large when half of it is in use; else as it was, without the slots that were taken. */
  #rebuild(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * (this.#size > old.length * LOAD_MAX / 2 ? 2 : 1));
    this.#used = this.#size;
    const mask = this.#slots.length - 1;
    for (const number of old) {
      if (number <= 0) continue;
      const { chunk, at } = this.#place(number);
      let slot = chunk[at]! & mask;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.#slots[slot] = number;
    }
  }

  #place(number: number): { readonly chunk: Uint32Array; readonly at: number } {
    const index = Math.floor((number - 1) / CHUNK_ROWS);
    if (index === this.#chunks.length) this.#chunks.push(new Uint32Array(CHUNK_ROWS * WORDS));
    return { chunk: this.#chunks[index]!, at: (number - 1) % CHUNK_ROWS * WORDS };
  }
}
