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
  const words = [...wordsIn(text)];
  if (words.length < WORDS_MIN) return undefined;
  const ngrams = new NgramShares(text, words);
  for (const [size, limit] of TOP_NGRAM_CHARS) {
    const share = ngrams.ofMostFrequent(size);
    if (share > limit) return `the commonest ${size}-gram takes ${percent(share)}, at most ${percent(limit)}`;
  }
  for (const [size, limit] of REPEATED_NGRAM_CHARS) {
    const share = ngrams.ofRepeated(size);
    if (share > limit) return `repeated ${size}-grams take ${percent(share)}, at most ${percent(limit)}`;
  }
  return undefined;
}

/** How often the commonest n-gram of a size stands in a text. */
export function mostFrequentNgram(
  text: string,
  size: number,
): { readonly ngram: string; readonly count: number } {
  const words = [...wordsIn(text)].map(({ start, end }) => text.slice(start, end).toLowerCase());
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

interface Span {
  readonly start: number;
  readonly end: number;
}

/** How much of a text its n-grams take, by the characters of their words. */
class NgramShares {
  readonly #words: readonly string[];
  readonly #total: number;

  constructor(text: string, spans: readonly Span[]) {
    this.#words = spans.map(({ start, end }) => text.slice(start, end).toLowerCase());
    this.#total = this.#words.reduce((sum, word) => sum + word.length, 0);
  }

  ofMostFrequent(size: number): number {
    const counts = new Map<string, number>();
    for (const [, ngram] of this.#ngrams(size)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    let most = 0;
    for (const [ngram, count] of counts) {
      if (count > 1) most = Math.max(most, count * (ngram.length - size + 1));
    }
    return most / this.#total;
  }

  /** Words that are in several repeated n-grams count once. */
  ofRepeated(size: number): number {
    const seen = new Set<string>();
    const covered = new Set<number>();
    for (const [at, ngram] of this.#ngrams(size)) {
      if (seen.has(ngram)) { for (let word = at; word < at + size; word++) covered.add(word); }
      else seen.add(ngram);
    }
    let chars = 0;
    for (const word of covered) chars += this.#words[word]!.length;
    return chars / this.#total;
  }

  *#ngrams(size: number): Generator<readonly [number, string]> {
    for (let at = 0; at + size <= this.#words.length; at++) {
      yield [at, this.#words.slice(at, at + size).join(" ")];
    }
  }
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
