import { inspect } from "node:util";
import { failWith } from "./assertion_error.ts";

/** Asserts that two numbers are closer than a tolerance, by default a ten-millionth of the expected one. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected) / 1e7 : 1e-7);
  if (Math.abs(actual - expected) <= limit) return;
  failWith(`Expected ${actual} to be within ${limit} of ${expected}`, msg);
}

/** Asserts `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) failWith(relation(actual, ">", expected), msg);
}

/** Asserts `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) failWith(relation(actual, ">=", expected), msg);
}

/** Asserts `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) failWith(relation(actual, "<", expected), msg);
}

/** Asserts `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) failWith(relation(actual, "<=", expected), msg);
}

function relation(actual: unknown, sign: string, expected: unknown): string {
  return `Expected ${inspect(actual)} ${sign} ${inspect(expected)}`;
}
