import { cosine, type Vectors } from "../_shared/vectors.ts";

/** A row that may be chosen. */
export interface DiverseCandidate {
  /** Number of its vector. */
  readonly vector: number;
  /** Higher is better; -Infinity without one. */
  readonly score: number;
}

/** What became of a candidate. */
export interface Choice {
  readonly isChosen: boolean;
  /** Cosine to the nearest that was chosen before; `undefined` for the first, and for those that were not looked at. */
  readonly similarity?: number;
  /** Number of that one among the candidates. */
  readonly nearest?: number;
}

/** How many are chosen, and what is told meanwhile. */
export interface ChoiceRules {
  readonly count: number;
  /** Stops the choice. */
  readonly signal: AbortSignal;
}

/**
 * Chooses those that lie farthest from all chosen before, one after the other, from the best on (k-center greedy; Sener and
 * Savarese, arXiv:1708.00489). Of equals the earlier one is better. Time: count x candidates.
 */
export function chooseCenters(
  candidates: readonly DiverseCandidate[],
  vectors: Vectors,
  { count, signal }: ChoiceRules,
): readonly Choice[] {
  const nearness = new Float64Array(candidates.length).fill(-Infinity);
  const nearest = new Int32Array(candidates.length).fill(-1);
  const chosen = new Map<number, Choice>();
  let next = bestOf(candidates, (index) => candidates[index]!.score);
  while (next !== -1 && chosen.size < count) {
    signal.throwIfAborted();
    chosen.set(next, choiceOf(true, nearness[next]!, nearest[next]!));
    const center = vectors.at(candidates[next]!.vector);
    for (const [index, { vector }] of candidates.entries()) {
      const near = cosine(center, vectors.at(vector));
      if (near <= nearness[index]!) continue;
      nearness[index] = near;
      nearest[index] = next;
    }
    next = bestOf(candidates, (index) => chosen.has(index) ? NaN : -nearness[index]!);
  }
  return candidates.map((_, index) =>
    chosen.get(index) ?? choiceOf(false, nearness[index]!, nearest[index]!)
  );
}

/**
 * Goes through the candidates from the best score on, and chooses each whose nearest chosen one is less similar than the
 * threshold (score first, then diversity; Liu et al., DEITA, arXiv:2312.15685). Of equals the earlier one is better.
 */
export function chooseByScore(
  candidates: readonly DiverseCandidate[],
  vectors: Vectors,
  { count, signal, threshold }: ChoiceRules & { readonly threshold: number },
): readonly Choice[] {
  const order = candidates.map((_, index) => index)
    .sort((a, b) => compareNumbers(candidates[b]!.score, candidates[a]!.score) || a - b);
  const chosen: number[] = [];
  const choices: Choice[] = candidates.map(() => ({ isChosen: false }));
  for (const index of order) {
    if (chosen.length >= count) break;
    signal.throwIfAborted();
    const vector = vectors.at(candidates[index]!.vector);
    let [similarity, nearest] = [-Infinity, -1];
    for (const other of chosen) {
      const near = cosine(vector, vectors.at(candidates[other]!.vector));
      if (near > similarity) [similarity, nearest] = [near, other];
      if (similarity >= threshold) break;
    }
    const isChosen = similarity < threshold;
    choices[index] = choiceOf(isChosen, similarity, nearest);
    if (isChosen) chosen.push(index);
  }
  return choices;
}

function choiceOf(isChosen: boolean, similarity: number, nearest: number): Choice {
  return nearest === -1 ? { isChosen } : { isChosen, similarity, nearest };
}

/** The first of those with the highest value; NaN is none. */
function bestOf(candidates: readonly DiverseCandidate[], valueOf: (index: number) => number): number {
  let best = -1;
  let highest = -Infinity;
  for (let index = 0; index < candidates.length; index++) {
    const value = valueOf(index);
    if (value > highest || (best === -1 && value === -Infinity)) [best, highest] = [index, value];
  }
  return best;
}

/** -Infinity equals itself. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
