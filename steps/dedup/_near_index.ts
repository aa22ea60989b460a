import { MinHasher } from "./_minhash.ts";
import type { NearRule } from "./_near_worker.ts";
import { distinctOf, jaccard, Shingler } from "./_shingles.ts";

/** Texts that one text is compared with at most. */
const CANDIDATES_MAX = 1000;
/** Entries of a list that are looked at: texts that fall into it by chance take turns. */
const ENTRIES_MAX = 10_000;
/** Share of the memory for sets of shingles; the rest is for keys and ids. */
const SETS_SHARE = 0.75;
const ID_BYTES = 120;

/** What an index is made for. */
export interface NearIndexOptions {
  readonly rule: NearRule;
  readonly threshold: number;
  /** Megabytes that it may take. */
  readonly memoryMb: number;
}

/** A text that is near. */
export interface NearText {
  readonly id: string;
  readonly similarity: number;
}

/**
 * Texts in flat memory of a fixed size, found by the bands of their signatures. When the memory is full, the oldest are
 * forgotten. What it finds depends on the texts and their order alone.
 */
export class NearIndex {
  readonly #threshold: number;
  readonly #shingler: Shingler;
  readonly #hasher: MinHasher;
  readonly #bands: number;
  /** Keys of the text that was looked up last. */
  readonly #wanted: Uint32Array;
  #wantedSet: Int32Array = new Int32Array(0);
  /** By band and key: the number of the latest text with it, plus one; 0 for none. */
  readonly #heads: Uint32Array;
  readonly #headMask: number;
  /** By place and band: the number of the next older text in the same list, plus one; and the key. */
  readonly #next: Uint32Array;
  readonly #keys: Uint32Array;
  /** By place: where the set of shingles is, and when the text was last looked at. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #lookedAt: Uint32Array;
  readonly #ids: string[] = [];
  readonly #places: number;
  readonly #sets: Int32Array;
  #used = 0;
  #count = 0;
  #oldest = 0;
  #lookups = 0;

  constructor({ rule, threshold, memoryMb }: NearIndexOptions) {
    const { bands } = rule.minhash;
    const bytes = memoryMb * 2 ** 20;
    this.#threshold = threshold;
    this.#shingler = new Shingler(rule.shingles);
    this.#hasher = new MinHasher(rule.minhash);
    this.#bands = bands;
    this.#wanted = new Uint32Array(bands);
    this.#sets = new Int32Array(Math.floor(bytes * SETS_SHARE / 4));
    this.#places = Math.floor(bytes * (1 - SETS_SHARE) / (12 * bands + 12 + ID_BYTES));
    this.#headMask = 2 ** Math.floor(Math.log2(this.#places)) - 1;
    this.#heads = new Uint32Array(bands * (this.#headMask + 1));
    this.#next = new Uint32Array(bands * this.#places);
    this.#keys = new Uint32Array(bands * this.#places);
    this.#starts = new Uint32Array(this.#places);
    this.#lengths = new Uint32Array(this.#places);
    this.#lookedAt = new Uint32Array(this.#places);
  }

  /** How many texts were forgotten. */
  get forgotten(): number {
    return this.#oldest;
  }

  /** The remembered text that is most similar to this one, if one is near enough. */
  find(text: string): NearText | undefined {
    const { hashes } = this.#shingler.cut(text);
    this.#wantedSet = distinctOf(hashes);
    if (hashes.length === 0) return undefined;
    this.#hasher.writeKeys(hashes, this.#wanted, 0);
    this.#lookups++;
    let best: { readonly number: number; readonly similarity: number } | undefined;
    for (const number of this.#candidates()) {
      const similarity = this.#similarity(number);
      if (similarity < this.#threshold || similarity < (best?.similarity ?? 0)) continue;
      // The lists go from the latest to the oldest, band by band.
      if (best === undefined || similarity > best.similarity || number < best.number) {
        best = { number, similarity };
      }
    }
    if (best === undefined) return undefined;
    return { id: this.#ids[best.number % this.#places]!, similarity: best.similarity };
  }

  /** Remembers the text that was looked up last. */
  add(id: string): void {
    const { length } = this.#wantedSet;
    if (length === 0 || length > this.#sets.length) return;
    const start = this.#makeRoom(length);
    const place = this.#count % this.#places;
    this.#sets.set(this.#wantedSet, start);
    this.#starts[place] = start;
    this.#lengths[place] = length;
    this.#lookedAt[place] = 0;
    this.#ids[place] = id;
    for (let band = 0; band < this.#bands; band++) {
      const head = this.#headOf(band);
      this.#keys[place * this.#bands + band] = this.#wanted[band]!;
      this.#next[place * this.#bands + band] = this.#heads[head]!;
      this.#heads[head] = this.#count + 1;
    }
    this.#count++;
  }

  #headOf(band: number): number {
    return band * (this.#headMask + 1) + (this.#wanted[band]! & this.#headMask);
  }

  /** Numbers of the texts that share a band with the wanted one, each once. */
  *#candidates(): Generator<number> {
    let found = 0;
    for (let band = 0; band < this.#bands; band++) {
      let next = this.#heads[this.#headOf(band)]!;
      for (let entries = 0; next > this.#oldest && entries < ENTRIES_MAX; entries++) {
        const place = (next - 1) % this.#places;
        const isKey = this.#keys[place * this.#bands + band] === this.#wanted[band];
        if (isKey && this.#lookedAt[place] !== this.#lookups) {
          this.#lookedAt[place] = this.#lookups;
          yield next - 1;
          if (++found === CANDIDATES_MAX) return;
        }
        next = this.#next[place * this.#bands + band]!;
      }
    }
  }

  #similarity(number: number): number {
    const place = number % this.#places;
    const [start, length] = [this.#starts[place]!, this.#lengths[place]!];
    const wanted = this.#wantedSet;
    const isTooFar = Math.min(length, wanted.length) < this.#threshold * Math.max(length, wanted.length);
    return isTooFar ? 0 : jaccard(this.#sets.subarray(start, start + length), wanted);
  }

  /** Forgets the oldest texts until there is a place, and room for a set; gives where the set goes. */
  #makeRoom(length: number): number {
    if (this.#count - this.#oldest === this.#places) this.#oldest++;
    let start = this.#used;
    if (start + length > this.#sets.length) {
      // What is left at the end stays free; the sets in it are the oldest.
      while (this.#oldest < this.#count && this.#startOfOldest() >= start) this.#oldest++;
      start = 0;
    }
    while (this.#oldest < this.#count && this.#isInTheWay(start, length)) this.#oldest++;
    this.#used = start + length;
    return start;
  }

  #startOfOldest(): number {
    return this.#starts[this.#oldest % this.#places]!;
  }

  #isInTheWay(start: number, length: number): boolean {
    const from = this.#startOfOldest();
    const to = from + this.#lengths[this.#oldest % this.#places]!;
    return from < start + length && to > start;
  }
}
