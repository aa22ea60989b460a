import type { ConfigSchema } from "../component/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { jsonSchemaOf } from "./_schema_keys.ts";

/**
 * The JSON Schema (draft 2020-12) of what a component takes under `with`, for references, templates and editors;
 * `undefined` when the schema's library offers none, or the schema says something that JSON Schema cannot.
 *
 * @example
 * ```ts
 * import { describeConfig } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const description = describeConfig(z.strictObject({ field: z.string().describe("Column to read") }));
 * assertEquals(description?.properties, { field: { type: "string", description: "Column to read" } });
 * ```
 */
export function describeConfig(schema: ConfigSchema<unknown>): JsonObject | undefined {
  return jsonSchemaOf(schema, "input");
}
