import { NumberList } from "./_number_list.ts";

/** What the content of each row is known by: 64 bits. Memory: 8 bytes a row. */
export class ContentIds {
  readonly #high: NumberList = new NumberList("uint32");
  readonly #low: NumberList = new NumberList("uint32");

  /** Adds those of the next row. */
  push(high: number, low: number): void {
    this.#high.push(high);
    this.#low.push(low);
  }

  /** Of two rows, the one whose content comes first; of equals the first row. */
  first(one: number, other: number): number {
    const order = this.#high.at(one) - this.#high.at(other) || this.#low.at(one) - this.#low.at(other) ||
      one - other;
    return order <= 0 ? one : other;
  }

  /** As 16 hex digits. */
  text(row: number): string {
    return [this.#high, this.#low].map((half) => half.at(row).toString(16).padStart(8, "0")).join("");
  }
}
