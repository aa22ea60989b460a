import { isJsonObject, type Json } from "@fastdistill/core/authoring";
import { unfitRow } from "./_unfit_row.ts";

/** What a cell of a typed file holds. Every type allows null. */
export type CellType =
  | { readonly kind: PlainKind }
  | { readonly kind: "list"; readonly item: CellType }
  | { readonly kind: "struct"; readonly fields: ReadonlyMap<string, CellType> };

/** Types that a configuration may name. */
export const PLAIN_KINDS = [
  "string",
  "float64",
  "int64",
  "int32",
  "boolean",
  "timestamp",
  "date",
  "json",
] as const;

/** A type without parts. */
export type PlainKind = typeof PLAIN_KINDS[number];

/** A value of a typed file: JSON, or what stands for it there. */
export type Cell =
  | Json
  | undefined
  | bigint
  | Date
  | readonly Cell[]
  | { readonly [name: string]: Cell };

const JSON_TEXT: CellType = { kind: "json" };
/** An object with more fields than that is a dictionary, and no record. */
const FIELDS_MAX = 100;

/** The narrowest type that all of the values have. Where they disagree, or nothing is known, it is JSON text. */
export function inferCellType(values: readonly Json[]): CellType {
  return narrowest(values) ?? JSON_TEXT;
}

/** `undefined` where there is nothing but null. */
function narrowest(values: readonly Json[]): CellType | undefined {
  let kind: "string" | "float64" | "boolean" | "list" | "struct" | undefined;
  for (const value of values) {
    if (value === null) continue;
    const found = kindOf(value);
    if (kind !== undefined && kind !== found) return JSON_TEXT;
    kind = found;
  }
  if (kind === "list") {
    return {
      kind,
      item: narrowest((values as readonly (readonly Json[] | null)[]).flatMap((list) => list ?? [])) ??
        JSON_TEXT,
    };
  }
  return kind === "struct" ? structOf(values.filter(isJsonObject)) : kind && { kind };
}

function kindOf(value: Exclude<Json, null>) {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "boolean";
  return Array.isArray(value) ? "list" : "struct";
}

function structOf(values: readonly { readonly [key: string]: Json }[]): CellType {
  const byField = new Map<string, Json[]>();
  for (const value of values) {
    for (const [name, item] of Object.entries(value)) {
      const known = byField.get(name);
      if (known === undefined) byField.set(name, [item]);
      else known.push(item);
    }
    if (byField.size > FIELDS_MAX) return JSON_TEXT;
  }
  if (byField.size === 0) return JSON_TEXT;
  return {
    kind: "struct",
    fields: new Map([...byField].map(([name, items]) => [name, inferCellType(items)])),
  };
}

/** A value as a cell of a type. @throws {FastDistillError} `data.invalid_sample` for a value of another type */
export function cellOf(value: Json | undefined, type: CellType, column: string): Cell {
  if (value === null || value === undefined) return null;
  const cell = convert(value, type, column);
  if (cell !== undefined) return cell;
  throw unfitRow(
    `${shown(value)} in "${column}", whose type is ${type.kind}`,
    `Types come of the first rows unless they are stated: types: {${
      column.split(".")[0]
    }: json} takes any value`,
  );
}

/** `undefined` for a value of another type. */
function convert(value: Exclude<Json, null>, type: CellType, column: string): Cell {
  switch (type.kind) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "float64":
      return typeof value === "number" ? value : undefined;
    case "int32":
      return typeof value === "number" && (value | 0) === value ? value : undefined;
    case "int64":
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "timestamp":
    case "date":
      return pointInTime(value);
    case "json":
      return value;
    case "list":
      return Array.isArray(value) ? value.map((item: Json) => cellOf(item, type.item, column)) : undefined;
    case "struct":
      return isJsonObject(value) ? structCell(value, type.fields, column) : undefined;
  }
}

function structCell(
  value: { readonly [key: string]: Json },
  fields: ReadonlyMap<string, CellType>,
  column: string,
): Cell {
  if (Object.keys(value).some((name) => !fields.has(name))) return undefined;
  const cells: Record<string, Cell> = {};
  for (const [name, type] of fields) cells[name] = cellOf(value[name], type, `${column}.${name}`);
  return cells;
}

function pointInTime(value: Json): Date | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
