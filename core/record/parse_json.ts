/** Deeper nesting is no row in any case: it has no canonical form. */
const DEPTH_MAX = 1000;
const INTEGER = /^-?\d+$/;

/** How numbers are read that a JavaScript number does not hold. */
export interface ParseJsonOptions {
  /**
   * What integers beyond 2^53 become: `text` gives the digits of all, `fail` refuses those that would be other ones.
   * @default {"fail"}
   */
  readonly int64?: "fail" | "text";
  /**
   * Told of each number that is refused, with the object or list that holds it; the value there is then not what the text says.
   * @default {throws the RangeError}
   */
  readonly onInexact?: (holder: object, problem: string) => void;
}

/**
 * Reads JSON text, as `JSON.parse` does, but does not change numbers in silence: many an integer beyond 2^53 (an id of 64 bits, say)
 * would be rounded, and `1e999` would be infinite. Decimals are rounded to the nearest number, as everywhere.
 *
 * @throws {SyntaxError} for a text that is not JSON
 * @throws {RangeError} for a number that would be another one
 *
 * @example
 * ```ts
 * import { parseJson } from "@fastdistill/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseJson('{"id": 9007199254740993, "n": 0.1}', { int64: "text" }), { id: "9007199254740993", n: 0.1 });
 * assertThrows(() => parseJson("9007199254740993"), RangeError, "a number cannot hold");
 * ```
 */
export function parseJson(
  text: string,
  { int64 = "fail", onInexact = refuse }: ParseJsonOptions = {},
): unknown {
  const parsed: unknown = JSON.parse(text);
  if (!holdsLarge(parsed, 0)) return parsed;
  type Reviver = (
    this: object,
    key: string,
    value: unknown,
    context: { readonly source?: string },
  ) => unknown;
  const revive: Reviver = function (_key, value, { source }) {
    if (typeof value !== "number") return value;
    if (!Number.isFinite(value)) onInexact(this, `the number ${source}, which is too large`);
    else if (INTEGER.test(source!) && !Number.isSafeInteger(value)) {
      if (int64 === "text") return source;
      if (!isKept(value, source!)) onInexact(this, `the integer ${source}, which a number cannot hold`);
    }
    return value;
  };
  return JSON.parse(text, revive as (this: unknown, key: string, value: unknown) => unknown);
}

/** Whether there is a number that may not be the one of the text; then the text is read again, the slow way. */
function holdsLarge(value: unknown, depth: number): boolean {
  if (typeof value === "number") {
    return !(value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER);
  }
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.some((item) => holdsLarge(item, depth + 1));
  for (const key in value) {
    if (holdsLarge((value as Readonly<Record<string, unknown>>)[key], depth + 1)) return true;
  }
  return false;
}

/** Whether a number is the integer of its text, or is written as that text again, as large floats are. */
function isKept(value: number, source: string): boolean {
  return String(value) === source || BigInt(value) === BigInt(source);
}

function refuse(_holder: object, problem: string): never {
  throw new RangeError(`Read JSON, found ${problem}`);
}
