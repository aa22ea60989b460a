import type { JsonObject, PluginOrigin, RegistryEntry } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { renderTable } from "./render_table.ts";
import { type SchemaKey, schemaKeys, schemaWords } from "./schema_words.ts";
import { PLAIN, type Style } from "./style.ts";
import { wrapWords } from "./wrap_words.ts";

/** What components are shown with. */
export interface ComponentsView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** Components as a table, in the order given. */
export function renderEntries(
  entries: readonly RegistryEntry[],
  { style = PLAIN, width = 100 }: ComponentsView = {},
): readonly string[] {
  const [heading, ...lines] = renderTable(entries, [
    { title: "kind", cell: ({ kind }) => kind },
    { title: "name", cell: ({ name }) => name },
    {
      title: "from",
      cell: ({ plugin }) => plugin === undefined ? "built-in" : originOf(plugin),
      dropOrder: 1,
    },
    { title: "summary", cell: ({ summary }) => showControls(summary), isFlexible: true },
  ], width);
  return [style.bold(heading!), ...lines];
}

function originOf({ isSandboxed }: NonNullable<RegistryEntry["plugin"]>): string {
  return isSandboxed ? "sandbox" : "project";
}

/** What a component states, as `registry show --json` prints it. */
export interface DescribedComponent {
  readonly kind: string;
  readonly name: string;
  readonly version: number | string;
  readonly summary: string;
  readonly step_kind?: string;
  /** Columns by what becomes of them; null where they depend on more than the configuration. */
  readonly columns?: Readonly<Record<string, unknown>> | null;
  readonly capabilities?: unknown;
  readonly stability: string | null;
  readonly permissions: unknown;
  readonly origin: string;
  readonly plugin?: PluginOrigin;
  readonly citation?: string;
  readonly docs?: string;
  readonly config_schema: JsonObject | null;
}

/** What one component states: facts, columns, and each key of its configuration. */
export function renderComponent(
  described: DescribedComponent,
  { style = PLAIN, width = 100 }: ComponentsView = {},
): readonly string[] {
  const { name, version, summary, kind, step_kind, stability, origin } = described;
  const keys = described.config_schema === null ? [] : schemaKeys(described.config_schema);
  const kinds = step_kind === undefined ? kind : `${kind} (${step_kind})`;
  const facts = [`version ${version}`, kinds, origin, stability].filter((fact) => fact !== null);
  return [
    ...nameLines(name, facts.join(", "), { style, width }),
    ...textLines(summary, "", width),
    "",
    ...factsOf(described).flatMap(([title, text]) => factLines({ title, text, width, style })),
    "",
    ...(keys.length === 0
      ? factLines({ title: "config", text: "nothing", width, style })
      : [style.bold("config"), ...keys.flatMap((key) => keyLines(key, { style, width }))]),
  ];
}

const TITLE_WIDTH = 14;

function factsOf(described: DescribedComponent): readonly (readonly [string, string])[] {
  const { columns, permissions, capabilities, plugin, docs, citation } = described;
  const flow = Object.entries(columns ?? {});
  const listed = [
    ...flow.map(([what, some]) => [what, listOf(some)] as const),
    ["capabilities", listOf(capabilities)],
    ["permissions", listOf(permissions) || "none"],
    ["code", plugin === undefined ? "" : `${plugin.specifier} ${plugin.integrity}`],
    ["after", citation ?? ""],
    ["docs", docs ?? ""],
  ] as const;
  return listed.filter(([, text]) => text !== "");
}

/** Columns with their types, permissions with what they are for, or names. */
function listOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(", ");
  return Object.entries(value ?? {}).map(([name, of]) => of === true ? name : `${name} (${String(of)})`).join(
    ", ",
  );
}

interface FactView {
  readonly title: string;
  readonly text: string;
  readonly width: number;
  readonly style: Style;
}

function factLines({ title, text, width, style }: FactView): readonly string[] {
  const lines = textLines(text, " ".repeat(TITLE_WIDTH), width);
  return lines.map((line, at) => at === 0 ? style.bold(title.padEnd(TITLE_WIDTH)) + line.trimStart() : line);
}

function keyLines(
  { name, schema, isRequired }: SchemaKey,
  view: Required<ComponentsView>,
): readonly string[] {
  const words = [
    schemaWords(schema) ?? "anything",
    isRequired ? "required" : schema.default === undefined ? "" : `default ${JSON.stringify(schema.default)}`,
  ];
  const facts = words.filter((word) => word !== "").join(", ");
  return [
    ...nameLines(name, facts, view, "  "),
    ...textLines(String(schema.description ?? ""), "      ", view.width),
  ];
}

/** A name, and behind it what there is to know at a glance. */
function nameLines(
  name: string,
  facts: string,
  { style, width }: Required<ComponentsView>,
  indent = "",
): readonly string[] {
  const [first = "", ...others] = wrapWords(showControls(`${name} ${facts}`), width - indent.length - 1);
  const rest = first.slice(name.length + 1);
  return [`${indent}${style.bold(name)}  ${rest}`, ...others.map((line) => `${indent}    ${line}`)];
}

function textLines(text: string, indent: string, width: number): readonly string[] {
  return text === "" ? [] : wrapWords(indent + showControls(text).replaceAll("\n", " "), width);
}
