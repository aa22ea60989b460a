/** Scripts that do not part words: each character is a word. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}";
const WORD = new RegExp(`[${UNSPACED}]\\p{M}*|(?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}])+`, "gu");
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
/** What {@linkcode WORD} matches in texts without such scripts, in a tenth of the time. */
const SPACED_WORD = /[\p{L}\p{N}\p{M}]+/gu;

/**
 * The words of a text, in Unicode form NFKC and lower case, without punctuation and white space: runs of letters and digits,
 * and each character of Chinese, Japanese, Thai, Lao and Khmer.
 */
export function normalisedWords(text: string): readonly string[] {
  const normal = text.normalize("NFKC").toLowerCase();
  return normal.match(patternFor(normal)) ?? [];
}

/** The words of a text as they stand there, and where. */
export function* wordsIn(text: string): Generator<{ readonly start: number; readonly end: number }> {
  for (const match of text.matchAll(patternFor(text))) {
    yield { start: match.index, end: match.index + match[0].length };
  }
}

function patternFor(text: string): RegExp {
  return HAS_UNSPACED.test(text) ? WORD : SPACED_WORD;
}
