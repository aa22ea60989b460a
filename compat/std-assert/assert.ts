import { inspect } from "node:util";
import { failWith } from "./assertion_error.ts";
import { difference } from "./_difference.ts";

type Class<T> = abstract new (...args: never[]) => T;

/** Asserts that a value is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  if (!expr) failWith("Expected a truthy value", msg);
}

/** A value that is falsy. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/** Asserts that a value is falsy. */
export function assertFalse(expr: unknown, msg?: string): asserts expr is Falsy {
  if (expr) failWith("Expected a falsy value", msg);
}

/** Asserts that a value is neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === null || actual === undefined) failWith(`Expected a value, got ${actual}`, msg);
}

/** Asserts that a value was made by a class or one below it. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: Class<T>,
  msg?: string,
): asserts actual is T {
  if (actual instanceof expectedType) return;
  failWith(`Expected an instance of "${expectedType.name}", got ${inspect(actual)}`, msg);
}

/** Asserts that a value was not made by a class or one below it. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  unexpectedType: Class<T>,
  msg?: string,
): asserts actual is Exclude<A, T> {
  if (actual instanceof unexpectedType) failWith(`Expected no instance of "${unexpectedType.name}"`, msg);
}

/** Asserts that two values are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    failWith("Values are not strictly equal", msg, difference("strictEqual", actual, expected));
  }
}

/** Asserts that two values are not the same by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) failWith(`Values are strictly equal: ${inspect(actual)}`, msg);
}

/** Fails always. */
export function fail(msg?: string): never {
  failWith("Failed assertion", msg);
}

/** Fails always: marks a place that must not be reached. */
export function unreachable(msg?: string): never {
  failWith("Unreachable", msg);
}

/** Fails always: marks what is not written yet. */
export function unimplemented(msg?: string): never {
  failWith("Unimplemented", msg);
}
