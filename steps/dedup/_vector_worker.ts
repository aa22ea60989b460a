/** Compares vectors in a helper process: see `_vector_search.ts` for who asks. @module */
import { closeSync, openSync, readSync } from "node:fs";
import { bitsOfText, bitsToText } from "./_bits.ts";

/** What rounding may take from a similarity. */
const ROUNDING = 1e-6;
/** Parts of a vector after which a pair that cannot reach the threshold is given up: eighths of its length. */
const CHECKS = [1, 2, 4] as const;

/** Vectors of length 1, one after the other, numbers of 4 bytes each. */
interface VectorFile {
  readonly path: string;
  readonly dimensions: number;
}

/** A run of vectors. */
export interface VectorRange {
  readonly from: number;
  readonly to: number;
}

/** Asks which vectors of two runs are near: pairs that make the sets of those that are. */
export interface NearVectorsRequest extends VectorFile {
  readonly do: "near";
  readonly these: VectorRange;
  /** Compared with the same run, or one that comes later. */
  readonly those: VectorRange;
  /** The first vectors, which are not compared with each other. */
  readonly fixed: number;
  readonly threshold: number;
}

/** Asks how similar pairs of vectors are. */
export interface CompareVectorsRequest extends VectorFile {
  readonly do: "compare";
  /** Bits of numbers of vectors, two a pair. */
  readonly pairs: string;
}

/** Answers one request with bits of numbers: pairs of 4 bytes, similarities of 8. */
export default function answer(request: NearVectorsRequest | CompareVectorsRequest): string {
  using file = openVectors(request);
  return bitsToText(request.do === "near" ? nearPairs(request, file) : similarities(request, file));
}

interface OpenVectors extends Disposable {
  readonly read: (range: VectorRange) => Float32Array;
}

function openVectors({ path, dimensions }: VectorFile): OpenVectors {
  const file = openSync(path, "r");
  return {
    read: ({ from, to }) => {
      const vectors = new Float32Array((to - from) * dimensions);
      const bytes = new Uint8Array(vectors.buffer);
      for (let done = 0; done < bytes.length;) {
        const count = readSync(file, bytes, done, bytes.length - done, 4 * from * dimensions + done);
        if (count === 0) throw new Error(`Read vectors ${from} to ${to}, found the end of the file`);
        done += count;
      }
      return vectors;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function similarities(
  { pairs, dimensions }: CompareVectorsRequest,
  file: OpenVectors,
): Float64Array<ArrayBuffer> {
  const numbers = new Uint32Array(bitsOfText(pairs));
  const vector = (at: number) => file.read({ from: numbers[at]!, to: numbers[at]! + 1 });
  return Float64Array.from({ length: numbers.length / 2 }, (_, pair) => {
    const [a, b] = [vector(2 * pair), vector(2 * pair + 1)];
    let sum = 0;
    for (let at = 0; at < dimensions; at++) sum += a[at]! * b[at]!;
    return Math.min(1, sum);
  });
}

function nearPairs(request: NearVectorsRequest, file: OpenVectors): Uint32Array<ArrayBuffer> {
  const { these, those, fixed, threshold, dimensions } = request;
  const isSame = these.from === those.from;
  const left = new VectorBlock(file.read(these), dimensions);
  const right = isSame ? left : new VectorBlock(file.read(those), dimensions);
  const edges: number[] = [];
  const roots = new Map<number, number>();
  const find = (one: number) => {
    let root = one;
    for (let next = roots.get(root); next !== undefined; next = roots.get(root)) root = next;
    return root;
  };
  const scan = new PairScan(left, right, threshold);
  // Vectors that are not compared with each other come first.
  const start = Math.max(0, fixed - those.from);
  for (let i = 0; i < left.count; i++) {
    const one = these.from + i;
    const from = Math.max(start, isSame ? i + 1 : 0);
    for (let j = scan.next(i, from); j >= 0; j = scan.next(i, j + 1)) {
      const other = those.from + j;
      const [a, b] = [find(one), find(other)];
      if (a === b) continue;
      roots.set(Math.max(a, b), Math.min(a, b));
      edges.push(one, other);
    }
  }
  return Uint32Array.from(edges);
}

/** Vectors, and how long what is left of each is after each check. */
class VectorBlock {
  readonly vectors: Float32Array;
  readonly count: number;
  readonly dimensions: number;
  /** Ends of the parts. */
  readonly ends: readonly number[];
  /** By vector and check. */
  readonly rests: Float32Array;

  constructor(vectors: Float32Array, dimensions: number) {
    this.vectors = vectors;
    this.count = vectors.length / dimensions;
    this.dimensions = dimensions;
    this.ends = [...CHECKS.map((eighths) => Math.floor(dimensions * eighths / 8)), dimensions];
    this.rests = new Float32Array(this.count * CHECKS.length);
    for (let vector = 0; vector < this.count; vector++) {
      for (let check = 0; check < CHECKS.length; check++) {
        let sum = 0;
        const first = vector * dimensions;
        for (let at = first + this.ends[check]!; at < first + dimensions; at++) sum += vectors[at]! ** 2;
        this.rests[vector * CHECKS.length + check] = Math.sqrt(sum);
      }
    }
  }
}

/**
 * Which pairs of two blocks reach the threshold. After each part the product of what is left is at most that of the lengths
 * (Cauchy-Schwarz), so that most pairs end early, and none wrongly.
 */
class PairScan {
  readonly #left: VectorBlock;
  readonly #right: VectorBlock;
  readonly #threshold: number;

  constructor(left: VectorBlock, right: VectorBlock, threshold: number) {
    this.#left = left;
    this.#right = right;
    this.#threshold = threshold;
  }

  /** The first from `from` on that is near to a vector of the left block; -1 when none is. */
  next(i: number, from: number): number {
    const { dimensions, ends, vectors: a, rests } = this.#left;
    const { vectors: b, rests: otherRests, count } = this.#right;
    const least = this.#threshold - 2 * ROUNDING;
    const first = i * dimensions;
    const end = first + ends[0]!;
    const rest = rests[i * CHECKS.length]!;
    for (let j = from; j < count; j++) {
      // Four sums, so that one multiplication does not wait for the one before.
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      let at = first;
      let other = j * dimensions;
      for (; at + 3 < end; at += 4, other += 4) {
        s0 += a[at]! * b[other]!;
        s1 += a[at + 1]! * b[other + 1]!;
        s2 += a[at + 2]! * b[other + 2]!;
        s3 += a[at + 3]! * b[other + 3]!;
      }
      for (; at < end; at++, other++) s0 += a[at]! * b[other]!;
      const sum = s0 + s1 + s2 + s3;
      if (sum + rest * otherRests[j * CHECKS.length]! >= least && this.#isNear(i, j, sum)) return j;
    }
    return -1;
  }

  /** The same of one pair, after the first part. */
  #isNear(i: number, j: number, first: number): boolean {
    const { dimensions, ends, vectors: a, rests } = this.#left;
    const { vectors: b, rests: otherRests } = this.#right;
    let sum = first;
    for (let part = 1; part < ends.length; part++) {
      for (let at = ends[part - 1]!; at < ends[part]!; at++) {
        sum += a[i * dimensions + at]! * b[j * dimensions + at]!;
      }
      if (part === CHECKS.length) break;
      const rest = rests[i * CHECKS.length + part]! * otherRests[j * CHECKS.length + part]!;
      if (sum + rest < this.#threshold - 2 * ROUNDING) return false;
    }
    return sum >= this.#threshold - ROUNDING;
  }
}
