import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson } from "./canonical_json.ts";
import { sha256 } from "./digest.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { parseJson } from "./parse_json.ts";
import type { Row } from "./row.ts";

const DEPTH_MAX = 512;
const INTEGER = /^-?\d+$/;
const NOT_PRINTABLE = /[^\x20-\x7e]/g;
const SURROGATE = /[\ud800-\udfff]/;

/** A number that its text says to be a float, such as `1.0` and `1e5`. */
class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * Writes a value as the Python predecessor's canonical JSON, byte for byte as `json.dumps(value, sort_keys=True,
 * separators=(",", ":"))` does: keys sorted by code points, no white space, everything outside of printable ASCII escaped,
 * floats with a point or an exponent, integers of any size without.
 *
 * A JavaScript number does not tell `1` from `1.0`: whole numbers below 2^53 are written as integers. {@linkcode parseCompatJson}
 * keeps what the text says. Not a number and infinities are written as Python does, as `NaN` and `Infinity`.
 *
 * @throws {FastDistillError} `data.not_canonical` for what JSON does not have, and nesting deeper than 512
 *
 * @example
 * ```ts
 * import { compatJson, parseCompatJson } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(compatJson(parseCompatJson('{"b": 1.0, "a": "é", "c": 1e-5}')), '{"a":"\\u00e9","b":1.0,"c":1e-05}');
 * ```
 */
export function compatJson(value: unknown): string {
  return write(value, 0);
}

/**
 * Reads JSON for {@linkcode compatJson}, so that it writes integers and floats as the text has them. What it gives is of use
 * for nothing else: integers are big integers, floats are objects.
 *
 * @throws {SyntaxError} for a text that is not JSON
 */
export function parseCompatJson(text: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
  const keepText: Reviver = (_key, value, { source }) => {
    if (typeof value !== "number") return value;
    return INTEGER.test(source!) ? BigInt(source!) : new Float(value);
  };
  return JSON.parse(text, keepText as (key: string, value: unknown) => unknown);
}

/** How the predecessor's hash of fields is made. */
export interface CompatSampleIdOptions {
  /** Between the fields. @default {"|"} */
  readonly separator?: string;
  /** Whether each field is preceded by its name and an equals sign. @default {false} */
  readonly withNames?: boolean;
  /** The row as its file has it, as JSON text: it tells integers from floats in fields that were not changed since. */
  readonly line?: string | undefined;
}

/**
 * Id of a sample under the hashing policy `compat`: the SHA-256 of the canonical JSON of each field, joined by a separator, as
 * the Python predecessor has it. The order of the fields matters; a field that the row lacks counts as `null`.
 *
 * @throws {FastDistillError} `data.not_canonical`
 *
 * @example
 * ```ts
 * import { compatSampleId, sha256 } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(compatSampleId({ task: "sql", n: 1 }, ["task", "n"]), sha256('"sql"|1'));
 * assertEquals(compatSampleId({ n: 1 }, ["n"], { line: '{"n": 1.0}' }), sha256("1.0"));
 * ```
 */
export function compatSampleId(
  row: Row,
  fields: readonly string[],
  options: CompatSampleIdOptions = {},
): string {
  const { separator = "|", withNames = false } = options;
  const values = compatValues(row, fields, options);
  const parts = fields.map((field, index) => `${withNames ? `${field}=` : ""}${compatJson(values[index])}`);
  return sha256(parts.join(separator));
}

/**
 * The values of fields for {@linkcode compatJson}, with integers and floats as the text of the row has them where a field was
 * not changed since it was read.
 */
export function compatValues(
  row: Row,
  fields: readonly string[],
  { line }: Pick<CompatSampleIdOptions, "line"> = {},
): readonly unknown[] {
  const read = line === undefined ? undefined : readLine(line);
  return fields.map((field) => {
    const value: Json = row[field] ?? null;
    if (read === undefined || !Object.hasOwn(read.exact, field)) return value;
    const isUnchanged = read.views.some((view) => canonicalJson(view[field]) === canonicalJson(value));
    return isUnchanged ? read.exact[field] : value;
  });
}

interface ReadLine {
  /** What a source may have made of the line: integers beyond 2^53 as numbers, and as text. */
  readonly views: readonly JsonObject[];
  readonly exact: Readonly<Record<string, unknown>>;
}

function readLine(line: string): ReadLine {
  try {
    const views = [JSON.parse(line), parseJson(line, { int64: "text" })];
    if (views.every(isJsonObject)) return { views, exact: parseCompatJson(line) as ReadLine["exact"] };
  } catch (cause) {
    throw notALine(line, cause);
  }
  throw notALine(line, undefined);
}

function notALine(line: string, cause: unknown): FastDistillError {
  const shown = line.length > 80 ? `${line.slice(0, 80)}...` : line;
  return new FastDistillError("data.not_canonical", `Read a row from the text of its line, found: ${shown}`, {
    cause,
    hint: "The column of lines is the one that line_column of read_jsonl names",
  });
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value);
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (value instanceof Float) return floatText(value.value);
      if (depth >= DEPTH_MAX) throw refusal(`nesting deeper than ${DEPTH_MAX}`);
      if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
      return object(value as Record<string, unknown>, depth);
    default:
      throw refusal(value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function object(value: Record<string, unknown>, depth: number): string {
  const keys = Object.keys(value).sort(byCodePoint);
  return `{${keys.map((key) => `${text(key)}:${write(value[key], depth + 1)}`).join(",")}}`;
}

/** Python sorts by code points; JavaScript by UTF-16 units, which differ where there are surrogates. */
function byCodePoint(a: string, b: string): number {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function text(value: string): string {
  return JSON.stringify(value).replace(
    NOT_PRINTABLE,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** As Python's `repr` has it: the shortest digits that read back as the same number, an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const [digits, exponent] = [mantissa.replace(".", ""), Number(power)];
  if (exponent < -4 || exponent >= 16) {
    const shown = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${shown}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function refusal(found: string): FastDistillError {
  return new FastDistillError("data.not_canonical", `Cannot write ${found} as canonical JSON`);
}
