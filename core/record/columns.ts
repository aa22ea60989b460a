import type { Json } from "./json.ts";
import type { Row } from "./row.ts";

/** What a column holds. `any` is unknown or mixed; every type also allows null. */
export type ColumnType = "string" | "number" | "boolean" | "array" | "object" | "any";

/** Column name to type. */
export interface Columns {
  /** What the column holds. */
  readonly [name: string]: ColumnType;
}

/** The column type of one value; `undefined` for null, which says nothing of a type. */
export function columnTypeOf(value: Json): ColumnType | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) return "array";
  return typeof value as ColumnType;
}

/** Whether a column of type `found` can be read as `wanted`. */
export function isColumnTypeCompatible(found: ColumnType, wanted: ColumnType): boolean {
  return found === wanted || found === "any" || wanted === "any";
}

/**
 * Collects the columns of many rows and their types.
 *
 * @example
 * ```ts
 * import { ColumnCollector } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const collector = new ColumnCollector();
 * collector.add({ id: 1, note: null });
 * collector.add({ id: "two", note: "x" });
 * assertEquals(collector.columns(), { id: "any", note: "string" });
 * ```
 */
export class ColumnCollector {
  readonly #types: Map<string, ColumnType | undefined> = new Map();

  /** Takes note of one more row. */
  add(row: Row): void {
    for (const key in row) {
      const type = columnTypeOf(row[key]!);
      const known = this.#types.get(key);
      if (known === undefined) this.#types.set(key, type);
      else if (type !== undefined && type !== known) this.#types.set(key, "any");
    }
  }

  /** The columns seen so far, sorted by name; one that was always null is `any`. */
  columns(): Columns {
    const sorted = [...this.#types].sort(([a], [b]) => a < b ? -1 : 1);
    return Object.fromEntries(sorted.map(([name, type]) => [name, type ?? "any"]));
  }
}
