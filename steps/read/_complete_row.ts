import type { Row } from "@fastdistill/core";

/** The row with null in each of the columns that it lacks, so that every row of a source has all of them. */
export function completeRow(row: Row, columns: readonly string[]): Row {
  const missing = columns.filter((column) => !Object.hasOwn(row, column));
  if (missing.length === 0) return row;
  return { ...row, ...Object.fromEntries(missing.map((column) => [column, null])) };
}
