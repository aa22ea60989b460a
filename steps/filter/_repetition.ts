import { wordsIn } from "../_shared/words.ts";

/**
 * Limits of repetition by Rae et al., table A1 (arXiv:2112.11446), as shares of the text. What they call the share of
 * characters is that of the characters without white space around lines.
 */
const LINES = 0.3;
const LINE_CHARS = 0.2;
const TOP_NGRAM_CHARS: ReadonlyMap<number, number> = new Map([[2, 0.2], [3, 0.18], [4, 0.16]]);
const REPEATED_NGRAM_CHARS: ReadonlyMap<number, number> = new Map([
  [5, 0.15],
  [6, 0.14],
  [7, 0.13],
  [8, 0.12],
  [9, 0.11],
  [10, 0.1],
]);
const SIZE_MAX = 10;
/** Below this many words a share of n-grams says nothing. */
const WORDS_MIN = 50;

/** Which limit of repetition a text breaks, in words; `undefined` when it keeps to all. */
export function repetitionProblem(text: string): string | undefined {
  for (const [what, separator] of [["lines", /\n+/], ["paragraphs", /\n\s*\n/]] as const) {
    const parts = text.split(separator).map((part) => part.trim()).filter((part) => part !== "");
    const { count, chars } = repeatedParts(parts);
    if (count > LINES) return `${percent(count)} of the ${what} are repeated, at most ${percent(LINES)}`;
    if (chars > LINE_CHARS) {
      return `${percent(chars)} of the characters are in repeated ${what}, at most ${percent(LINE_CHARS)}`;
    }
  }
  const words = wordsOf(text);
  if (words.length < WORDS_MIN) return undefined;
  const ngrams = new NgramShares(words);
  for (let size = 2; size <= SIZE_MAX; size++) {
    ngrams.lengthen();
    const [top, repeated] = [TOP_NGRAM_CHARS.get(size), REPEATED_NGRAM_CHARS.get(size)];
    const share = top === undefined ? ngrams.ofRepeated() : ngrams.ofMostFrequent();
    const limit = top ?? repeated!;
    if (share <= limit) continue;
    const what = top === undefined ? `repeated ${size}-grams take` : `the commonest ${size}-gram takes`;
    return `${what} ${percent(share)}, at most ${percent(limit)}`;
  }
  return undefined;
}

/** How often the commonest n-gram of a size stands in a text. */
export function mostFrequentNgram(
  text: string,
  size: number,
): { readonly ngram: string; readonly count: number } {
  const words = wordsOf(text);
  const counts = new Map<string, number>();
  let most = { ngram: "", count: 0 };
  for (let at = 0; at + size <= words.length; at++) {
    const ngram = words.slice(at, at + size).join(" ");
    const count = (counts.get(ngram) ?? 0) + 1;
    counts.set(ngram, count);
    if (count > most.count) most = { ngram, count };
  }
  return most;
}

/** Parts that have come before, as shares of the parts and of their characters. */
function repeatedParts(parts: readonly string[]): { readonly count: number; readonly chars: number } {
  const seen = new Set<string>();
  let [count, chars, all] = [0, 0, 0];
  for (const part of parts) {
    all += part.length;
    if (seen.has(part)) {
      count++;
      chars += part.length;
    } else seen.add(part);
  }
  return parts.length === 0 ? { count: 0, chars: 0 } : { count: count / parts.length, chars: chars / all };
}

function wordsOf(text: string): readonly string[] {
  return [...wordsIn(text)].map(({ start, end }) => text.slice(start, end).toLowerCase());
}

/** How much of a text its n-grams take, by the characters of their words; begins with single words. */
class NgramShares {
  readonly #ids: readonly number[];
  /** Characters before each word. */
  readonly #before: readonly number[];
  /** By place, a number that equal n-grams share. */
  #ngrams: readonly number[];
  #size = 1;

  constructor(words: readonly string[]) {
    this.#ids = numbered(words);
    this.#ngrams = this.#ids;
    const before = [0];
    for (const word of words) before.push(before.at(-1)! + word.length);
    this.#before = before;
  }

  /** Goes over to n-grams of one word more. */
  lengthen(): void {
    const words = this.#ids.length;
    const longer = this.#ids.slice(this.#size).map((id, place) => this.#ngrams[place]! * words + id);
    this.#ngrams = numbered(longer);
    this.#size++;
  }

  ofMostFrequent(): number {
    const counts = new Map<number, number>();
    let most = 0;
    for (const [place, ngram] of this.#ngrams.entries()) {
      const count = (counts.get(ngram) ?? 0) + 1;
      counts.set(ngram, count);
      if (count > 1) most = Math.max(most, count * this.#chars(place, place + this.#size));
    }
    return most / this.#before.at(-1)!;
  }

  /** Words that are in several repeated n-grams count once. */
  ofRepeated(): number {
    const seen = new Set<number>();
    let [chars, end] = [0, 0];
    for (const [place, ngram] of this.#ngrams.entries()) {
      if (seen.has(ngram)) {
        chars += this.#chars(Math.max(place, end), place + this.#size);
        end = place + this.#size;
      } else seen.add(ngram);
    }
    return chars / this.#before.at(-1)!;
  }

  #chars(start: number, end: number): number {
    return this.#before[end]! - this.#before[start]!;
  }
}

/** Numbers values by their first occurrence. */
function numbered<T>(values: readonly T[]): readonly number[] {
  const ids = new Map<T, number>();
  return values.map((value) => {
    let id = ids.get(value);
    if (id === undefined) ids.set(value, id = ids.size);
    return id;
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
