/** Limits by Rae et al., table A1 (arXiv:2112.11446), for prose in English. */
const WORD_CHARS_MIN = 3;
const WORD_CHARS_MAX = 10;
const SYMBOLS_MAX = 0.1;
const BULLETS_MAX = 0.9;
const ELLIPSES_MAX = 0.3;
const ALPHABETIC_MIN = 0.8;
const STOP_WORDS_MIN = 2;
const STOP_WORDS = new Set(["the", "be", "to", "of", "and", "that", "have", "with"]);

/** Which limit of good prose a text breaks, in words; `undefined` when it keeps to all. */
export function qualityProblem(text: string): string | undefined {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (words.length === 0) return "no words";
  const mean = words.reduce((sum, word) => sum + word.length, 0) / words.length;
  if (mean < WORD_CHARS_MIN || mean > WORD_CHARS_MAX) {
    return `words of ${mean.toFixed(1)} characters, ${WORD_CHARS_MIN} to ${WORD_CHARS_MAX}`;
  }
  const share = (count: number, of: readonly string[]) => count / of.length;
  const symbols = share(text.match(/#|\.\.\.|…/g)?.length ?? 0, words);
  if (symbols > SYMBOLS_MAX) {
    return `${symbols.toFixed(2)} hash signs and ellipses a word, at most ${SYMBOLS_MAX}`;
  }
  const bullets = share(lines.filter((line) => /^[-*•‣]/.test(line)).length, lines);
  if (bullets > BULLETS_MAX) return `${bullets.toFixed(2)} of the lines are bullets, at most ${BULLETS_MAX}`;
  const ellipses = share(lines.filter((line) => /(?:\.\.\.|…)$/.test(line)).length, lines);
  if (ellipses > ELLIPSES_MAX) {
    return `${ellipses.toFixed(2)} of the lines end in ellipses, at most ${ELLIPSES_MAX}`;
  }
  const alphabetic = share(words.filter((word) => /\p{L}/u.test(word)).length, words);
  if (alphabetic < ALPHABETIC_MIN) {
    return `${alphabetic.toFixed(2)} of the words have letters, at least ${ALPHABETIC_MIN}`;
  }
  const stopWords = new Set(words.map((word) => word.toLowerCase()).filter((word) => STOP_WORDS.has(word)));
  return stopWords.size < STOP_WORDS_MIN
    ? `${stopWords.size} common words, at least ${STOP_WORDS_MIN}`
    : undefined;
}
