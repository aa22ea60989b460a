import type { SqlCell } from "./_result_signature.ts";
import type { ArrowTable, ArrowType } from "./_duckdb_package.ts";

/** Types of Arrow whose values are read as they come. Source: `Schema.fbs` of Apache Arrow. */
const INT = 2;
const FLOAT = 3;
const UTF8 = 5;
const BOOL = 6;
const DECIMAL = 7;
const DICTIONARY = -1;
const NATIVE: ReadonlySet<number> = new Set([INT, FLOAT, UTF8, BOOL, DECIMAL, DICTIONARY]);
const SINGLE = 1;
/** Digits that tell any two numbers of 32 bits apart. */
const SINGLE_DIGITS = 9;
const DECIMAL_BITS = 128;
const WORD_BITS = 32n;

/** Whether every column has a type whose values need no text of DuckDB's own. */
export function isNative({ schema }: ArrowTable): boolean {
  return schema.fields.every(({ type }) => NATIVE.has(type.typeId));
}

/** The values, row by row. */
export function cellsOf(table: ArrowTable, isWide: (column: number) => boolean = () => false): SqlCell[][] {
  const columns = table.schema.fields.map(({ type }, index) => {
    const values = table.getChildAt(index);
    const read = isWide(index) ? wholeCell : reader(type);
    return (row: number) => {
      const value = values?.get(row);
      return value === null || value === undefined ? null : read(value);
    };
  });
  return Array.from({ length: table.numRows }, (_, row) => columns.map((cell) => cell(row)));
}

/**
 * How a query is wrapped so that each of its columns comes in a type that is read as it comes. Bytes stay bytes; large
 * integers, and whatever else there is, become the text that DuckDB casts them to.
 */
export function castingSql(sql: string, types: readonly string[], rowsMax: number): string {
  const columns = types.map((type, index) => {
    if (type === "BLOB" || isNativeText(type)) return `c${index}`;
    return `CAST(c${index} AS VARCHAR)`;
  });
  const names = types.map((_, index) => `c${index}`).join(", ");
  return `SELECT ${columns.join(", ")} FROM (${sql}\n) AS r(${names}) LIMIT ${rowsMax + 1}`;
}

/** Whether a type of DuckDB is one of integers that Arrow has no type for. */
export function isWideInteger(type: string): boolean {
  return type === "UHUGEINT";
}

function isNativeText(type: string): boolean {
  return /^(?:BOOLEAN|U?(?:TINY|SMALL|BIG)INT|U?INTEGER|HUGEINT|FLOAT|DOUBLE|DECIMAL\(.*\)|VARCHAR)$/.test(
    type,
  );
}

function reader(type: ArrowType): (value: unknown) => SqlCell {
  switch (type.typeId) {
    case BOOL:
      return Number;
    case INT:
      return (value) => typeof value === "bigint" ? narrow(value) : value as number;
    case FLOAT:
      return (value) => type.precision === SINGLE ? shortest(value as number) : value as number;
    case DECIMAL:
      return (value) => decimalCell(value as Uint32Array, type.scale ?? 0);
    default:
      return (value) => value instanceof Uint8Array ? value.slice() : String(value);
  }
}

/** Two's complement in four words, the lowest first. */
function decimalCell(words: Uint32Array, scale: number): SqlCell {
  const bits = words.reduceRight((total, word) => (total << WORD_BITS) | BigInt(word), 0n);
  const units = BigInt.asIntN(DECIMAL_BITS, bits);
  const unit = 10n ** BigInt(scale);
  return units % unit === 0n ? narrow(units / unit) : Number(`${units}e-${scale}`);
}

/** The number with the fewest digits that has these 32 bits: 0.1 and not 0.10000000149. */
function shortest(value: number): number {
  for (let digits = 1; digits < SINGLE_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

function wholeCell(value: unknown): SqlCell {
  return narrow(BigInt(String(value)));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
