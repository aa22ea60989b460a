import { isJsonObject, type JsonObject } from "@fastdistill/core";

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  integer: "whole number",
  boolean: "true or false",
  array: "list",
  object: "map",
};

/** What a JSON Schema takes, in words: `number`, `one of "a", "b"`, `text or list`; `undefined` for anything. */
export function schemaWords(schema: JsonObject): string | undefined {
  if (Array.isArray(schema.enum)) {
    return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  const branches = branchesOf(schema);
  if (branches.length > 0) {
    const kinds = branches.map(schemaWords).filter((kind) => kind !== undefined);
    return kinds.length === 0 ? undefined : [...new Set(kinds)].join(" or ");
  }
  return typeof schema.type === "string" ? KINDS[schema.type] : undefined;
}

/** A key of a map that a JSON Schema describes. */
export interface SchemaKey {
  readonly name: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

/** The keys of a JSON Schema of a map, in its order; of several, those of the first that has any. */
export function schemaKeys(schema: JsonObject): readonly SchemaKey[] {
  const described = [schema, ...branchesOf(schema)].find(({ properties }) => isJsonObject(properties));
  if (described === undefined) return [];
  const required = Array.isArray(described.required) ? described.required : [];
  return Object.entries(described.properties as JsonObject).flatMap(([name, inner]) =>
    isJsonObject(inner) ? [{ name, schema: inner, isRequired: required.includes(name) }] : []
  );
}

/** The schemas of which one has to fit. */
export function branchesOf(schema: JsonObject): readonly JsonObject[] {
  return ["anyOf", "oneOf"].flatMap((key) => Array.isArray(schema[key]) ? schema[key] : []).filter(
    isJsonObject,
  );
}
