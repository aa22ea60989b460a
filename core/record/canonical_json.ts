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
  const nfc = options.nfc ?? false;
  return plain(value, 0) ?? write(value, { nfc, path: [] });
}

/** The short way for what nearly everything is: ASCII that nothing is wrong with. `undefined` for the rest. */
function plain(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return NON_ASCII.test(value) ? undefined : JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth >= DEPTH_MAX) return undefined;
      return Array.isArray(value)
        ? plainList(value, depth + 1)
        : plainMap(value as Record<string, unknown>, depth + 1);
    default:
      return undefined;
  }
}

function plainList(value: readonly unknown[], depth: number): string | undefined {
  let result = "[";
  for (let index = 0; index < value.length; index++) {
    const item = plain(value[index], depth);
    if (item === undefined) return undefined;
    result += index === 0 ? item : `,${item}`;
  }
  return `${result}]`;
}

function plainMap(value: Record<string, unknown>, depth: number): string | undefined {
  const keys = Object.keys(value);
  if (!isSorted(keys)) keys.sort();
  let result = "{";
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    const item = plain(value[key], depth);
    if (item === undefined || NON_ASCII.test(key)) return undefined;
    result += `${index === 0 ? "" : ","}${JSON.stringify(key)}:${item}`;
  }
  return `${result}}`;
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
  const keys = Object.keys(value);
  if (place.nfc && keys.some((key) => NON_ASCII.test(key))) return composedMap(value, keys, place);
  if (!isSorted(keys)) keys.sort();
  let result = "{";
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    place.path.push(key);
    result += (index === 0 ? "" : ",") + text(key, place) + ":" + write(value[key], place);
    place.path.pop();
  }
  return result + "}";
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return false;
  return true;
}

/** An object some of whose keys may change, and meet, in form NFC. */
function composedMap(value: Record<string, unknown>, keys: readonly string[], place: Place): string {
  const named = keys.map((key) => ({ name: key.normalize("NFC"), key }));
  named.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const twin = named.find(({ name }, index) => index > 0 && named[index - 1]!.name === name);
  if (twin !== undefined) throw refusal(`two keys that are both "${twin.name}" in form NFC`, place);
  const parts = named.map(({ name, key }) => {
    place.path.push(key);
    const part = `${text(name, place)}:${write(value[key], place)}`;
    place.path.pop();
    return part;
  });
  return `{${parts.join(",")}}`;
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
