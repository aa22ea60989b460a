import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import type { Component } from "../registry/mod.ts";
import { describeConfig } from "./describe_config.ts";
import { generationJsonSchema } from "./generation_options.ts";
import { pipelineJsonSchema } from "./pipeline_json_schema.ts";

const VARIABLE: JsonObject = { type: "string", pattern: "^\\$\\{var:[^}]*\\}$" };
const PLACEHOLDER: JsonObject = { type: "string", pattern: "\\$\\{(env|file|var):" };
const FILES: JsonObject = {
  anyOf: [{ type: "string", minLength: 1 }, {
    type: "array",
    items: { type: "string", minLength: 1 },
    minItems: 1,
  }],
};
const INCLUDE: JsonObject = {
  ...FILES,
  description: "File, or list of files, whose keys this map holds as well",
};
const EXTENDS: JsonObject = { ...FILES, description: "File, or list of files, over which this one is laid" };
/** Keywords that hold one schema, or a list or map of them. */
const NESTED = ["items", "additionalProperties", "contains", "if", "then", "else"] as const;
const NESTED_LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"] as const;
const NESTED_MAPS = ["properties", "$defs", "patternProperties"] as const;

/** Which files a schema is for. */
export interface FileSchemaOptions {
  /** Whether they are laid over a pipeline file, and so may leave out what it has. @default {false} */
  readonly isLayer?: boolean;
}

/**
 * The JSON Schema (draft 2020-12) of pipeline files as people write them: with the keys of every given component under
 * its `with`, and with `extends`, `$include`, `$append`, `$prepend` and placeholders wherever a file may have them. A file
 * that extends others may leave out what they have.
 *
 * @example
 * ```ts
 * import { pipelineFileSchema } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const schema = pipelineFileSchema([]);
 * assertEquals(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
 * ```
 */
export function pipelineFileSchema(
  components: readonly Component[],
  { isLayer = false }: FileSchemaOptions = {},
): JsonObject {
  const { $schema, $defs = {}, ...strict } = withComponents(pipelineJsonSchema(), components);
  const layer = { $ref: "#/$defs/layer" };
  const whole = {
    if: { type: "object", required: ["extends"] },
    then: layer,
    else: { $ref: "#/$defs/pipeline" },
  };
  return {
    $schema: $schema!,
    title: isLayer ? "Layer of a FastDistill pipeline" : "FastDistill pipeline",
    ...(isLayer ? layer : whole),
    $defs: {
      ...mapSchemas({ $defs }, asWritten).$defs as JsonObject,
      ...(isLayer ? {} : { pipeline: topOf(strict) }),
      layer: topOf(withoutRequired(strict)),
    },
  };
}

function topOf(schema: JsonObject): JsonObject {
  const properties = { extends: EXTENDS, ...(schema.properties as JsonObject) };
  return including(mapSchemas({ ...schema, properties }, asWritten));
}

/** Names the components and says what each takes. */
function withComponents(schema: JsonObject, components: readonly Component[]): JsonObject {
  const properties = schema.properties as JsonObject;
  const of = (kinds: readonly string[]) => components.filter(({ component }) => kinds.includes(component));
  return {
    ...schema,
    properties: {
      ...properties,
      providers: entriesOf(properties.providers as JsonObject, of(["provider"])),
      steps: entriesOf(properties.steps as JsonObject, of(["step", "task"])),
    },
  };
}

function entriesOf(section: JsonObject, components: readonly Component[]): JsonObject {
  const entry = section.additionalProperties as JsonObject;
  const properties = entry.properties as JsonObject;
  const known = components.map(({ definition: { name, summary } }) => ({
    const: name,
    description: summary,
  }));
  const use = { ...(properties.use as JsonObject), ...(known.length === 0 ? {} : { anyOf: known }) };
  return {
    ...section,
    additionalProperties: {
      ...entry,
      properties: { ...properties, use },
      allOf: components.map((component) => ({
        if: { properties: { use: { const: component.definition.name } }, required: ["use"] },
        then: demandsOf(component),
      })),
    },
  };
}

