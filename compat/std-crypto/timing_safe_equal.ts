import { timingSafeEqual as nodeTimingSafeEqual } from "node:crypto";

/**
 * Compares two byte sequences in a time that does not depend on where they differ.
 *
 * @throws {TypeError} If they differ in length.
 */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike,
  b: ArrayBufferView | ArrayBufferLike,
): boolean {
  if (a.byteLength !== b.byteLength) {
    throw new TypeError(
      `Cannot compare byte sequences of different lengths: ${a.byteLength} and ${b.byteLength}`,
    );
  }
  return nodeTimingSafeEqual(bytesOf(a), bytesOf(b));
}

function bytesOf(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
