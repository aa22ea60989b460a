import { createHash } from "node:crypto";

/** One value of a result. Integers that a double cannot hold are big integers. */
export type SqlCell = null | number | bigint | string | Uint8Array;

/** What a query returned. */
export interface SqlResult {
  readonly columns: number;
  readonly rows: readonly (readonly SqlCell[])[];
}

/** How two results are compared. */
export interface SqlComparison {
  /** Relative difference that two numbers may have when at least one is no whole number. */
  readonly tolerance: number;
  /**
   * Ends of the groups of rows whose order inside the group is free: `[n]` when order does not count at all,
   * `[1, 2, ..., n]` when it counts everywhere.
   */
  readonly groupEnds: readonly number[];
}

const DIGITS = 12;
const NEAR_ZERO = 1e-12;
const PAIRS_ROWS_MAX = 2000;

/**
 * A digest that equal results share: column names do not count, order counts when asked for, `1` is `1.0`, and
 * numbers that are not whole are rounded to 12 significant digits.
 */
export function resultSignature({ columns, rows }: SqlResult, isOrdered: boolean): string {
  const keys = rows.map(rowKey);
  if (!isOrdered) keys.sort();
  const hasher = createHash("sha256").update(`sql_result:v1\n${columns}\n`);
  for (const key of keys) hasher.update(key).update("\n");
  return hasher.digest("hex");
}

/** Whether a result holds the rows of another: the same values column by column, names not counting. */
export function isSameResult(found: SqlResult, wanted: SqlResult, comparison: SqlComparison): boolean {
  if (found.columns !== wanted.columns || found.rows.length !== wanted.rows.length) return false;
  let start = 0;
  return comparison.groupEnds.every((end) => {
    const isSame = isSameGroup(
      found.rows.slice(start, end),
      wanted.rows.slice(start, end),
      comparison.tolerance,
    );
    start = end;
    return isSame;
  });
}

/** Rows that are equal to the last digit that counts are paired off first; what is left may differ by the tolerance. */
function isSameGroup(
  found: readonly (readonly SqlCell[])[],
  wanted: readonly (readonly SqlCell[])[],
  tolerance: number,
): boolean {
  const byKey = new Map<string, (readonly SqlCell[])[]>();
  for (const row of found) {
    const key = rowKey(row);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [row]);
    else known.push(row);
  }
  const unmatched = wanted.filter((row) => byKey.get(rowKey(row))?.pop() === undefined);
  const left = [...byKey.values()].flat();
  if (unmatched.length === 0) return true;
  if (unmatched.length > PAIRS_ROWS_MAX) return isSameSorted(left, unmatched, tolerance);
  return unmatched.every((row) => {
    const at = left.findIndex((other) => isSameRow(other, row, tolerance));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}

/** For very many rows: in order of their text, then of their numbers, and then pair by pair. */
function isSameSorted(
  found: readonly (readonly SqlCell[])[],
  wanted: readonly (readonly SqlCell[])[],
  tolerance: number,
): boolean {
  const others = found.toSorted(compareRows);
  return wanted.toSorted(compareRows).every((row, index) => isSameRow(others[index]!, row, tolerance));
}

function compareRows(a: readonly SqlCell[], b: readonly SqlCell[]): number {
  const [left, right] = [a, b].map((row) =>
    JSON.stringify(row.map((cell) => isNumber(cell) ? 0 : cellKey(cell)))
  );
  if (left !== right) return left! < right! ? -1 : 1;
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index]!, b[index]!];
    if (isNumber(x) && isNumber(y) && x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function isSameRow(a: readonly SqlCell[], b: readonly SqlCell[], tolerance: number): boolean {
  return a.every((cell, index) => isSameCell(cell, b[index]!, tolerance));
}

function isSameCell(a: SqlCell, b: SqlCell, tolerance: number): boolean {
  if (!isNumber(a) || !isNumber(b)) return cellKey(a) === cellKey(b);
  if (a === b) return true;
  if (isWhole(a) && isWhole(b)) return false;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  return Math.abs(x - y) <= Math.max(tolerance * Math.max(Math.abs(x), Math.abs(y)), NEAR_ZERO);
}

function isNumber(cell: SqlCell): cell is number | bigint {
  return typeof cell === "number" || typeof cell === "bigint";
}

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

/** A text that is the same for rows that are equal to the last digit that counts. */
export function rowKey(row: readonly SqlCell[]): string {
  return JSON.stringify(row.map(cellKey));
}

function cellKey(cell: SqlCell): string | null {
  if (cell === null) return null;
  if (typeof cell === "string") return `t${cell}`;
  if (typeof cell === "bigint") return `n${cell}`;
  if (typeof cell === "number") {
    return `n${Number.isSafeInteger(cell) ? cell : Number(cell.toPrecision(DIGITS))}`;
  }
  return `b${createHash("sha256").update(cell).digest("hex")}`;
}
