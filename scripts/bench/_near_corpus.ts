/** A corpus of short texts with planted near-duplicates, and the pairs that are really near. @module */

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORDS = 20_000;
const WORDS_OF_TEXT = 40;
const REPLACED = 0.1;
/** Letters and the space. */
const SYMBOLS = 27;
const SHINGLE = 5;
const COMMON_MIN = 8;

/** A corpus: every planted text stands after all others, and copies the one of the same rank. */
export interface NearCorpus {
  readonly texts: readonly string[];
  readonly planted: number;
}

/** Texts of 40 words, of which `planted` copy another one with one word in ten replaced. Frequent words are more likely. */
export function nearCorpus({ texts, planted, seed }: {
  readonly texts: number;
  readonly planted: number;
  readonly seed: number;
}): NearCorpus {
  const random = randomOf(seed);
  const letters = (count: number) =>
    Array.from({ length: count }, () => LETTERS[Math.floor(random() * 26)]).join("");
  const words = Array.from({ length: WORDS }, () => letters(2 + Math.floor(random() * 8)));
  const word = () => words[Math.floor(random() ** 2 * WORDS)]!;
  const originals = Array.from(
    { length: texts - planted },
    () => Array.from({ length: WORDS_OF_TEXT }, word),
  );
  const copies = originals.slice(0, planted).map((text) =>
    text.map((one) => random() < REPLACED ? word() : one)
  );
  return { texts: [...originals, ...copies].map((text) => text.join(" ")), planted };
}

/** Numbers from 0 to 1, the same for the same seed (xorshift). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * All pairs of texts whose sets of five characters have a Jaccard similarity of at least `threshold`, as `i * texts + j`.
 * Exact: shingles are numbered, not hashed, and no pair is left out. Two sets with so much in common have at least 8
 * shingles in common among the rarest of each, a few more of them than may differ (prefix filter: Bayardo, Ma, Srikant,
 * Scaling up all pairs similarity search, WWW 2007); pairs for which that is so are compared in full.
 */
export function nearPairs(texts: readonly string[], threshold: number): ReadonlySet<number> {
  const sets = texts.map(shinglesOf);
  const prefixes = prefixesOf(sets, threshold);
  const postings = new Postings(prefixes);
  const common = new Uint16Array(texts.length);
  const near = new Set<number>();
  prefixes.forEach((prefix, j) => {
    const candidates: number[] = [];
    for (const shingle of prefix) {
      for (const i of postings.before(shingle)) if (++common[i]! === COMMON_MIN) candidates.push(i);
      postings.add(shingle, j);
    }
    for (const i of candidates) {
      if (similarity(sets[i]!, sets[j]!) >= threshold) near.add(i * texts.length + j);
    }
    common.fill(0);
  });
  return near;
}

/** The rarest shingles of each set. */
function prefixesOf(sets: readonly Int32Array[], threshold: number): readonly Int32Array[] {
  const frequency = new Uint32Array(SYMBOLS ** SHINGLE);
  for (const set of sets) for (const shingle of set) frequency[shingle]!++;
  return sets.map((set) =>
    set.slice().sort((a, b) => frequency[a]! - frequency[b]! || a - b)
      .subarray(0, set.length - Math.ceil(threshold * set.length) + COMMON_MIN)
  );
}

/** In which texts a shingle has come so far. */
class Postings {
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #texts: Uint32Array;

  constructor(prefixes: readonly Int32Array[]) {
    const counts = new Uint32Array(SYMBOLS ** SHINGLE);
    for (const prefix of prefixes) for (const shingle of prefix) counts[shingle]!++;
    this.#starts = new Uint32Array(counts.length);
    let sum = 0;
    for (let shingle = 0; shingle < counts.length; shingle++) {
      this.#starts[shingle] = sum;
      sum += counts[shingle]!;
    }
    this.#ends = this.#starts.slice();
    this.#texts = new Uint32Array(sum);
  }

  before(shingle: number): Uint32Array {
    return this.#texts.subarray(this.#starts[shingle]!, this.#ends[shingle]!);
  }

  add(shingle: number, text: number): void {
    this.#texts[this.#ends[shingle]!++] = text;
  }
}

function shinglesOf(text: string): Int32Array {
  const numbers = new Set<number>();
  for (let at = 0; at + SHINGLE <= text.length; at++) {
    let number = 0;
    for (let next = at; next < at + SHINGLE; next++) {
      const code = text.charCodeAt(next);
      number = number * SYMBOLS + (code === 32 ? 0 : code - 96);
    }
    numbers.add(number);
  }
  return Int32Array.from(numbers).sort();
}

/** Of sorted sets. */
function similarity(a: Int32Array, b: Int32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) both++;
    if (a[i]! < b[j]!) i++;
    else if (a[i]! > b[j]!) j++;
    else i++, j++;
  }
  return both / (a.length + b.length - both);
}
