import type { ColumnRequirement } from "@fastdistill/core/authoring";
import { z } from "zod";

/** Policies by which values become bytes. */
export const POLICY = z.enum(["v1", "compat"]).optional().describe(
  "How values become bytes: v1, or compat for the bytes of the Python predecessor; v1 when absent",
);

/** The column with the text of rows, which only `compat` reads. */
export const LINE_COLUMN = z.string().min(1).optional().describe(
  "Column with the line of the row as it stands in its file, which tells 1.0 from 1; for compat only, see line_column of read_jsonl",
);

/** The column that tells integers from floats, where one is named. */
export function lineRequirements(column: string | undefined): readonly ColumnRequirement[] {
  return column === undefined ? [] : [{ column, type: "string", at: ["line_column"] }];
}

/** The text of a row's line, where a column has it. */
export function lineOf(
  row: { readonly [column: string]: unknown },
  column: string | undefined,
): string | undefined {
  const line = column === undefined ? undefined : row[column];
  return typeof line === "string" ? line : undefined;
}
