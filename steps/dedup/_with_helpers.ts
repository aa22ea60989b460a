/** Does work on items, some at a time; the items are taken as they are needed. @throws the first failure */
export async function withHelpers<T>(
  items: Iterable<T>,
  helpers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const help = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: helpers }, help));
}

/** Cuts numbers into parts of `size`, with the place of the first of each. */
export function* partsOf(
  numbers: Uint32Array<ArrayBuffer>,
  size: number,
): Generator<{ readonly from: number; readonly part: Uint32Array<ArrayBuffer> }> {
  for (let from = 0; from < numbers.length; from += size) {
    yield { from, part: numbers.subarray(from, from + size) };
  }
}
