import { dump } from "js-yaml";
import type { Json } from "../record/mod.ts";

/**
 * Writes a JSON value as YAML that every reader of YAML 1.1 and 1.2 takes for the same value. Lines are not folded, and a
 * value that stands in two places is written out twice.
 *
 * @example
 * ```ts
 * import { parseYaml, stringifyYaml } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stringifyYaml({ name: "text2sql", answers: ["no", 7] }), "name: text2sql\nanswers:\n  - 'no'\n  - 7\n");
 * assertEquals(parseYaml(stringifyYaml({ a: "1:30" })), { a: "1:30" });
 * ```
 */
export function stringifyYaml(value: Json): string {
  return dump(value, { noRefs: true, lineWidth: -1 });
}
