const KEY_BYTES_MAX = 1024;
const encoder = new TextEncoder();

/** Refuses a name that no store can have. @throws {RangeError} */
export function checkBlobKey(key: string): void {
  const parts = key.split("/");
  const isName = key !== "" && key.isWellFormed() && encoder.encode(key).length <= KEY_BYTES_MAX &&
    !/[\\\0]/.test(key) && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (isName) return;
  throw new RangeError(
    `The key of a file is up to ${KEY_BYTES_MAX} bytes of names with / between them: ${
      JSON.stringify(key.slice(0, 100))
    }`,
  );
}

/** The order of object stores: by the bytes of UTF-8, which is that of code points. */
export function compareKeys(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
