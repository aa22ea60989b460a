import type { Json, Row } from "@fastdistill/core/authoring";

/** The row with null in each of the columns that it lacks, so that every row of a source has all of them. */
export function completeRow(row: Row, columns: readonly string[]): Row {
  let complete: Record<string, Json> | undefined;
  for (const column of columns) {
    if (Object.hasOwn(row, column)) continue;
    complete ??= { ...row };
    complete[column] = null;
  }
  return complete ?? row;
}
