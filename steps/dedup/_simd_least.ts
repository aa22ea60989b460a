/** Permutations that the vector instructions do in one pass over the hashes. */
export const SIMD_PERMUTATIONS = 8;
const PAGE_BYTES = 1 << 16;
const HASHES_FIRST = 1 << 12;

/** What the module exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  /**
   * Of `bytes / 4` permutations: factors from address 0, offsets from `bytes`, results from `2 * bytes`; the hashes, of which
   * there is at least one, from `first` to `end`.
   */
  readonly least: (bytes: number, first: number, end: number) => void;
}

/** The least of `hash * factor + offset` modulo 2^32, signed, under each permutation; valid until the next call. */
export type LeastOf = (hashes: Int32Array) => Int32Array;

/**
 * The innermost loop of MinHash in vector instructions: some eight times faster than the same in JavaScript, with the same
 * results. `undefined` where the processor or the runtime does not have them.
 *
 * @throws {RangeError} when the number of permutations is no multiple of 8
 */
export function simdLeast(factors: Int32Array, offsets: Int32Array): LeastOf | undefined {
  if (factors.length % SIMD_PERMUTATIONS !== 0) {
    throw new RangeError(`Permutations are done by ${SIMD_PERMUTATIONS}, found ${factors.length}`);
  }
  const bytes = moduleBytes();
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, least } = exports as unknown as Exports;
  const tableBytes = factors.byteLength;
  const first = 3 * tableBytes;
  let room = 0;
  let found = new Int32Array();
  let input = new Int32Array();
  const makeRoom = (hashes: number) => {
    room = Math.max(hashes, 2 * room, HASHES_FIRST);
    const missing = first + 4 * room - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    new Int32Array(memory.buffer).set(factors, 0);
    new Int32Array(memory.buffer).set(offsets, factors.length);
    found = new Int32Array(memory.buffer, 2 * tableBytes, factors.length);
    input = new Int32Array(memory.buffer, first, room);
  };
  makeRoom(0);
  return (hashes) => {
    if (hashes.length > room) makeRoom(hashes.length);
    input.set(hashes);
    if (hashes.length === 0) found.fill(0x7fffffff);
    else least(tableBytes, first, first + hashes.byteLength);
    return found;
  };
}

// Parameters and variables of the function, by number.
const BYTES = 0;
const FIRST = 1;
const END = 2;
const TABLE = 3;
const AT = 4;
const F0 = 5;
const F1 = 6;
const O0 = 7;
const O1 = 8;
const M0 = 9;
const M1 = 10;
const HASH = 11;
const [I32, V128] = [0x7f, 0x7b];

/** The function in the binary format of WebAssembly, with the extension for vectors of 128 bits. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  // deno-fmt-ignore -- a line a statement
  const body = [
    2, 2, I32, 7, V128, // two kinds of variables: numbers and vectors
    ...loop([
      ...get(TABLE), ...loadVector(0), ...set(F0),
      ...get(TABLE), ...loadVector(16), ...set(F1),
      ...get(TABLE), ...get(BYTES), ...I32_ADD, ...loadVector(0), ...set(O0),
      ...get(TABLE), ...get(BYTES), ...I32_ADD, ...loadVector(16), ...set(O1),
      ...constant(0x7fffffff), ...SPLAT, ...set(M0),
      ...get(M0), ...set(M1),
      ...get(FIRST), ...set(AT),
      ...loop([
        ...get(AT), ...LOAD_SPLAT, ...set(HASH),
        ...get(M0), ...get(HASH), ...get(F0), ...MUL, ...get(O0), ...ADD, ...MIN, ...set(M0),
        ...get(M1), ...get(HASH), ...get(F1), ...MUL, ...get(O1), ...ADD, ...MIN, ...set(M1),
        ...get(AT), ...constant(4), ...I32_ADD, ...set(AT),
        ...get(AT), ...get(END), ...I32_LESS, ...AGAIN,
      ]),
      ...get(TABLE), ...get(BYTES), ...I32_ADD, ...get(BYTES), ...I32_ADD, ...get(M0), ...storeVector(0),
      ...get(TABLE), ...get(BYTES), ...I32_ADD, ...get(BYTES), ...I32_ADD, ...get(M1), ...storeVector(16),
      ...get(TABLE), ...constant(4 * SIMD_PERMUTATIONS), ...I32_ADD, ...set(TABLE),
      ...get(TABLE), ...get(BYTES), ...I32_LESS, ...AGAIN,
    ]),
    0x0b,
  ];
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, [1, 0x60, 3, I32, I32, I32, 0]), // one type: three numbers in, nothing out
    ...section(3, [1, 0]), // one function, of that type
    ...section(5, [1, 0, 1]), // one memory, of one page at first
    ...section(7, [2, ...text("memory"), 2, 0, ...text("least"), 0, 0]),
    ...section(10, [1, ...number(body.length), ...body]),
  ]);
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32_ADD = [0x6a];
const I32_LESS = [0x49];
const AGAIN = [0x0d, 0];
const SPLAT = [0xfd, 0x11];
const LOAD_SPLAT = [0xfd, 0x09, 2, 0];
const ADD = [0xfd, 0xae, 0x01];
const MUL = [0xfd, 0xb5, 0x01];
const MIN = [0xfd, 0xb6, 0x01];

function get(variable: number): readonly number[] {
  return [0x20, variable];
}

function set(variable: number): readonly number[] {
  return [0x21, variable];
}

function loadVector(offset: number): readonly number[] {
  return [0xfd, 0x00, 4, offset];
}

function storeVector(offset: number): readonly number[] {
  return [0xfd, 0x0b, 4, offset];
}

function loop(body: readonly number[]): readonly number[] {
  return [0x03, 0x40, ...body, 0x0b];
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...number(content.length), ...content];
}

function text(name: string): readonly number[] {
  return [name.length, ...new TextEncoder().encode(name)];
}

function constant(value: number): readonly number[] {
  return [0x41, ...signed(value)];
}

/** LEB128 without a sign. */
function number(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)];
}

/** LEB128 with a sign. */
function signed(value: number): readonly number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
