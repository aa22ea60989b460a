import { inspect, isDeepStrictEqual } from "node:util";
import { failWith } from "./assertion_error.ts";
import { difference } from "./_difference.ts";

/**
 * Whether two values are equal by structure; an object without a prototype equals a plain one, and 0 equals -0.
 * Two errors are equal only if they were made at the same place, as in the JSR package.
 */
export function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

/** Asserts that two values are equal by structure. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) {
    failWith("Values are not equal", msg, difference("deepStrictEqual", actual, expected));
  }
}

/** Asserts that two values are not equal by structure. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) failWith(`Values are equal: ${inspect(actual)}`, msg);
}

/** Asserts that each expected item is among the actual ones. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T> & object,
  expected: ArrayLike<T> & object,
  msg?: string,
): void {
  const items = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) => !items.some((item) => equal(item, wanted)));
  if (missing.length > 0) failWith(`Expected ${inspect(items)} to include ${inspect(missing)}`, msg);
}

/**
 * Asserts that an object has at least the keys and values of another. Arrays inside match by their first items;
 * two arrays themselves have to be of one length.
 */
export function assertObjectMatch(
  actual: object,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  const isLonger = Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length;
  if (isLonger || !matches(actual, expected)) {
    failWith("Values do not match", msg, difference("deepStrictEqual", actual, expected));
  }
}

function matches(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.length >= expected.length && expected.every((item, index) => matches(actual[index], item));
  }
  if (actual instanceof Map && expected instanceof Map) {
    return [...expected].every(([key, value]) => actual.has(key) && matches(actual.get(key), value));
  }
  if (actual instanceof Set && expected instanceof Set) return expected.isSubsetOf(actual);
  if (isRecord(actual) && isPlain(expected)) {
    return Reflect.ownKeys(expected).every((key) => key in actual && matches(actual[key], expected[key]));
  }
  return equal(actual, expected);
}

/**
 * A copy in which every plain object has the usual prototype, no number is -0, and an error is an object with all
 * that it holds, its stack too; cycles are kept.
 */
function plain(value: unknown, seen: Map<unknown, unknown> = new Map()): unknown {
  if (Object.is(value, -0)) return 0;
  if (seen.has(value)) return seen.get(value);
  const copy = emptyCopy(value);
  if (copy === undefined || !isRecord(value)) return value;
  seen.set(value, copy);
  if (copy instanceof Map) {
    for (const [key, item] of value as unknown as Map<unknown, unknown>) {
      copy.set(plain(key, seen), plain(item, seen));
    }
  }
  if (copy instanceof Set) {
    for (const item of value as unknown as Set<unknown>) copy.add(plain(item, seen));
  }
  for (const key of Reflect.ownKeys(value)) {
    if (Array.isArray(value) && key === "length") continue;
    const enumerable = value instanceof Error || Object.prototype.propertyIsEnumerable.call(value, key);
    if (enumerable) Object.defineProperty(copy, key, { value: plain(value[key], seen), enumerable });
  }
  return copy;
}

function emptyCopy(value: unknown): object | undefined {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Error) return Object.create(Object.getPrototypeOf(value));
  const prototype = Object.getPrototypeOf(value ?? {});
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  return isPlain(value) ? {} : undefined;
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

function isPlain(value: unknown): value is Record<PropertyKey, unknown> {
  if (!isRecord(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
