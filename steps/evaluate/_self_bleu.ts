const ORDER = 4;
/** Takes the place of no match at all (Chen and Cherry, 2014, method 1). */
const EPSILON = 0.1;

/**
 * For each text, BLEU-4 against all others together: 1 where all of it stands in others, near 0 where nothing does.
 * `undefined` for texts without words, and where there is no other text. Time and memory are linear in the words.
 *
 * Source: Zhu et al., Texygen, arXiv:1802.01886 (self-BLEU).
 */
export function selfBleu(texts: readonly (readonly string[])[]): readonly (number | undefined)[] {
  const filled = texts.filter((words) => words.length > 0);
  if (filled.length < 2) return texts.map(() => undefined);
  const orders = Array.from({ length: ORDER }, (_, index) => new TopCounts(texts, index + 1));
  const lengths = new Map<number, number>();
  for (const { length } of filled) lengths.set(length, (lengths.get(length) ?? 0) + 1);
  const sorted = [...lengths.keys()].sort((a, b) => a - b);
  return texts.map((words, index) => {
    if (words.length === 0) return undefined;
    const used = orders.slice(0, Math.min(ORDER, words.length));
    const logs = used.map((counts) => Math.log(counts.precisionOf(index)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / used.length;
    const closest = closestLength(
      words.length,
      sorted,
      (length) => length !== words.length || lengths.get(length)! > 1,
    );
    return Math.exp(mean + Math.min(0, 1 - closest / words.length));
  });
}

/** The share of distinct n-grams among all of them; `undefined` where there are none. */
export function distinctShare(texts: readonly (readonly string[])[], size: number): number | undefined {
  const seen = new Set<string>();
  let total = 0;
  for (const words of texts) {
    for (const ngram of ngramsOf(words, size)) {
      seen.add(ngram);
      total++;
    }
  }
  return total === 0 ? undefined : seen.size / total;
}

/** How often each n-gram stands in a text, and how often at most in any other. */
class TopCounts {
  readonly #counts: readonly ReadonlyMap<string, number>[];
  readonly #tops: Map<string, { first: number; owner: number; second: number }> = new Map();

  constructor(texts: readonly (readonly string[])[], size: number) {
    this.#counts = texts.map((words) => countsOf(words, size));
    for (const [owner, counts] of this.#counts.entries()) {
      for (const [ngram, count] of counts) this.#note(ngram, count, owner);
    }
  }

  /** The share of the n-grams of a text that others have too, each as often as the other that has it most. */
  precisionOf(index: number): number {
    let [matched, total] = [0, 0];
    for (const [ngram, count] of this.#counts[index]!) {
      const top = this.#tops.get(ngram)!;
      matched += Math.min(count, top.owner === index ? top.second : top.first);
      total += count;
    }
    return (matched === 0 ? EPSILON : matched) / total;
  }

  #note(ngram: string, count: number, owner: number): void {
    const top = this.#tops.get(ngram);
    if (top === undefined) this.#tops.set(ngram, { first: count, owner, second: 0 });
    else if (count > top.first) Object.assign(top, { first: count, owner, second: top.first });
    else top.second = Math.max(top.second, count);
  }
}

function countsOf(words: readonly string[], size: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const ngram of ngramsOf(words, size)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

function* ngramsOf(words: readonly string[], size: number): Generator<string> {
  for (let at = 0; at + size <= words.length; at++) yield words.slice(at, at + size).join(" ");
}

/** Of two that are equally close the shorter. */
function closestLength(
  length: number,
  sorted: readonly number[],
  isOther: (length: number) => boolean,
): number {
  let closest = Infinity;
  for (const one of sorted) {
    if (isOther(one) && Math.abs(one - length) < Math.abs(closest - length)) closest = one;
  }
  return closest;
}
