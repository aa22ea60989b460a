const KEY_WORDS = 4;
const ENTRY_WORDS = KEY_WORDS + 8;
const CHUNK_ENTRIES = 1 << 14;
const LOAD_MAX = 0.7;
const ROW_ID = /^[0-9a-f]{64}$/;

/**
 * Remembers for each key which row had it first, in flat memory outside the garbage-collected heap: per key 16 bytes of its
 * digest, 32 bytes of the row id and 6 to 12 bytes of index, at most 60 in all, and 1 MiB besides. (A `Map` of two texts
 * takes some 155, and ends at 16.7 million keys.)
 */
export class KeyTable {
  #slots = new Uint32Array(1 << 10);
  readonly #chunks: Uint32Array[] = [];
  /** Row ids that are not 64 hex digits, by entry. */
  readonly #otherIds: Map<number, string> = new Map();
  #count = 0;

  /** How many keys it holds. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that the flat memory takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** The id of the row that first had a key; `undefined` when this is the first, which is remembered. */
  firstOf(digest: string, rowId: string): string | undefined {
    const key = wordsOf(digest, KEY_WORDS);
    const slot = this.#find(key);
    const found = this.#slots[slot]!;
    if (found > 0) return this.#rowIdOf(found - 1);
    this.#add(slot, key, rowId);
    return undefined;
  }

  /** The slot that holds a key, or the free one where it belongs. */
  #find(key: readonly number[]): number {
    const mask = this.#slots.length - 1;
    let slot = key[0]! & mask;
    while (this.#slots[slot]! > 0 && !this.#isKey(this.#slots[slot]! - 1, key)) slot = (slot + 1) & mask;
    return slot;
  }

  #isKey(entry: number, key: readonly number[]): boolean {
    const { chunk, at } = this.#place(entry);
    for (let word = 0; word < KEY_WORDS; word++) if (chunk[at + word] !== key[word]) return false;
    return true;
  }

  #add(slot: number, key: readonly number[], rowId: string): void {
    const entry = this.#count++;
    if (entry % CHUNK_ENTRIES === 0) this.#chunks.push(new Uint32Array(CHUNK_ENTRIES * ENTRY_WORDS));
    const { chunk, at } = this.#place(entry);
    chunk.set(key, at);
    if (ROW_ID.test(rowId)) chunk.set(wordsOf(rowId, ENTRY_WORDS - KEY_WORDS), at + KEY_WORDS);
    else this.#otherIds.set(entry, rowId);
    this.#slots[slot] = entry + 1;
    if (this.#count > this.#slots.length * LOAD_MAX) this.#grow();
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      const { chunk, at } = this.#place(entry);
      let slot = chunk[at]! & mask;
      while (this.#slots[slot]! > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }

  #rowIdOf(entry: number): string {
    const other = this.#otherIds.get(entry);
    if (other !== undefined) return other;
    const { chunk, at } = this.#place(entry);
    let id = "";
    for (let word = at + KEY_WORDS; word < at + ENTRY_WORDS; word++) {
      id += chunk[word]!.toString(16).padStart(8, "0");
    }
    return id;
  }

  #place(entry: number): { readonly chunk: Uint32Array; readonly at: number } {
    const chunk = this.#chunks[Math.floor(entry / CHUNK_ENTRIES)]!;
    return { chunk, at: (entry % CHUNK_ENTRIES) * ENTRY_WORDS };
  }
}

function wordsOf(hex: string, count: number): readonly number[] {
  return Array.from({ length: count }, (_, word) => Number.parseInt(hex.slice(8 * word, 8 * word + 8), 16));
}
