import type { ConfigSchema } from "../component/mod.ts";
import { isSecretKey } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { isMarked, jsonSchemaOf, placeOf, placeUnder, type SchemaPlace } from "./_schema_keys.ts";

/** What a schema says of fields that are no part of what is computed. */
const MARKS = ["secret", "operational"] as const;
const SIDES = ["input", "output"] as const;

/**
 * A configuration without the fields that its schema marks as secret or operational, nested ones too: what may go into
 * a pipeline's signature. With zod, a field is marked by `.meta({ secret: true })` or `.meta({ operational: true })`.
 * A schema without JSON Schema cannot be asked; then fields that are named like credentials are left out.
 *
 * @example
 * ```ts
 * import { stripConfig } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const schema = z.strictObject({
 *   model: z.string(),
 *   key: z.string().meta({ secret: true }),
 *   timeout_ms: z.number().meta({ operational: true }),
 * });
 * assertEquals(stripConfig(schema, { model: "tiny", key: "k", timeout_ms: 5 }), { model: "tiny" });
 * ```
 */
export function stripConfig(schema: ConfigSchema<unknown>, value: JsonObject): JsonObject {
  const sides = SIDES.map((side) => jsonSchemaOf(schema, side)).filter((side) => side !== undefined);
  if (sides.length === 0) return withoutCredentials(value) as JsonObject;
  return strip(value, sides.map((side) => placeOf(side))) as JsonObject;
}

function strip(value: Json, places: readonly SchemaPlace[]): Json {
  if (Array.isArray(value)) {
    return value.map((item, index) => strip(item, places.map((place) => placeUnder(place, index))));
  }
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const inside = places.map((place) => placeUnder(place, key));
    const isLeftOut = inside.some((place) => MARKS.some((mark) => isMarked(place, mark)));
    return isLeftOut ? [] : [[key, strip(item, inside)] as const];
  });
  return Object.fromEntries(kept);
}

function withoutCredentials(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutCredentials);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !isSecretKey(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutCredentials(item)]));
}