function demandsOf(component: Component): JsonObject {
  const config = configOf(component);
  const required = [
    ...(Array.isArray(config?.required) && config.required.length > 0 ? ["with"] : []),
    ...(asksProvider(component) ? ["provider"] : []),
  ];
  return {
    ...(config === undefined ? {} : { properties: { with: config } }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function asksProvider({ component, definition }: Component): boolean {
  return component === "task" || (component === "step" && definition.needs !== undefined);
}

function configOf({ component, definition }: Component): JsonObject | undefined {
  const described = describeConfig(definition.config);
  if (described === undefined) return undefined;
  const { $schema: _, ...own } = described;
  if (component !== "task" || !isJsonObject(own.properties)) return own;
  return { ...own, properties: { ...(generationJsonSchema().properties as JsonObject), ...own.properties } };
}

function withoutRequired(node: JsonObject): JsonObject {
  return mapSchemas(node, (inner, key) => {
    // Lists are replaced whole, and what decides between components is no demand of its own.
    if (key === "items" || key === "if" || !isJsonObject(inner)) return inner;
    const { required: _, ...rest } = withoutRequired(inner);
    return rest;
  }, ["required"]);
}

/** Lets a schema take what stands for its values in a file. */
function asWritten(node: Json): Json {
  if (!isJsonObject(node)) return node;
  const inner = mapSchemas(node, (inner, keyword) => keyword === "if" ? inner : asWritten(inner));
  if (isJsonObject(inner.properties) || isJsonObject(inner.additionalProperties)) {
    return orVariable(including(inner));
  }
  if (inner.type === "array") return orVariable({ anyOf: [inner, listAdditions(inner)] });
  if (inner.type === "string" || typeof inner.const === "string" || Array.isArray(inner.enum)) {
    const isFree = inner.pattern === undefined && inner.const === undefined && inner.enum === undefined;
    return isFree ? inner : alternatives(inner, PLACEHOLDER);
  }
  return inner.type === undefined ? inner : orVariable(inner);
}

function orVariable(schema: JsonObject): JsonObject {
  return alternatives(schema, VARIABLE);
}

function alternatives(schema: JsonObject, other: JsonObject): JsonObject {
  const { description, default: standard, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [rest, other],
  };
}

function including(schema: JsonObject): JsonObject {
  const { required, propertyNames, ...rest } = schema;
  const own: Record<string, Json> = { ...rest };
  own.properties = { ...(isJsonObject(rest.properties) ? rest.properties : {}), $include: INCLUDE };
  if (propertyNames !== undefined) own.propertyNames = { anyOf: [{ const: "$include" }, propertyNames] };
  if (required !== undefined) {
    const demand = { anyOf: [{ required: ["$include"] }, { required }] };
    own.allOf = [...(Array.isArray(rest.allOf) ? rest.allOf : []), demand];
  }
  return own;
}

function listAdditions(list: JsonObject): JsonObject {
  const { description: _, default: __, minItems: ___, ...items } = list;
  return {
    type: "object",
    properties: { $append: items, $prepend: items, $include: INCLUDE },
    additionalProperties: false,
    minProperties: 1,
  };
}

/** The same schema with every schema right inside it changed; keywords named in `without` are left out. */
function mapSchemas(
  node: JsonObject,
  change: (inner: Json, keyword: string) => Json,
  without: readonly string[] = [],
): JsonObject {
  const entries = Object.entries(node).filter(([key]) => !without.includes(key)).map(([key, value]) => {
    if ((NESTED as readonly string[]).includes(key)) return [key, change(value, key)] as const;
    if ((NESTED_LISTS as readonly string[]).includes(key) && Array.isArray(value)) {
      return [key, value.map((item) => change(item, key))] as const;
    }
    if ((NESTED_MAPS as readonly string[]).includes(key) && isJsonObject(value)) {
      const inner = Object.entries(value).map(([name, item]) => [name, change(item, key)] as const);
      return [key, Object.fromEntries(inner)] as const;
    }
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}
