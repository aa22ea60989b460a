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
  const branches = ["anyOf", "oneOf"].flatMap((key) => Array.isArray(schema[key]) ? schema[key] : []);
  if (branches.length > 0) {
    const kinds = branches.filter(isJsonObject).map(schemaWords).filter((kind) => kind !== undefined);
    return kinds.length === 0 ? undefined : [...new Set(kinds)].join(" or ");
  }
  return typeof schema.type === "string" ? KINDS[schema.type] : undefined;
}
