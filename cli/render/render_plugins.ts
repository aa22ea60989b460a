import { describePermissions, type PluginPermissions } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** A component of a project, as it is listed. */
export interface ListedPlugin {
  readonly kind: string;
  readonly name: string;
  readonly specifier: string;
  readonly sandbox: boolean;
  /** `null` when nobody has said what it may do. */
  readonly granted: PluginPermissions | null;
}

/** Components of a project as a table. */
export function renderPlugins(
  plugins: readonly ListedPlugin[],
  { style = PLAIN, width = 100 }: { readonly style?: Style; readonly width?: number } = {},
): readonly string[] {
  const [heading, ...lines] = renderTable(plugins, [
    { title: "kind", cell: ({ kind }) => kind, dropOrder: 2 },
    { title: "name", cell: ({ name }) => name },
    { title: "runs in", cell: ({ sandbox }) => sandbox ? "sandbox" : "this process" },
    { title: "granted", cell: grantedText },
    { title: "from", cell: ({ specifier }) => showControls(specifier), isFlexible: true, dropOrder: 1 },
  ], width);
  return [style.bold(heading!), ...lines];
}

function grantedText({ sandbox, granted }: ListedPlugin): string {
  if (!sandbox) return "everything";
  return granted === null ? "nothing" : describePermissions(granted) || "nothing";
}
