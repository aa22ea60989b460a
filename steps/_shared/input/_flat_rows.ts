import type { Row } from "@fastdistill/core/authoring";

/** Gives rows one by one that come in batches: a generator would cost more than reading the row does. */
export function flatRows(batches: AsyncGenerator<readonly Row[]>): AsyncIterableIterator<Row> {
  let rows: readonly Row[] = [];
  let at = 0;
  const refill = async (): Promise<IteratorResult<Row>> => {
    while (at >= rows.length) {
      const next = await batches.next();
      if (next.done === true) return { done: true, value: undefined };
      rows = next.value;
      at = 0;
    }
    return { done: false, value: rows[at++]! };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => at < rows.length ? Promise.resolve({ done: false, value: rows[at++]! }) : refill(),
    return: async () => {
      rows = [];
      await batches.return(undefined);
      return { done: true, value: undefined };
    },
  };
}
