import { canonicalJson } from "../record/mod.ts";

/**
 * The text of a report: JSON for people, indented, keys sorted, a line end at the end. Equal values give equal bytes.
 *
 * @throws {FastDistillError} `data.not_canonical`
 *
 * @example
 * ```ts
 * import { formatReport } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatReport({ b: 1, a: [] }), '{\n  "a": [],\n  "b": 1\n}\n');
 * ```
 */
export function formatReport(report: unknown): string {
  return JSON.stringify(JSON.parse(canonicalJson(report)), null, 2) + "\n";
}
