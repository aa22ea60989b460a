import type { ConfigSchema } from "../component/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** A JSON Schema, and the place in it that is looked at. */
export interface SchemaPlace {
  readonly root: JsonObject;
  /** Every schema that applies here, the branches of unions among them. */
  readonly nodes: readonly JsonObject[];
}

/** What schema libraries with JSON Schema offer. Source: standardschema.dev, Standard JSON Schema. */
interface JsonSchemaSource {
  readonly jsonSchema?: Partial<
    Record<"input" | "output", (options: { readonly target: string }) => unknown>
  >;
}

/**
 * The JSON Schema (draft 2020-12) of what a configuration schema takes in or gives out; `undefined` when its library
 * has none, or when it holds something that JSON Schema cannot say.
 */
export function jsonSchemaOf(
  schema: ConfigSchema<unknown>,
  side: "input" | "output",
): JsonObject | undefined {
  const convert = (schema["~standard"] as JsonSchemaSource).jsonSchema?.[side];
  if (convert === undefined) return undefined;
  try {
    const result = convert({ target: "draft-2020-12" });
    return isJsonObject(result) ? result : undefined;
  } catch {
    return undefined; // The standard has the conversion throw where JSON Schema has no words.
  }
}

/** The place of a JSON Schema that describes its whole value. */
export function placeOf(root: JsonObject): SchemaPlace {
  return { root, nodes: applicable(root, [root]) };
}

/** The place that describes what stands under a key. */
export function placeUnder({ root, nodes }: SchemaPlace, key: string | number): SchemaPlace {
  return { root, nodes: applicable(root, nodes.flatMap((node) => under(node, key))) };
}

/** The place that describes what stands at a path. */
export function placeAt(root: JsonObject, path: KeyPath): SchemaPlace {
  return path.reduce(placeUnder, placeOf(root));
}

function under(node: JsonObject, key: string | number): readonly JsonObject[] {
  if (typeof key === "number") {
    const prefix = Array.isArray(node.prefixItems) ? node.prefixItems[key] : undefined;
    return objects([prefix ?? node.items]);
  }
  const properties = isJsonObject(node.properties) ? node.properties : {};
  return objects([Object.hasOwn(properties, key) ? properties[key] : node.additionalProperties]);
}

function applicable(root: JsonObject, nodes: readonly JsonObject[]): readonly JsonObject[] {
  const found = new Set<JsonObject>();
  const waiting = [...nodes];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const key of ["anyOf", "oneOf", "allOf"]) waiting.push(...objects(node[key]));
    if (typeof node.$ref === "string") waiting.push(...objects([referenced(root, node.$ref)]));
  }
  return [...found];
}

function referenced(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith("#")) return undefined;
  let found: Json | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

function objects(value: Json | undefined | readonly (Json | undefined)[]): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The keys that a place knows. */
export function keysAt({ nodes }: SchemaPlace): readonly string[] {
  return [
    ...new Set(nodes.flatMap((node) => isJsonObject(node.properties) ? Object.keys(node.properties) : [])),
  ];
}

/** Whether a schema of a place carries a mark, such as `secret`. */
export function isMarked({ nodes }: SchemaPlace, mark: string): boolean {
  return nodes.some((node) => node[mark] === true);
}

/** The values that a place accepts, where it lists them. */
export function optionsAt({ nodes }: SchemaPlace): readonly Json[] {
  return nodes.flatMap((node) => "const" in node ? [node.const!] : Array.isArray(node.enum) ? node.enum : []);
}

/** What a place accepts, in words: `a whole number from 1 to 1024`; `undefined` when it says nothing of that. */
export function expectationAt(place: SchemaPlace): string | undefined {
  const options = optionsAt(place).map((option) => JSON.stringify(option));
  const words = place.nodes.flatMap((node) => "const" in node || "enum" in node ? [] : wordsOf(node));
  const listed = options.length > 1 ? [`one of ${options.join(", ")}`] : options;
  const all = [...new Set([...listed, ...words])];
  return all.length === 0 ? undefined : all.join(" or ");
}

function wordsOf(node: JsonObject): readonly string[] {
  switch (node.type) {
    case "string":
      if (typeof node.pattern === "string") return [`a string that matches /${node.pattern}/`];
      return [node.minLength === 1 ? "a string that is not empty" : "a string"];
    case "number":
      return [`a number${rangeOf(node)}`];
    case "integer":
      return [`a whole number${rangeOf(node)}`];
    case "boolean":
      return ["true or false"];
    case "array":
      return [`a list${itemsOf(node)}${node.minItems === 1 ? " that is not empty" : ""}`];
    case "object":
      return ["a map"];
    case "null":
      return ["null"];
    default:
      return [];
  }
}

function itemsOf(node: JsonObject): string {
  const type = isJsonObject(node.items) ? node.items.type : undefined;
  const plural: Record<string, string> = {
    string: "strings",
    number: "numbers",
    integer: "whole numbers",
    object: "maps",
  };
  return typeof type === "string" && Object.hasOwn(plural, type) ? ` of ${plural[type]}` : "";
}

function rangeOf(node: JsonObject): string {
  const bound = (key: string) => {
    const value = node[key];
    return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const [min, max, above, below] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(bound);
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const low = min !== undefined ? ` of at least ${min}` : above !== undefined ? ` above ${above}` : "";
  const high = max !== undefined ? ` of at most ${max}` : below !== undefined ? ` below ${below}` : "";
  return low !== "" && high !== "" ? `${low} and${high}` : low + high;
}
