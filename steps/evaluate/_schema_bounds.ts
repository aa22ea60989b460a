import { FastDistillError, isJsonObject, type Json, type JsonObject } from "@fastdistill/core/authoring";

/** What a look through a schema finds. */
export interface CollectedSchema {
  readonly patterns: readonly { readonly source: string; readonly path: string }[];
}

const SCHEMAS_MAX = 5000;
const DEPTH_MAX = 64;
/** How many subschemas may apply to one value, with references followed. */
const APPLIED_MAX = 10_000;
const REFUSED = new Set(["$dynamicRef", "$recursiveRef"]);
/** Keywords whose value is data, not a schema. */
const DATA = new Set(["const", "enum", "default", "examples"]);
/** Keywords whose schemas apply to the very same value. */
const IN_PLACE = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];

/**
 * Looks through a schema before it is used.
 * @throws {FastDistillError} `data.invalid_schema` when it is too large, refers to something outside of itself, or applies
 * to one value without end
 */
export function collectSchema(schema: Json): CollectedSchema {
  if (typeof schema !== "boolean" && !isJsonObject(schema)) {
    throw schemaProblem("", "no object and no boolean");
  }
  const walk: Walk = { patterns: [], anchors: new Map(), references: [], count: 0 };
  visit(schema, { path: "", depth: 0, isMap: false }, walk);
  const targetOf = (reference: string) => walk.anchors.get(reference) ?? pointedAt(schema, reference);
  for (const { reference, path } of walk.references) {
    if (!reference.startsWith("#")) {
      throw schemaProblem(
        path,
        `a reference to ${JSON.stringify(reference.slice(0, 80))}, outside of the schema`,
      );
    }
    if (targetOf(reference) === undefined) {
      throw schemaProblem(
        path,
        `a reference to ${JSON.stringify(reference.slice(0, 80))}, which is not there`,
      );
    }
  }
  checkApplied(schema, targetOf);
  return { patterns: walk.patterns };
}

/** An error that names the place in a schema. */
export function schemaProblem(path: string, found: string): FastDistillError {
  return new FastDistillError(
    "data.invalid_schema",
    `Read a JSON Schema, found ${found} at ${path || "its top"}`,
  );
}

interface Walk {
  readonly patterns: { readonly source: string; readonly path: string }[];
  readonly anchors: Map<string, Json>;
  readonly references: { readonly reference: string; readonly path: string }[];
  count: number;
}

interface Place {
  readonly path: string;
  readonly depth: number;
  /** Whether the keys are names that the author chose, as under `properties`. */
  readonly isMap: boolean;
}

function visit(value: Json, { path, depth, isMap }: Place, walk: Walk): void {
  if (depth > DEPTH_MAX) throw schemaProblem(path, `more than ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) {
    value.forEach((item, index) =>
      visit(item, { path: `${path}/${index}`, depth: depth + 1, isMap: false }, walk)
    );
    return;
  }
  if (!isJsonObject(value)) return;
  if (++walk.count > SCHEMAS_MAX) throw schemaProblem("", `more than ${SCHEMAS_MAX} subschemas`);
  if (!isMap) noteKeywords(value, path, walk);
  for (const [key, item] of Object.entries(value)) {
    if (!isMap && DATA.has(key)) continue;
    if (!isMap && key === "patternProperties" && isJsonObject(item)) {
      for (const source of Object.keys(item)) walk.patterns.push({ source, path: `${path}/${key}` });
    }
    const isNames = !isMap &&
      /^(?:properties|patternProperties|\$defs|definitions|dependentSchemas)$/.test(key);
    visit(item, { path: `${path}/${key}`, depth: depth + 1, isMap: isNames }, walk);
  }
}

function noteKeywords(schema: JsonObject, path: string, walk: Walk): void {
  const refused = Object.keys(schema).find((key) => REFUSED.has(key));
  if (refused !== undefined) throw schemaProblem(path, `${refused}, which is not supported`);
  if (path !== "" && typeof schema.$id === "string") throw schemaProblem(path, "an $id inside of a schema");
  if (typeof schema.$anchor === "string") walk.anchors.set(`#${schema.$anchor}`, schema);
  if (typeof schema.$ref === "string") walk.references.push({ reference: schema.$ref, path });
  if (typeof schema.pattern === "string") {
    walk.patterns.push({ source: schema.pattern, path: `${path}/pattern` });
  }
}

function pointedAt(schema: Json, reference: string): Json | undefined {
  if (reference === "#" || reference === "") return schema;
  if (!reference.startsWith("#/")) return undefined;
  let value: Json | undefined = schema;
  for (const part of reference.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) value = value[Number(key)];
    else {value = value !== undefined && isJsonObject(value) && Object.hasOwn(value, key)
        ? value[key]
        : undefined;}
  }
  return value;
}

/** Counts how many subschemas apply to one value; a circle of references would never end. */
function checkApplied(root: Json, targetOf: (reference: string) => Json | undefined): void {
  const counts = new Map<JsonObject, number>();
  const open = new Set<JsonObject>();
  const countOf = (schema: Json | undefined): number => {
    if (schema === undefined || !isJsonObject(schema)) return 1;
    if (open.has(schema)) throw schemaProblem("", "references that go round in a circle");
    const known = counts.get(schema);
    if (known !== undefined) return known;
    open.add(schema);
    let count = 1;
    for (const applied of appliedBy(schema, targetOf)) count += countOf(applied);
    open.delete(schema);
    if (count > APPLIED_MAX) throw schemaProblem("", `more than ${APPLIED_MAX} subschemas for one value`);
    counts.set(schema, count);
    return count;
  };
  const visitAll = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visitAll);
    else if (isJsonObject(value)) {
      countOf(value);
      Object.values(value).forEach(visitAll);
    }
  };
  visitAll(root);
}

function appliedBy(
  schema: JsonObject,
  targetOf: (reference: string) => Json | undefined,
): readonly (Json | undefined)[] {
  const referred = typeof schema.$ref === "string" ? [targetOf(schema.$ref)] : [];
  const inPlace = IN_PLACE.flatMap((keyword): readonly Json[] => {
    const value = schema[keyword];
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    return keyword === "dependentSchemas" && isJsonObject(value) ? Object.values(value) : [value];
  });
  return [...referred, ...inPlace];
}
