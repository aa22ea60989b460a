/**
 * The page of the built-in components: what each is, which keys it takes, and an example.
 *
 * @module
 */
import {
  type Component,
  type ConfigSchema,
  describeConfig,
  type JsonObject,
  Registry,
  type StepKind,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { EXAMPLES } from "./_reference_examples.ts";
import { flowOf, flowWords } from "./_reference_flow.ts";
import { type KeyEntry, keyTable, sectionsOf } from "./_reference_keys.ts";
import {
  checkEntries,
  checkTranslations,
  fence,
  type Language,
  page,
  plain,
  type ReferencePage,
  table,
  type Words,
} from "./_reference_page.ts";
import { COMPONENTS_ZH } from "./_reference_zh_components.ts";

const ZH_FILE = "scripts/_reference_zh_components.ts";
const EXAMPLES_FILE = "scripts/_reference_examples.ts";

/** The kinds that the page tells apart. */
export type Kind = StepKind | "task" | "provider";

/** A component as the page shows it. */
export interface ShownComponent {
  readonly name: string;
  readonly kind: Kind;
  readonly component: Component;
  readonly keys: readonly KeyEntry[];
}

const TITLE: Words = { en: "# Components", zh: "# 组件" };

const INTRO: Words = {
  en:
    `The built-in components: what a pipeline file can name after \`use\` right away. What stands under \`with\` is
checked against the tables below before anything runs, and an unknown key is an error. The keys around \`with\` are on
the page of the [pipeline file](pipeline.md); how to add a component is in [a guide](../guides/write-a-component.md).

A key marked _secret_ holds a credential: write it as \`\${env:NAME}\`. Its value is kept out of messages and out of the
pipeline's signature. A key marked _operational_ changes no answer and is no part of the signature either. Every
other key is part of it, so that another value makes another run.

What an example does to the columns is worked out from its configuration, as the planner does it. This page is
generated from the components by \`deno task docs:generate\`.`,
  zh:
    `本页列出全部内置组件，也就是流水线文件中 \`use\` 之后可以直接写的名字。\`with\` 之下的内容在运行之前按下面的表格检查，出现不认识的键就是错误。\`with\` 之外的键见[流水线文件](pipeline.md)；如何添加自己的组件见[指南](../guides/write-a-component.md)。

标有“机密”的键保存凭据，请写成 \`\${env:NAME}\`；它的值不会出现在信息中，也不计入流水线签名。标有“运维”的键不影响答案，同样不计入签名。其他键都计入签名，因此换一个值就是另一次运行。

示例对列的影响，是与规划流水线时一样，根据示例的配置算出来的。本页由 \`deno task docs:generate\` 根据组件生成。`,
};

const KINDS_TITLE: Words = { en: "## Kinds", zh: "## 种类" };

/** What a component of each kind does. */
const KINDS: Readonly<Record<Kind, Words>> = {
  source: { en: "Makes rows from its configuration", zh: "按自己的配置产生行" },
  task: { en: "Asks a model, one row at a time, many at once", zh: "就每一行询问模型；多行同时处理" },
  row: {
    en: "Sees one row; many at once, in no particular order",
    zh: "一次看到一行；多行同时处理，不分先后",
  },
  ordered: {
    en: "Sees one row at a time, in canonical order",
    zh: "按规范顺序一次看到一行",
  },
  batch: { en: "Sees up to a fixed number of rows", zh: "一次看到不超过固定数目的若干行" },
  global: { en: "Sees all rows before it gives the first one back", zh: "在交回第一行之前看到所有行" },
  sink: {
    en: "Writes rows to a file, in canonical order, and lets them pass",
    zh: "按规范顺序把行写入文件，并让它们继续前进",
  },
  provider: {
    en: "Answers for a model; stands under `providers`",
    zh: "代表一个模型作答；写在 `providers` 之下",
  },
};

const KIND_HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ["Kind", "What it does"],
  zh: ["种类", "作用"],
};

const INDEX_TITLE: Words = { en: "## Index", zh: "## 索引" };
const INDEX_HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ["Component", "Kind", "What it does"],
  zh: ["组件", "种类", "作用"],
};

/** The parts of the page, and the kinds in each. */
const PARTS: readonly { readonly title: Words; readonly kinds: readonly Kind[] }[] = [
  { title: { en: "## Sources", zh: "## 数据源" }, kinds: ["source"] },
  { title: { en: "## Tasks", zh: "## 任务" }, kinds: ["task"] },
  { title: { en: "## Steps", zh: "## 步骤" }, kinds: ["row", "ordered", "batch", "global"] },
  { title: { en: "## Sinks", zh: "## 写文件的步骤" }, kinds: ["sink"] },
  { title: { en: "## Providers", zh: "## 提供方" }, kinds: ["provider"] },
];

const FACTS = {
  kind: { en: "Kind", zh: "种类" },
  version: { en: "Version", zh: "版本" },
  promptVersion: { en: "Prompt version", zh: "提示词版本" },
  capabilities: { en: "Capabilities", zh: "能力" },
  citation: { en: "After", zh: "依据" },
} as const satisfies Readonly<Record<string, Words>>;

const NO_KEYS: Words = { en: "It takes no keys.", zh: "它没有键。" };

const GENERATION: Words = {
  en:
    "It also takes the [generation options](pipeline.md#generation-options): `n`, `temperature`, `max_tokens` " +
    "and others.",
  zh: "它还接受[生成选项](pipeline.md#生成选项)：`n`、`temperature`、`max_tokens` 等。",
};

