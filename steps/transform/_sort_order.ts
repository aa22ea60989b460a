import { canonicalJson, type Json, type Row } from "@fastdistill/core/authoring";

/** What rows are sorted by. */
export interface SortOrder {
  /** Columns, the most important first. */
  readonly by: readonly string[];
  /** Largest first. */
  readonly descending: boolean;
}

/** What a row is compared by: one value a column. */
export type SortKey = readonly SortValue[];

type SortValue = number | string | boolean | null | { readonly canonical: string };

/** The values of a row by which it is compared; a list or an object is compared by its canonical JSON. */
export function sortKeyOf(row: Row, { by }: SortOrder): SortKey {
  return by.map((column) => valueOf(row[column] ?? null));
}

/**
 * Compares two keys of one order. Booleans come before numbers, numbers before texts, texts before lists and objects;
 * null comes last, whichever way the rest is sorted. Texts are compared by their UTF-16 code units.
 */
export function compareSortKeys(a: SortKey, b: SortKey, { descending }: SortOrder): number {
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === null && right === null) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    const compared = compareValues(left, right);
    if (compared !== 0) return descending ? -compared : compared;
  }
  return 0;
}

function valueOf(value: Json): SortValue {
  if (typeof value !== "object" || value === null) return value;
  return { canonical: canonicalJson(value) };
}

function compareValues(a: NonNullable<SortValue>, b: NonNullable<SortValue>): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  const [left, right] = [comparable(a), comparable(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function rankOf(value: NonNullable<SortValue>): number {
  return ["boolean", "number", "string", "object"].indexOf(typeof value);
}

function comparable(value: NonNullable<SortValue>): number | string | boolean {
  return typeof value === "object" ? value.canonical : value;
}
