import { FastDistillError } from "../errors/mod.ts";

/** How {@linkcode canonicalJson} treats text. */
export interface CanonicalJsonOptions {
  /** Bring strings and keys into Unicode form NFC first. RFC 8785 alone does not. @default {false} */
  readonly nfc?: boolean;
}

const DEPTH_MAX = 512;
// deno-lint-ignore no-control-regex -- the ASCII range is what is meant
const NON_ASCII = /[^\x00-\x7f]/;

/**
 * Writes a value as canonical JSON: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints
 * them. Equal values give equal bytes.
 *
 * Source: RFC 8785, JSON Canonicalization Scheme.
 *
 * @throws {FastDistillError} `data.not_canonical` for NaN, infinities, `undefined`, functions, symbols, big integers,
 * lone surrogates, keys that meet after NFC, and nesting deeper than 512.
 *
 * @example
 * ```ts
 * import { canonicalJson } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(canonicalJson({ b: 1e21, a: [true, "é"] }), '{"a":[true,"é"],"b":1e+21}');
 * ```
 */
export function canonicalJson(value: unknown, options: CanonicalJsonOptions = {}): string {
  return write(value, { nfc: options.nfc ?? false, path: [] });
}

interface Place {
  readonly nfc: boolean;
  readonly path: (string | number)[];
}

function write(value: unknown, place: Place): string {
  switch (typeof value) {
    case "string":
      return text(value, place);
    case "number":
      if (!Number.isFinite(value)) throw refusal(String(value), place);
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (place.path.length >= DEPTH_MAX) throw refusal(`nesting deeper than ${DEPTH_MAX}`, place);
      return Array.isArray(value) ? list(value, place) : map(value as Record<string, unknown>, place);
    default:
      throw refusal(value === undefined ? "undefined" : `a ${typeof value}`, place);
  }
}

function text(value: string, place: Place): string {
  if (!NON_ASCII.test(value)) return JSON.stringify(value);
  if (!value.isWellFormed()) throw refusal("text with a lone surrogate", place);
  return JSON.stringify(place.nfc ? value.normalize("NFC") : value);
}

function list(value: readonly unknown[], place: Place): string {
  let result = "[";
  for (let index = 0; index < value.length; index++) {
    place.path.push(index);
    result += (index === 0 ? "" : ",") + write(value[index], place);
    place.path.pop();
  }
  return result + "]";
}

function map(value: Record<string, unknown>, place: Place): string {
  const named = sortedKeys(value, place);
  let result = "{";
  for (let index = 0; index < named.length; index++) {
    const [name, key] = named[index]!;
    place.path.push(key);
    result += (index === 0 ? "" : ",") + text(name, place) + ":" + write(value[key], place);
    place.path.pop();
  }
  return result + "}";
}

function sortedKeys(value: Record<string, unknown>, place: Place): readonly (readonly [string, string])[] {
  const keys = Object.keys(value);
  const plain = !place.nfc || !keys.some((key) => NON_ASCII.test(key));
  if (plain) return keys.sort().map((key) => [key, key] as const);
  const named = keys.map((key) => [key.normalize("NFC"), key] as const).sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0
  );
  const twin = named.find(([name], index) => index > 0 && named[index - 1]![0] === name);
  if (twin !== undefined) throw refusal(`two keys that are both "${twin[0]}" in form NFC`, place);
  return named;
}

function refusal(found: string, { path }: Place): FastDistillError {
  const where = path.slice(0, 20).map(String).join(".");
  return new FastDistillError(
    "data.not_canonical",
    `Cannot write ${found} as canonical JSON${where && ` at ${where}`}`,
    {
      context: { path: where },
    },
  );
}
