const FIRST = 1 << 10;

/**
 * Disjoint sets of numbers from 0, each in 4 bytes. The root of a set is its least number, so that it does not depend on
 * the order of unions.
 *
 * Source: R. Tarjan, Efficiency of a good but not linear set union algorithm (JACM 22, 1975); path halving.
 */
export class UnionFind {
  #parents = new Uint32Array(FIRST);
  #count = 0;

  /** How many numbers there are. */
  get count(): number {
    return this.#count;
  }

  /** Makes numbers up to `count` known, each in a set of its own. */
  grow(count: number): void {
    if (count > this.#parents.length) {
      const grown = new Uint32Array(Math.max(count, 2 * this.#parents.length));
      grown.set(this.#parents.subarray(0, this.#count));
      this.#parents = grown;
    }
    for (; this.#count < count; this.#count++) this.#parents[this.#count] = this.#count;
  }

  /** The least number of the set that holds `one`. */
  find(one: number): number {
    const parents = this.#parents;
    let at = one;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  }

  /** Makes one set of two; whether they were two. */
  union(one: number, other: number): boolean {
    const [a, b] = [this.find(one), this.find(other)];
    if (a === b) return false;
    this.#parents[Math.max(a, b)] = Math.min(a, b);
    return true;
  }

  /** The root of every number. */
  roots(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from({ length: this.#count }, (_, one) => this.find(one));
  }
}
