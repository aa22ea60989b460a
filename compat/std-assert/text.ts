import { failWith } from "./assertion_error.ts";

/** Asserts that a text holds another. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) failWith(`Expected "${actual}" to contain "${expected}"`, msg);
}

/** Asserts that a pattern matches a text. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) failWith(`Expected "${actual}" to match ${expected}`, msg);
}

/** Asserts that a pattern does not match a text. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) failWith(`Expected "${actual}" not to match ${expected}`, msg);
}
