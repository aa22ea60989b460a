/**
 * Tables of configuration keys, from a JSON Schema.
 *
 * @module
 */
import { isJsonObject, type Json, type JsonObject } from "@fastdistill/core";
import { type Language, plain, table, type Translations } from "./_reference_page.ts";

/** The keys of one map. */
export interface KeySection {
  /** As users write it, such as `providers.<name>.price`; empty for the top level. */
  readonly path: string;
  readonly keys: readonly KeyEntry[];
}

/** One key. */
export interface KeyEntry {
  readonly name: string;
  /** As translations name it, such as `providers.*.price.input`. */
  readonly id: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

/** The maps of a schema, from the outside in. */
export function sectionsOf(schema: JsonObject): readonly KeySection[] {
  return walk(schema, { path: "", id: "" });
}

interface At {
  readonly path: string;
  readonly id: string;
}

function walk(schema: JsonObject, { path, id }: At): readonly KeySection[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required: readonly Json[] = Array.isArray(schema.required) ? schema.required : [];
  const keys = Object.entries(properties).map(([name, value]) => ({
    name,
    id: join(id, name),
    schema: value as JsonObject,
    isRequired: required.includes(name),
  }));
  const inner = keys.flatMap((key) => below(key.schema, { path: join(path, key.name), id: key.id }));
  return keys.length === 0 ? inner : [{ path, keys }, ...inner];
}

function below(schema: JsonObject, at: At): readonly KeySection[] {
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isJsonObject) : [schema];
  return branches.flatMap((branch) => {
    if (branch.type === "array" && isJsonObject(branch.items)) {
      return walk(branch.items, { path: `${at.path}[]`, id: `${at.id}.*` });
    }
    if (isJsonObject(branch.additionalProperties)) {
      return walk(branch.additionalProperties, { path: `${at.path}.<name>`, id: `${at.id}.*` });
    }
    return walk(branch, at);
  });
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

const HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ["Key", "Type", "Default", "Meaning"],
  zh: ["键", "类型", "默认值", "含义"],
};
const REQUIRED: Readonly<Record<Language, string>> = { en: "required", zh: "必填" };

/** Writes the table of a section. */
export function keyTable(
  { keys }: KeySection,
  { language, zh }: { readonly language: Language; readonly zh: Translations<string> },
): string {
  const rows = keys.map(({ name, id, schema, isRequired }) => [
    `\`${name}\``,
    typeWords(schema, language),
    isRequired ? REQUIRED[language] : defaultOf(schema),
    plain(language === "zh" ? zh[id]! : String(schema.description ?? "")) + marksOf(schema, language),
  ]);
  return table(HEAD[language], rows);
}

/** What a key may be besides its type, in words. */
const MARKS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  secret: { en: " (_secret_)", zh: "（机密）" },
  operational: { en: " (_operational_)", zh: "（运维）" },
};

function marksOf(schema: JsonObject, language: Language): string {
  return Object.entries(MARKS).map(([mark, words]) => schema[mark] === true ? words[language] : "").join("");
}

function defaultOf({ default: value }: JsonObject): string {
  return value === undefined ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const TYPES: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    string: "text",
    number: "number",
    integer: "whole number",
    boolean: "`true` or `false`",
    object: "map",
    array: "list",
    null: "`null`",
  },
  zh: {
    string: "文本",
    number: "数字",
    integer: "整数",
    boolean: "`true` 或 `false`",
    object: "映射",
    array: "列表",
    null: "`null`",
  },
};

/** The type of a key in words. */
export function typeWords(schema: JsonObject, language: Language): string {
  const or = language === "en" ? " or " : " 或 ";
  if ("const" in schema) return `\`${JSON.stringify(schema.const)}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((option) => `\`${option}\``).join(or);
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.filter(isJsonObject).map((branch) => typeWords(branch, language)).join(or);
  }
  const type = TYPES[language][String(schema.type)] ?? "";
  if (schema.type === "array") return listWords(schema, language);
  const range = rangeWords(schema, language);
  return range === "" ? type : `${type} ${range}`;
}

function listWords({ items }: JsonObject, language: Language): string {
  if (!isJsonObject(items) || items.type === undefined) return TYPES[language].array!;
  const inner = typeWords(items, language);
  return language === "en" ? `list of ${inner}s` : `${inner}列表`;
}

function rangeWords(schema: JsonObject, language: Language): string {
  const [min, max, above, under] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(
    (key) => {
      const value = schema[key];
      return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
    },
  );
  if (min !== undefined && max !== undefined) {
    return language === "en" ? `from ${min} to ${max}` : `${min} 到 ${max}`;
  }
  const low = min !== undefined ? `≥ ${min}` : above !== undefined ? `> ${above}` : undefined;
  const high = max !== undefined ? `≤ ${max}` : under !== undefined ? `< ${under}` : undefined;
  return [low, high].filter((bound) => bound !== undefined).join(", ");
}
