import { FastDistillError } from "@fastdistill/core/authoring";

/** Where a benchmark's text comes from. */
export interface TextSource {
  /** As in the configuration. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Field of the line; empty for a text file. */
  readonly field: string;
}

/** A run of words that a text shares with a benchmark. */
export interface SharedRun {
  /** First word, counted from 0. */
  readonly start: number;
  /** How many words. */
  readonly length: number;
  readonly source: TextSource;
}

/** What a text shares with the benchmarks. */
export interface Overlap {
  /** Words of the text that are in a shared run. */
  readonly words: number;
  /** The longest shared run, the first of several; absent when there is none. */
  readonly longest?: SharedRun;
}

const WORDS_MAX = 100_000_000;
const LOAD_MAX = 0.6;
const MULTIPLIER = 0x01000193;

/**
 * The n-grams of benchmark texts. A text of fewer than n words, but of `shortest` at least, is one gram as a whole. Words are
 * numbered; a gram is a place in the sequence of numbers, found by its hash and then compared word by word, so that texts
 * that only share a hash are told apart. Memory: 4 bytes a word of the benchmarks, 8 to 16 a gram, and each distinct word once.
 */
export class BenchmarkIndex {
  readonly #n: number;
  readonly #shortest: number;
  readonly #ids: Map<string, number> = new Map();
  readonly #sources: TextSource[] = [];
  /** Where each text begins in the sequence. */
  readonly #starts: number[] = [];
  #sequence = new Uint32Array(1 << 12);
  #length = 0;
  /** By length of gram: n, and those of shorter texts. */
  readonly #tables: Map<number, GramTable> = new Map();

  constructor({ n, shortest }: { readonly n: number; readonly shortest: number }) {
    this.#n = n;
    this.#shortest = shortest;
  }

  /** How many texts it holds; those that are too short are left out. */
  get count(): number {
    return this.#sources.length;
  }

  /** Adds a text. @throws {FastDistillError} `data.malformed` beyond 100 million words */
  add(words: readonly string[], source: TextSource): void {
    if (words.length < Math.min(this.#n, this.#shortest)) return;
    if (this.#length + words.length > WORDS_MAX) {
      throw new FastDistillError(
        "data.malformed",
        `Index benchmarks of at most ${WORDS_MAX} words: ${source.file}`,
      );
    }
    const start = this.#length;
    this.#reserve(words.length);
    for (const word of words) this.#sequence[this.#length++] = this.#idOf(word);
    this.#starts.push(start);
    this.#sources.push(source);
    const size = Math.min(this.#n, words.length);
    let table = this.#tables.get(size);
    if (table === undefined) this.#tables.set(size, table = new GramTable(size));
    for (let at = start; at + size <= this.#length; at++) table.add(this.#sequence, at);
  }

  /** What a text shares with the benchmarks. */
  overlapOf(words: readonly string[]): Overlap {
    const ids = Uint32Array.from(words, (word) => this.#ids.get(word) ?? 0);
    const covered = new Uint8Array(ids.length);
    let longest: SharedRun | undefined;
    for (const [size, table] of this.#tables) {
      for (let at = 0; at + size <= ids.length; at++) {
        const place = table.find(this.#sequence, ids, at);
        if (place === -1) continue;
        const text = this.#textAt(place);
        const end = this.#starts[text + 1] ?? this.#length;
        let length = size;
        while (
          at + length < ids.length && place + length < end &&
          ids[at + length] === this.#sequence[place + length]
        ) {
          length++;
        }
        covered.fill(1, at, at + length);
        if (
          longest === undefined || length > longest.length ||
          (length === longest.length && at < longest.start)
        ) {
          longest = { start: at, length, source: this.#sources[text]! };
        }
        at += length - size;
      }
    }
    const count = covered.reduce((sum, isCovered) => sum + isCovered, 0);
    return longest === undefined ? { words: 0 } : { words: count, longest };
  }

  /** 0 is no word. */
  #idOf(word: string): number {
    let id = this.#ids.get(word);
    if (id === undefined) this.#ids.set(word, id = this.#ids.size + 1);
    return id;
  }

  #reserve(count: number): void {
    let size = this.#sequence.length;
    while (size < this.#length + count) size *= 2;
    if (size === this.#sequence.length) return;
    const larger = new Uint32Array(size);
    larger.set(this.#sequence.subarray(0, this.#length));
    this.#sequence = larger;
  }

  #textAt(place: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Places of grams of one length, by hash; of equal grams the first stays. */
class GramTable {
  readonly #size: number;
  #slots = new Uint32Array(1 << 10);
  #count = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(sequence: Uint32Array, at: number): void {
    const slot = this.#slotOf(sequence, sequence, at);
    if (this.#slots[slot] !== 0) return;
    this.#slots[slot] = at + 1;
    if (++this.#count > this.#slots.length * LOAD_MAX) this.#grow(sequence);
  }

  /** Where a gram of a text stands in the sequence; -1 when it is not there. */
  find(sequence: Uint32Array, ids: Uint32Array, at: number): number {
    return this.#slots[this.#slotOf(sequence, ids, at)]! - 1;
  }

  #slotOf(sequence: Uint32Array, ids: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(ids, at) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#isSame(sequence, this.#slots[slot]! - 1, ids, at)) break;
    }
    return slot;
  }

  #isSame(sequence: Uint32Array, place: number, ids: Uint32Array, at: number): boolean {
    for (let word = 0; word < this.#size; word++) if (sequence[place + word] !== ids[at + word]) return false;
    return true;
  }

  #hash(ids: Uint32Array, at: number): number {
    let hash = 0x811c9dc5;
    for (let word = at; word < at + this.#size; word++) {
      hash = Math.imul(hash ^ ids[word]!, MULTIPLIER);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) >>> 0;
  }

  #grow(sequence: Uint32Array): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (const place of old) {
      if (place !== 0) this.#slots[this.#slotOf(sequence, sequence, place - 1)] = place;
    }
  }
}
