/**
 * Assertions with the API of the JSR package `@std/assert`, over `node:assert` and `node:util`.
 *
 * @example Compare by value
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertThrows(() => assertEquals({ a: [1] }, { a: [2] }), Error, "not equal");
 * ```
 *
 * @module
 */
export {
  assert,
  assertExists,
  assertFalse,
  assertInstanceOf,
  assertNotInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  fail,
  unimplemented,
  unreachable,
} from "./assert.ts";
export {
  assertAlmostEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./compare.ts";
export { assertIsError, assertRejects, assertThrows } from "./errors.ts";
export { AssertionError } from "./assertion_error.ts";
export { assertArrayIncludes, assertEquals, assertNotEquals, assertObjectMatch, equal } from "./equal.ts";
export { assertMatch, assertNotMatch, assertStringIncludes } from "./text.ts";
