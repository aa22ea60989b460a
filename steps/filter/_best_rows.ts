/** A row that stands for being among the best of its group. */
export interface Candidate<T> {
  /** Higher is better; -Infinity for a row without a value. */
  readonly score: number;
  /** Position in canonical order. */
  readonly position: number;
  readonly item: T;
}

/** Holds the best candidates of each group, and nothing else. */
export class BestRows<T> {
  readonly #keep: number;
  readonly #groups: Map<string, Candidate<T>[]> = new Map();

  /** @param keep how many of each group stay */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Takes in a candidate, later ones after earlier ones; the result is the one that is out of the race now, if any. */
  add(group: string, candidate: Candidate<T>): Candidate<T> | undefined {
    const best = this.#groups.get(group);
    if (best === undefined) {
      this.#groups.set(group, [candidate]);
      return undefined;
    }
    // A later one stands behind those that are as good.
    const place = best.findIndex(({ score }) => score < candidate.score);
    best.splice(place === -1 ? best.length : place, 0, candidate);
    return best.length > this.#keep ? best.pop() : undefined;
  }

  /** Those that stayed, in canonical order. */
  remaining(): readonly Candidate<T>[] {
    return [...this.#groups.values()].flat().sort((a, b) => a.position - b.position);
  }
}
