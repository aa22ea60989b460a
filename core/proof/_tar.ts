/** The part of tar that a bundle needs: regular files under short names, one after another. Any tar program reads it. */

const BLOCK = 512;
const NAME_BYTES_MAX = 100;
const OCTAL_SIZE_MAX = 0o77777777777;
const SIZE_AT = 124;
const SIZE_BYTES = 12;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;
const encoder = new TextEncoder();

/** A file in an archive. */
export interface TarEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Bytes between the end of a file and the next header. */
export function tarPadding(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}

/** The two blocks of zeros after the last file. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

/** Whether a name fits into a header. */
export function isTarName(name: string): boolean {
  return encoder.encode(name).length <= NAME_BYTES_MAX;
}

/** The block before a file. It holds no time and no user, so that equal files give equal archives. */
export function tarHeader({ name, size }: TarEntry): Uint8Array {
  if (!isTarName(name)) {
    throw new RangeError(`A name in an archive has at most ${NAME_BYTES_MAX} bytes: "${name}"`);
  }
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  block.set(sizeField(size), SIZE_AT);
  put(136, "00000000000\0");
  put(156, "0");
  put(257, "ustar\0" + "00");
  put(CHECKSUM_AT, `${checksumOf(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

/**
 * Reads the block before a file; `undefined` for the end of the archive, a text for what is wrong. Whatever is not a
 * regular file is wrong.
 */
export function readTarHeader(block: Uint8Array): TarEntry | string | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const text = (at: number, length: number) => {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
  };
  if (Number.parseInt(text(CHECKSUM_AT, CHECKSUM_BYTES), 8) !== checksumOf(block)) {
    return "a header is damaged";
  }
  const name = text(0, NAME_BYTES_MAX);
  const type = text(156, 1);
  if (type !== "0" || text(257, 5) !== "ustar" || block[345] !== 0) return `"${name}" is not a plain file`;
  const size = readSize(block.subarray(SIZE_AT, SIZE_AT + SIZE_BYTES));
  return size === undefined ? `"${name}" has no size` : { name, size };
}

function sizeField(size: number): Uint8Array {
  if (size <= OCTAL_SIZE_MAX) return encoder.encode(`${size.toString(8).padStart(11, "0")}\0`);
  const field = new Uint8Array(SIZE_BYTES);
  new DataView(field.buffer).setBigUint64(4, BigInt(size));
  field[0] = 0x80;
  return field;
}

function readSize(field: Uint8Array): number | undefined {
  if (field[0] === 0x80) {
    const size = Number(new DataView(field.buffer, field.byteOffset, SIZE_BYTES).getBigUint64(4));
    return Number.isSafeInteger(size) ? size : undefined;
  }
  const digits = /^([0-7]{11})\0$/.exec(new TextDecoder().decode(field))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

/** The sum of a header's bytes, those of the checksum itself counting as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) {
    const isOwn = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES;
    sum += isOwn ? 32 : block[at]!;
  }
  return sum;
}
