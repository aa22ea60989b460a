import { mix, MULTIPLIER } from "./_mix.ts";

/** Characters of a text that are compared; what follows is not looked at. */
export const TEXT_CHARS_MAX = 1 << 20;
/** Multiplier of the second half of a text's key. */
const KEY_MULTIPLIER = 0x85ebca77;
const CODES_FIRST = 1 << 10;
const SPACE = 0x20;
/** What becomes of an ASCII character: 0 parts, 1 is punctuation, anything else is what it is compared as. */
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[a-z0-9]/i.test(char)) return char.toLowerCase().charCodeAt(0);
  return /\s/.test(char) || code < SPACE || code === 127 ? 0 : 1;
});

/** How a text is cut up. */
export interface ShingleRule {
  readonly unit: "characters" | "words";
  /** Units of a shingle. */
  readonly size: number;
  /** Whether punctuation and symbols count. */
  readonly punctuation: boolean;
}

/** A text cut up. */
export interface Shingles {
  /** Hashes of the shingles, in the order of the text, repeated as they come; valid until the next text. */
  readonly hashes: Int32Array;
  /** 64 bits of the text as it is compared. */
  readonly keyHigh: number;
  readonly keyLow: number;
}

/**
 * Cuts texts into overlapping runs of characters or words, and hashes each to 32 bits. Texts are compared in Unicode form
 * NFKC, in lower case, with single spaces. In words, each punctuation mark or symbol is a word of its own. A text that is
 * shorter than a shingle is one shingle, an empty one has none.
 *
 * Source: A. Broder, On the resemblance and containment of documents (SEQUENCES 1997).
 */
export class Shingler {
  readonly #rule: ShingleRule;
  /** The multiplier to the power of the size, which takes the oldest unit out of the rolling hash. */
  readonly #power: number;
  #codes = new Uint16Array(CODES_FIRST);
  #units = new Int32Array(CODES_FIRST);
  #hashes = new Int32Array(CODES_FIRST);

  constructor(rule: ShingleRule) {
    this.#rule = rule;
    let power = 1;
    for (let unit = 0; unit < rule.size; unit++) power = Math.imul(power, MULTIPLIER);
    this.#power = power;
  }

  /** Cuts a text up. */
  cut(text: string): Shingles {
    const length = this.#normalise(text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX) : text);
    const codes = this.#codes;
    let [high, low] = [1, 1];
    for (let at = 0; at < length; at++) {
      high = (Math.imul(high, MULTIPLIER) + codes[at]!) | 0;
      low = (Math.imul(low, KEY_MULTIPLIER) + codes[at]!) | 0;
    }
    const units = this.#rule.unit === "words" ? this.#words(length) : length;
    const source = this.#rule.unit === "words" ? this.#units : codes;
    const count = this.#roll(source, units);
    return { hashes: this.#hashes.subarray(0, count), keyHigh: mix(high) >>> 0, keyLow: mix(low) >>> 0 };
  }

  #roll(units: Int32Array | Uint16Array, length: number): number {
    if (this.#hashes.length < length) this.#hashes = new Int32Array(2 * length);
    const { size } = this.#rule;
    const hashes = this.#hashes;
    const power = this.#power;
    let hash = 0;
    const first = Math.min(size, length);
    for (let at = 0; at < first; at++) hash = (Math.imul(hash, MULTIPLIER) + units[at]!) | 0;
    if (length === 0) return 0;
    hashes[0] = mix(hash);
    let count = 1;
    for (let at = size; at < length; at++) {
      hash = (Math.imul(hash, MULTIPLIER) + units[at]! - Math.imul(power, units[at - size]!)) | 0;
      hashes[count++] = mix(hash);
    }
    return count;
  }

  /** Hashes of the words, which are parted by single spaces. */
  #words(length: number): number {
    if (this.#units.length < length) this.#units = new Int32Array(2 * length);
    const codes = this.#codes;
    let hash = 0;
    let count = 0;
    for (let at = 0; at < length; at++) {
      if (codes[at] === SPACE) {
        this.#units[count++] = mix(hash);
        hash = 0;
      } else hash = (Math.imul(hash, MULTIPLIER) + codes[at]! + 1) | 0;
    }
    if (length > 0) this.#units[count++] = mix(hash);
    return count;
  }

  /** Puts the text as it is compared into the codes, and gives its length. */
  #normalise(text: string): number {
    const { length } = text;
    this.#makeRoom(3 * length);
    const codes = this.#codes;
    const { punctuation } = this.#rule;
    const apart = this.#rule.unit === "words";
    let used = 0;
    let isParted = false;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 128) return this.#normaliseAny(text);
      const as = ASCII[code]!;
      const isMark = as === 1;
      if (as === 0 || (isMark && !punctuation)) {
        isParted = true;
        continue;
      }
      if ((isParted || (isMark && apart)) && used > 0) codes[used++] = SPACE;
      codes[used++] = isMark ? code : as;
      isParted = isMark && apart;
    }
    return used;
  }

  /** The same for any text. */
  #normaliseAny(text: string): number {
    const { punctuation, unit } = this.#rule;
    let plain = text.normalize("NFKC").toLowerCase();
    if (!punctuation) plain = plain.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
    else if (unit === "words") plain = plain.replace(/[^\p{L}\p{N}\p{M}]/gu, " $& ");
    // deno-lint-ignore no-control-regex -- control characters part words, as white space does
    plain = plain.replace(/[\s\x00-\x1f\x7f]+/g, " ").trim();
    this.#makeRoom(plain.length);
    for (let at = 0; at < plain.length; at++) this.#codes[at] = plain.charCodeAt(at);
    return plain.length;
  }

  #makeRoom(length: number): void {
    if (this.#codes.length < length) this.#codes = new Uint16Array(2 * length);
  }
}

/** Sorts hashes and leaves each in once; the result is a copy. */
export function distinctOf(hashes: Int32Array): Int32Array {
  const sorted = hashes.slice().sort();
  let count = 0;
  for (let at = 0; at < sorted.length; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at]!;
  }
  return sorted.subarray(0, count);
}

/** The share of two sets that both have (Jaccard 1901), each sorted; 0 when both are empty. */
export function jaccard(a: Int32Array, b: Int32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i]!, b[j]!];
    if (left === right) both++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  const all = a.length + b.length - both;
  return all === 0 ? 0 : both / all;
}
