import type { ConfigSchema } from "../component/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { jsonSchemaOf, placeAt } from "./_schema_keys.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";
import { parseYaml } from "./parse_yaml.ts";
import { stringifyYaml } from "./stringify_yaml.ts";

/** A part of a configuration with its schema. */
export interface TypedPart {
  /** Where it stands, such as `["providers", "teacher", "with"]`. */
  readonly path: KeyPath;
  readonly value: Json;
  /** What the part has to be. */
  readonly schema: ConfigSchema<unknown>;
}

/** A value that an override gave, as the schema wants it. */
export interface RetypedValue {
  readonly path: KeyPath;
  readonly value: string;
}

/**
 * Finds numbers and booleans that `--set` or a variable gave where the schema wants text and neither number nor boolean:
 * they are the text that was typed, `2024` or `1.10`.
 */
export function retypedValues(
  { path, value, schema }: TypedPart,
  { overridden = [], locate }: Pick<LoadedPipeline, "overridden" | "locate">,
): readonly RetypedValue[] {
  const found = overridden.flatMap((keys) => typedText({ path, value }, keys, locate));
  if (found.length === 0) return [];
  const root = jsonSchemaOf(schema, "input");
  if (root === undefined) return [];
  return found.filter((one) => wantsText(root, one.path.slice(path.length), one.type)).map((
    { path, text },
  ) => ({ path, value: text }));
}

interface TypedText {
  readonly path: KeyPath;
  readonly text: string;
  readonly type: "number" | "boolean";
}

/** The number or boolean at an override's path in a part, when it is the one that was typed. */
function typedText(
  { path, value }: Omit<TypedPart, "schema">,
  keys: readonly string[],
  locate: LoadedPipeline["locate"],
): readonly TypedText[] {
  if (path.some((key, index) => String(key) !== keys[index])) return [];
  const at = [...path];
  let here: Json | undefined = value;
  for (const key of keys.slice(path.length)) {
    at.push(Array.isArray(here) ? Number(key) : key);
    here = Array.isArray(here) ? here[Number(key)] : isJsonObject(here) ? here[key] : undefined;
  }
  if (typeof here !== "number" && typeof here !== "boolean") return [];
  const { text } = locate(at) ?? {};
  return text === undefined ? [] : [{ path: at, text, type: typeof here as TypedText["type"] }];
}

function wantsText(root: JsonObject, path: KeyPath, type: string): boolean {
  const types = placeAt(root, path).nodes.flatMap((node) => [
    ...(Array.isArray(node.type) ? node.type : [node.type]),
    ...("const" in node ? [typeof node.const] : []),
    ...(Array.isArray(node.enum) ? node.enum.map((option) => typeof option) : []),
  ]);
  const isNumber = type === "number";
  return types.includes("string") && !types.includes(type) && !(isNumber && types.includes("integer"));
}

/** A configuration with other values at some paths. */
export function withValues<T extends Json>(config: T, values: readonly RetypedValue[]): T {
  return values.reduce<Json>((whole, { path, value }) => placed(whole, path, value), config) as T;
}

function placed(target: Json, [key, ...rest]: KeyPath, value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(target)) return target.with(Number(key), placed(target[Number(key)]!, rest, value));
  const map = target as JsonObject;
  return { ...map, [key]: placed(map[key]!, rest, value) };
}

/** A pipeline whose overrides are of the types that the schemas of its components want. */
export function withTypedOverrides(pipeline: LoadedPipeline, parts: readonly TypedPart[]): LoadedPipeline {
  const values = parts.flatMap((part) => retypedValues(part, pipeline));
  if (values.length === 0) return pipeline;
  const config = withValues(pipeline.config as unknown as JsonObject, values);
  const source = withValues(parseYaml(pipeline.source) as JsonObject, values);
  return {
    ...pipeline,
    config: config as unknown as LoadedPipeline["config"],
    source: stringifyYaml(source),
  };
}
