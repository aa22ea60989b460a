/** Flat numbers of one size. */
type Numbers = Float64Array | Uint32Array;

/** Numbers in flat memory, as many as there are. */
export class NumberList {
  readonly #make: (length: number) => Numbers;
  #numbers: Numbers;
  #count = 0;

  /** Of 8 bytes each, or of 4 where they are whole and below 2^32. */
  constructor(size: "float64" | "uint32") {
    this.#make = (length) => size === "float64" ? new Float64Array(length) : new Uint32Array(length);
    this.#numbers = this.#make(1 << 10);
  }

  /** Adds one at the end. */
  push(number: number): void {
    if (this.#count === this.#numbers.length) {
      const grown = this.#make(2 * this.#count);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[this.#count++] = number;
  }

  /** The one at a place. */
  at(index: number): number {
    return this.#numbers[index]!;
  }
}
