import type { Row } from "@fastdistill/core/authoring";
import type { ClusterConfig } from "./_near_config.ts";
import { textOf } from "./_row_text.ts";

/** By which the row of a cluster that stays is chosen: the greatest, of equals the first. */
export function worthOf(row: Row, { keep, by }: ClusterConfig, texts: readonly string[]): number {
  if (keep === "first") return 0;
  if (keep === "longest") return textOf(row, by === undefined ? texts : [by]).length;
  const value = row[by!];
  if (typeof value !== "number") return -Infinity;
  return keep === "highest" ? value : -value;
}
