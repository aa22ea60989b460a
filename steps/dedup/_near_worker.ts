/** Sketches and compares texts in a helper process: see `_near_search.ts` for who asks. @module */
import { bitsOfText, bitsToText } from "./_bits.ts";
import { MinHasher, type MinHashRule } from "./_minhash.ts";
import { textOf } from "./_row_text.ts";
import { distinctOf, jaccard, Shingler, type ShingleRule } from "./_shingles.ts";
import { TEXT_KEY_COLUMNS } from "./_spill_files.ts";
import { SpilledRows } from "./_spilled_rows.ts";

/** Rows of a group that each row is compared with at most, next to it in the order of their texts' keys. */
const WINDOW_ROWS = 100;
/** Hashes that are kept of texts that were compared. */
const KEPT_HASHES_MAX = 1 << 22;

/** How texts are cut up and sketched. */
export interface NearRule {
  readonly shingles: ShingleRule;
  readonly minhash: MinHashRule;
}

/** Asks for the keys of texts: of each the halves of its text's key, then one key a band. A text without shingles has only zeros. */
export interface SketchRequest {
  readonly do: "sketch";
  readonly rule: NearRule;
  readonly texts: readonly string[];
}

/** Where rows wait. */
interface Spilled {
  readonly rule: NearRule;
  readonly folder: string;
  readonly on: readonly string[];
}

/** Asks which rows belong together by one column of keys: pairs that make sets of the rows that are near to each other. */
export interface BandRequest extends Spilled {
  readonly do: "band";
  readonly count: number;
  /** Rows that stay whatever they are near to; they come first, and are not compared with each other. */
  readonly fixed: number;
  /** `text` for rows of the same text. */
  readonly band: number | "text";
  /** Of so many parts, by key, this one is looked at. */
  readonly part: { readonly index: number; readonly of: number };
  readonly threshold: number;
}

/** Asks how similar pairs of rows are. */
export interface CompareRequest extends Spilled {
  readonly do: "compare";
  /** Bits of row numbers, two a pair. */
  readonly pairs: string;
}

/** Answers one request with bits of numbers: keys or pairs of 4 bytes, similarities of 8. */
export default function answer(request: SketchRequest | BandRequest | CompareRequest): string {
  if (request.do === "sketch") return bitsToText(keysOf(request));
  using rows = new SpilledRows(request.folder);
  const texts = new ComparedTexts(rows, request);
  return bitsToText(request.do === "band" ? edgesOf(request, rows, texts) : similaritiesOf(request, texts));
}

function keysOf({ rule, texts }: SketchRequest): Uint32Array<ArrayBuffer> {
  const shingler = new Shingler(rule.shingles);
  const hasher = new MinHasher(rule.minhash);
  const columns = TEXT_KEY_COLUMNS + rule.minhash.bands;
  const keys = new Uint32Array(texts.length * columns);
  texts.forEach((text, index) => {
    const { hashes, keyHigh, keyLow } = shingler.cut(text);
    if (hashes.length === 0) return;
    keys.set([keyHigh, keyLow], index * columns);
    hasher.writeKeys(hashes, keys, index * columns + TEXT_KEY_COLUMNS);
  });
  return keys;
}

/** Sets of shingles of spilled rows; those of the latest are kept. */
class ComparedTexts {
  readonly #rows: SpilledRows;
  readonly #on: readonly string[];
  readonly #shingler: Shingler;
  readonly #sets: Map<number, Int32Array> = new Map();
  #kept = 0;

  constructor(rows: SpilledRows, { on, rule }: Spilled) {
    this.#rows = rows;
    this.#on = on;
    this.#shingler = new Shingler(rule.shingles);
  }

