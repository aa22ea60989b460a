import { FastDistillError, type Json } from "@fastdistill/core/authoring";

const CHUNK_VECTORS = 1024;

/** Unit vectors of one length, 4 bytes a number, outside of the garbage-collected heap. */
export class Vectors {
  readonly #chunks: Float32Array[] = [];
  #dimensions = 0;
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in a vector; the result is its number.
   * @throws {FastDistillError} `graph.column_type` for what is no list of numbers, or one of another length
   */
  add(value: Json, { column }: { readonly column: string }): number {
    const vector = unitVector(value, { column });
    if (this.#count === 0) this.#dimensions = vector.length;
    if (vector.length !== this.#dimensions) {
      throw new FastDistillError(
        "graph.column_type",
        `Compare vectors of ${this.#dimensions} numbers in "${column}", found one of ${vector.length}`,
      );
    }
    if (this.#count % CHUNK_VECTORS === 0) {
      this.#chunks.push(new Float32Array(CHUNK_VECTORS * this.#dimensions));
    }
    this.at(this.#count).set(vector);
    return this.#count++;
  }

  /** A vector by its number; not to be changed. */
  at(index: number): Float32Array {
    const start = (index % CHUNK_VECTORS) * this.#dimensions;
    return this.#chunks[Math.floor(index / CHUNK_VECTORS)]!.subarray(start, start + this.#dimensions);
  }
}

/** The cosine of the angle between two unit vectors; 0 where one of them is zero. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/**
 * An embedding scaled to length 1; zero stays zero.
 * @throws {FastDistillError} `graph.column_type` for what is no list of numbers
 */
export function unitVector(value: Json, { column }: { readonly column: string }): Float32Array {
  if (!Array.isArray(value) || value.length === 0 || !value.every((part) => typeof part === "number")) {
    throw new FastDistillError(
      "graph.column_type",
      `Read the column "${column}" as an embedding, found ${JSON.stringify(value).slice(0, 80)}`,
    );
  }
  const length = Math.sqrt(value.reduce((sum: number, part: number) => sum + part * part, 0));
  return Float32Array.from(value, (part: number) => length === 0 ? 0 : part / length);
}
