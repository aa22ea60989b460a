import type { Json } from "@fastdistill/core/authoring";
import { INT64_HINT } from "./_input_file.ts";

/** What a cell holds that JSON does not; `hint` says what may be done. */
export class UnreadableCell extends Error {
  readonly hint: string | undefined;

  constructor(found: string, hint?: string) {
    super(found);
    this.hint = hint;
  }
}

/**
 * A value of a typed format as JSON: not a number becomes null, bytes become base64, points in time ISO 8601 text.
 *
 * @throws {UnreadableCell} for infinities and for integers that a number cannot hold
 */
export function cellValue(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return numberValue(value);
    case "bigint":
      return bigintValue(value);
    case "undefined":
      return null;
    default:
      return value === null ? null : objectValue(value as object);
  }
}

/** A 64-bit integer as a number. @throws {UnreadableCell} beyond 2^53 */
export function bigintValue(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new UnreadableCell(
    `the integer ${value}, which a number cannot hold`,
    INT64_HINT,
  );
}

function numberValue(value: number): number | null {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return null;
  throw new UnreadableCell(String(value));
}

function objectValue(value: object): Json {
  if (Array.isArray(value)) return value.map(cellValue);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new UnreadableCell("a point in time out of range");
    return value.toISOString();
  }
  if (value instanceof Uint8Array) return base64(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, cellValue);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), cellValue(item)]));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cellValue(item)]));
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