  similarity(one: number, other: number, least = 0): number {
    const [a, b] = [this.#setOf(one), this.#setOf(other)];
    const isTooFar = Math.min(a.length, b.length) < least * Math.max(a.length, b.length);
    return isTooFar ? 0 : jaccard(a, b);
  }

  #setOf(index: number): Int32Array {
    const known = this.#sets.get(index);
    if (known !== undefined) return known;
    const set = distinctOf(this.#shingler.cut(textOf(this.#rows.row(index), this.#on)).hashes);
    this.#kept += set.length;
    if (this.#kept > KEPT_HASHES_MAX) {
      this.#sets.clear();
      this.#kept = set.length;
    }
    this.#sets.set(index, set);
    return set;
  }
}

function similaritiesOf({ pairs }: CompareRequest, texts: ComparedTexts): Float64Array<ArrayBuffer> {
  const numbers = new Uint32Array(bitsOfText(pairs));
  return Float64Array.from(
    { length: numbers.length / 2 },
    (_, at) => texts.similarity(numbers[2 * at]!, numbers[2 * at + 1]!),
  );
}

function edgesOf(request: BandRequest, rows: SpilledRows, texts: ComparedTexts): Uint32Array<ArrayBuffer> {
  const { count, band, rule, threshold, fixed } = request;
  const columns = TEXT_KEY_COLUMNS + rule.minhash.bands;
  const [high, low] = [0, 1].map((column) => rows.keys({ column, columns, count })) as [
    Uint32Array,
    Uint32Array,
  ];
  const keys = band === "text" ? high : rows.keys({ column: TEXT_KEY_COLUMNS + band, columns, count });
  const sets = new KnownSets(rows.roots(count));
  const edges: number[] = [];
  const join = (one: number, other: number) => {
    if ((one >= fixed || other >= fixed) && sets.union(one, other)) edges.push(one, other);
  };
  for (const group of groupsOf({ keys, high, low, part: request.part })) {
    const distinct = withoutEqual(group, { high, low, onEqual: band === "text" ? join : () => {} });
    if (band === "text") continue;
    for (let next = 1; next < distinct.length; next++) {
      const other = distinct[next]!;
      for (let at = Math.max(0, next - WINDOW_ROWS); at < next; at++) {
        const one = distinct[at]!;
        if ((one < fixed && other < fixed) || sets.find(one) === sets.find(other)) continue;
        if (texts.similarity(one, other, threshold) >= threshold) join(one, other);
      }
    }
  }
  return Uint32Array.from(edges);
}

interface Keys {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/** Rows with equal keys, in the order of the keys of their texts, so that it does not matter how they came. */
function* groupsOf(
  { keys, high, low, part }: Keys & { readonly keys: Uint32Array; readonly part: BandRequest["part"] },
): Generator<Uint32Array> {
  const { sorted, count } = sortedByKey({ keys, high, low, part });
  for (let from = 0; from < count;) {
    let to = from + 1;
    while (to < count && sorted[2 * to + 1] === sorted[2 * from + 1]) to++;
    if (to - from > 1) {
      const group = Uint32Array.from({ length: to - from }, (_, at) => sorted[2 * (from + at)]!);
      yield group.sort((a, b) => high[a]! - high[b]! || low[a]! - low[b]! || a - b);
    }
    from = to;
  }
}

/** Row numbers and keys, by turns, sorted by key, then number: each pair of them is one number of 64 bits. */
function sortedByKey(
  { keys, high, low, part: { index, of } }: Keys & {
    readonly keys: Uint32Array;
    readonly part: BandRequest["part"];
  },
): { readonly sorted: Uint32Array; readonly count: number } {
  let length = 0;
  for (let row = 0; row < keys.length; row++) if (keys[row]! % of === index) length++;
  const sorted = new Uint32Array(2 * length);
  let count = 0;
  for (let row = 0; row < keys.length; row++) {
    if (keys[row]! % of !== index || (high[row] === 0 && low[row] === 0)) continue;
    sorted[2 * count] = row;
    sorted[2 * count++ + 1] = keys[row]!;
  }
  new BigUint64Array(sorted.buffer, 0, count).sort();
  return { sorted, count };
}

/** The rows of a group without those whose text another one has already. */
function withoutEqual(
  group: Uint32Array,
  { high, low, onEqual }: Keys & { readonly onEqual: (one: number, other: number) => void },
): readonly number[] {
  const distinct: number[] = [];
  for (const row of group) {
    const last = distinct.at(-1);
    if (last !== undefined && high[last] === high[row] && low[last] === low[row]) onEqual(last, row);
    else distinct.push(row);
  }
  return distinct;
}

/** Sets that were known before, and what has been joined since. */
class KnownSets {
  readonly #roots: Uint32Array;
  readonly #joined: Map<number, number> = new Map();

  constructor(roots: Uint32Array) {
    this.#roots = roots;
  }

  find(row: number): number {
    let root = this.#roots[row]!;
    for (let next = this.#joined.get(root); next !== undefined; next = this.#joined.get(root)) root = next;
    return root;
  }

  union(one: number, other: number): boolean {
    const [a, b] = [this.find(one), this.find(other)];
    if (a !== b) this.#joined.set(Math.max(a, b), Math.min(a, b));
    return a !== b;
  }
}
