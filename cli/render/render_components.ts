import type { RegistryEntry } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

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

/** What one component states, a fact a line. */
export function renderComponent(
  described: Readonly<Record<string, unknown>>,
  { style = PLAIN }: ComponentsView = {},
): readonly string[] {
  const { config_schema, ...facts } = described;
  const lines = Object.entries(facts).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${style.bold(name.replaceAll("_", " "))}: ${showControls(text)}`;
  });
  if (config_schema === null || config_schema === undefined) return lines;
  const { properties = {}, required = [] } = config_schema as {
    readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly required?: readonly string[];
  };
  const keys = Object.entries(properties).map(([name, { type, description = "" }]) => {
    const need = required.includes(name) ? "required" : "optional";
    return `  ${name} (${String(type ?? "any")}, ${need}) ${showControls(String(description))}`.trimEnd();
  });
  return [...lines, style.bold("config:"), ...(keys.length === 0 ? ["  nothing"] : keys)];
}
