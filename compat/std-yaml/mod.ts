/**
 * YAML with the API of the JSR package `@std/yaml`, over npm `js-yaml` 3, the line that the JSR package was ported from.
 *
 * @example Read what was written
 * ```ts
 * import { parse, stringify } from "@std/yaml";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parse(stringify({ id: 1, name: "Alice" })), { id: 1, name: "Alice" });
 * ```
 *
 * @module
 */
export { parse, parseAll, type ParseOptions, type SchemaType } from "./parse.ts";
export { stringify, type StringifyOptions, type StyleVariant } from "./stringify.ts";
export { type YamlPosition, YamlSyntaxError } from "./yaml_syntax_error.ts";
