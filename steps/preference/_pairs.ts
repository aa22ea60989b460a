import { sha256 } from "@fastdistill/core/authoring";

/** Ways to choose pairs among the candidates of one prompt. */
export const POLICIES = ["best_vs_worst", "best_vs_random", "adjacent", "all_pairs"] as const;
/** What becomes of candidates with equal scores. */
export const TIES = ["keep_first", "keep_all", "drop"] as const;

/** One answer to a prompt. */
export interface Candidate<T> {
  readonly item: T;
  readonly score: number;
  /** Equal for equal texts. */
  readonly textKey: string;
}

/** A better and a worse answer. */
export interface Pair<T> {
  readonly chosen: Candidate<T>;
  readonly rejected: Candidate<T>;
}

/** How pairs are chosen. */
export interface PairChoice {
  readonly policy: typeof POLICIES[number];
  readonly ties: typeof TIES[number];
  /** The least difference of the scores of a pair. */
  readonly margin: number;
  /** Decides for best_vs_random. */
  readonly seed: string;
}

/** The pairs of one prompt's candidates, which stand in canonical order. No pair has equal scores or equal texts. */
export function pairsOf<T>(candidates: readonly Candidate<T>[], choice: PairChoice): readonly Pair<T>[] {
  // Sorting is stable: of equal scores the earlier one stands first.
  const ranked = settleTies(candidates, choice.ties).toSorted((a, b) => b.score - a.score);
  const fits = (chosen: Candidate<T>, rejected: Candidate<T>): boolean =>
    chosen.score > rejected.score && chosen.score - rejected.score >= choice.margin &&
    chosen.textKey !== rejected.textKey;
  const [best] = ranked;
  if (best === undefined) return [];
  const worseThanBest = ranked.filter((other) => fits(best, other));
  switch (choice.policy) {
    case "best_vs_worst":
      return worseThanBest.slice(-1).map((rejected) => ({ chosen: best, rejected }));
    case "best_vs_random":
      return picked(worseThanBest, choice.seed).map((rejected) => ({ chosen: best, rejected }));
    case "adjacent":
      return ranked.slice(1).flatMap((rejected, index) => {
        const chosen = ranked[index]!;
        return fits(chosen, rejected) ? [{ chosen, rejected }] : [];
      });
    case "all_pairs":
      return ranked.flatMap((chosen) =>
        ranked.filter((rejected) => fits(chosen, rejected)).map((rejected) => ({ chosen, rejected }))
      );
  }
}

function settleTies<T>(
  candidates: readonly Candidate<T>[],
  ties: PairChoice["ties"],
): readonly Candidate<T>[] {
  if (ties === "keep_all") return candidates;
  const byScore = Map.groupBy(candidates, ({ score }) => score);
  if (ties === "keep_first") return [...byScore.values()].map(([first]) => first!);
  return [...byScore.values()].filter(({ length }) => length === 1).flat();
}

function picked<T>(items: readonly T[], seed: string): readonly T[] {
  if (items.length === 0) return [];
  return [items[Number(BigInt(`0x${sha256(seed)}`) % BigInt(items.length))]!];
}
