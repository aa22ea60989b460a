import { AssertionError as NodeAssertionError } from "node:assert";

/** The part of Node's message that shows how two values differ, on lines of its own. */
export function difference(
  operator: "deepStrictEqual" | "strictEqual",
  actual: unknown,
  expected: unknown,
): string {
  const { message } = new NodeAssertionError({ actual, expected, operator });
  return "\n" + message.slice(message.indexOf("\n") + 1).trim();
}
