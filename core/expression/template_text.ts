import type { Json } from "../record/mod.ts";

/**
 * How a value stands in a rendered template: text as it is, numbers and booleans as JSON writes them, null as nothing,
 * lists and objects as JSON with a space after each comma and colon, as Jinja prints them.
 *
 * @example
 * ```ts
 * import { templateText } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(templateText({ a: [1, "two", null] }), '{"a": [1, "two", null]}');
 * assertEquals(templateText(null), "");
 * ```
 */
export function templateText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "object") return spacedJson(value);
  return String(value);
}

function spacedJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  return `{${
    Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spacedJson(item)}`).join(", ")
  }}`;
}
