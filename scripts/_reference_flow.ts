/**
 * What an example does to the columns of the rows that pass it, worked out as the planner does it.
 *
 * @module
 */
import {
  type ColumnFlow,
  type Columns,
  type ColumnType,
  type Component,
  isJsonObject,
  type JsonObject,
  parseYaml,
  splitGenerationOptions,
  validateComponentConfig,
} from "@fastdistill/core";
import type { Language, Words } from "./_reference_page.ts";

/** One use of a component, as a pipeline file has it. */
export interface Example {
  /** A map under `steps` or `providers` with one entry. */
  readonly yaml: string;
  /** Columns of the rows that reach it, where they decide what it does. @default {none} */
  readonly before?: Columns;
}

/** The configuration of an example, checked. @throws {Error} naming the component, when it is not one that would run */
export function configOf({ component, definition }: Component, { yaml }: Example): unknown {
  const { name, config } = definition;
  const parent = component === "provider" ? "providers" : "steps";
  const parsed = parseYaml(yaml);
  const uses = isJsonObject(parsed) && isJsonObject(parsed[parent]) ? Object.values(parsed[parent]) : [];
  const use = uses[0];
  if (uses.length !== 1 || !isJsonObject(use) || use.use !== name) {
    throw new Error(`The example of "${name}" must be one entry under ${parent} that uses it`);
  }
  const path = ["example", name, "with"];
  const given = (use.with ?? {}) as JsonObject;
  const own = component === "task" ? splitGenerationOptions(given, { path }).rest : given;
  return validateComponentConfig(config, own, { path });
}

/** What an example does to columns; `undefined` for a provider, which sees none. */
export function flowOf(component: Component, example: Example): ColumnFlow | undefined {
  const config = configOf(component, example);
  return component.component === "provider"
    ? undefined
    : component.definition.columns(config, example.before ?? {});
}

const TYPES: Readonly<Record<ColumnType, Words>> = {
  string: { en: "text", zh: "文本" },
  number: { en: "number", zh: "数字" },
  boolean: { en: "`true` or `false`", zh: "`true` 或 `false`" },
  array: { en: "list", zh: "列表" },
  object: { en: "map", zh: "映射" },
  any: { en: "any value", zh: "任意值" },
};

const NOTHING: Words = {
  en: "This example reads no column by name and leaves the columns as they are.",
  zh: "此示例不按名字读取任何列，也不改变列。",
};

const FOUND: Words = {
  en: "The columns are those that its input turns out to have.",
  zh: "它给出哪些列，取决于输入中有哪些列。",
};

/** How a flow is said. */
export interface FlowWordsOptions {
  readonly language: Language;
  /** Whether it is that of a source, whose columns may be known from its input only. @default {false} */
  readonly isSource?: boolean;
}

/** Says what a flow does, in a sentence. */
export function flowWords(
  { requires = [], adds = {}, removes = [], keeps }: ColumnFlow,
  { language, isSource = false }: FlowWordsOptions,
): string {
  const reads = [...new Map(requires.map(({ column, type = "any" }) => [column, type]))]
    .map(([column, type]) => columnWords(column, type === "any" ? undefined : type, language));
  const added = Object.entries(adds).map(([column, type]) => columnWords(column, type, language));
  const named = (columns: readonly string[]) => columns.map((column) => `\`${column}\``);
  const parts = [
    listWords({ en: "reads", zh: "读取" }, reads, language),
    listWords({ en: "adds", zh: "新增" }, added, language),
    listWords({ en: "removes", zh: "去掉" }, named(removes), language),
    listWords({ en: "keeps only", zh: "只保留" }, named(keeps ?? []), language),
  ].filter((part) => part !== "");
  if (parts.length === 0) return (isSource ? FOUND : NOTHING)[language];
  return language === "en" ? `This example ${parts.join("; it ")}.` : `此示例${parts.join("；")}。`;
}

function columnWords(column: string, type: ColumnType | undefined, language: Language): string {
  if (type === undefined) return `\`${column}\``;
  return language === "en" ? `\`${column}\` (${TYPES[type].en})` : `\`${column}\`（${TYPES[type].zh}）`;
}

function listWords(verb: Words, items: readonly string[], language: Language): string {
  if (items.length === 0) return "";
  return language === "en" ? `${verb.en} ${items.join(", ")}` : `${verb.zh} ${items.join("、")}`;
}