/** The page `docs/reference/components.md`. */
export const componentsPage: ReferencePage = {
  path: "reference/components.md",
  write: async (language) => writeComponents(await builtinComponents(), language),
};

/** Every built-in component, loaded, by name. */
export async function builtinComponents(): Promise<readonly ShownComponent[]> {
  const registry = new Registry([...builtinSteps, ...builtinProviders]);
  const components = await Promise.all(registry.list().map(({ kind, name }) => registry.load(kind, name)));
  return components.map(showComponent).toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** What the page shows of a component. @throws {Error} naming the keys that its schema does not describe */
export function showComponent(component: Component): ShownComponent {
  const { name, config } = component.definition;
  return { name, kind: kindOf(component), component, keys: keysOf(name, config) };
}

function kindOf(component: Component): Kind {
  return component.component === "step" ? component.definition.kind : component.component;
}

/** All keys of a component, those of maps inside it by their dotted path. */
function keysOf(name: string, config: ConfigSchema<unknown>): readonly KeyEntry[] {
  const schema = describeConfig(config);
  if (schema === undefined) throw new Error(`The schema of "${name}" has no JSON Schema`);
  const keys = sectionsOf(schema).flatMap(({ path, keys }) =>
    keys.map((key) => ({ ...key, name: path === "" ? key.name : `${path}.${key.name}` }))
  );
  const silent = keys.filter((key) => !isDescribed(key.schema)).map((key) => key.name);
  if (silent.length === 0) return keys;
  throw new Error(`The schema of "${name}" does not describe ${silent.join(", ")}: add .describe()`);
}

function isDescribed({ description }: JsonObject): boolean {
  return typeof description === "string" && description !== "";
}

/** Writes the page of some components. */
export function writeComponents(components: readonly ShownComponent[], language: Language): string {
  checkWords(components);
  const parts = PARTS.flatMap(({ title, kinds }) => {
    const inside = components.filter(({ kind }) => kinds.includes(kind));
    return inside.length === 0
      ? []
      : [title[language], ...inside.flatMap((shown) => section(shown, language))];
  });
  return page(
    TITLE[language],
    INTRO[language],
    KINDS_TITLE[language],
    kindTable(components, language),
    INDEX_TITLE[language],
    indexTable(components, language),
    ...parts,
  );
}

function checkWords(components: readonly ShownComponent[]): void {
  const needed = components.map(({ name }) => name);
  checkTranslations("words for components", { needed, given: COMPONENTS_ZH, file: ZH_FILE });
  checkEntries("examples of components", { needed, given: EXAMPLES, file: EXAMPLES_FILE });
  for (const { name, keys } of components) {
    const what = `words for the keys of "${name}"`;
    const given = COMPONENTS_ZH[name]!.keys;
    checkTranslations(what, { needed: keys.map(({ id }) => id), given, file: ZH_FILE });
  }
}

function kindTable(components: readonly ShownComponent[], language: Language): string {
  const present = Object.entries(KINDS).filter(([kind]) => components.some((shown) => shown.kind === kind));
  return table(KIND_HEAD[language], present.map(([kind, words]) => [`\`${kind}\``, words[language]]));
}

function indexTable(components: readonly ShownComponent[], language: Language): string {
  const rows = components.map((shown) => {
    const { name, kind } = shown;
    return [`[\`${name}\`](#${name})`, `\`${kind}\``, summaryOf(shown, language)];
  });
  return table(INDEX_HEAD[language], rows);
}

function summaryOf({ name, component }: ShownComponent, language: Language): string {
  return plain(language === "en" ? component.definition.summary : COMPONENTS_ZH[name]!.summary);
}

function section(shown: ShownComponent, language: Language): readonly string[] {
  const { name, component, keys } = shown;
  const zh = COMPONENTS_ZH[name]!.keys;
  const example = EXAMPLES[name]!;
  const flow = flowOf(component, example);
  return [
    `### \`${name}\``,
    summaryOf(shown, language) + (language === "en" ? "." : "。"),
    facts(shown, language),
    keys.length === 0 ? NO_KEYS[language] : keyTable({ path: "", keys }, { language, zh }),
    ...(component.component === "task" ? [GENERATION[language]] : []),
    fence("yaml", example.yaml),
    ...(flow === undefined ? [] : [flowWords(flow, { language, isSource: shown.kind === "source" })]),
  ];
}

/** What the definition states of itself, as a list. */
function facts({ kind, component }: ShownComponent, language: Language): string {
  const { definition } = component;
  const capabilities = "capabilities" in definition ? definition.capabilities : [];
  const stated: Readonly<Record<keyof typeof FACTS, string | undefined>> = {
    kind: `\`${kind}\``,
    version: `${definition.version}`,
    promptVersion: "promptVersion" in definition ? `${definition.promptVersion}` : undefined,
    capabilities: capabilities.length === 0 ? undefined : capabilities.map((one) => `\`${one}\``).join(", "),
    citation: "citation" in definition ? definition.citation : undefined,
  };
  const colon = language === "en" ? ": " : "：";
  return Object.entries(stated).flatMap(([fact, value]) =>
    value === undefined ? [] : [`- ${FACTS[fact as keyof typeof FACTS][language]}${colon}${value}`]
  ).join("\n");
}
