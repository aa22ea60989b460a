import type { ConfigOrigin } from "../commands/_config_origins.ts";
import { shownPath } from "./shown_path.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./render_table.ts";

/** What the list is shown with. */
export interface OriginsView {
  readonly style: Style;
  /** Width of the terminal in cells. */
  readonly width: number;
  readonly currentDirectory: string;
}

/** A table of every value with its layer and place; lines may be longer than the terminal where a place is. */
export function renderOrigins(origins: readonly ConfigOrigin[], view: OriginsView): readonly string[] {
  const [title, ...rows] = renderTable(origins, [
    { title: "key", cell: ({ path }) => path },
    { title: "value", cell: ({ value }) => JSON.stringify(value), isFlexible: true },
    { title: "layer", cell: ({ layer }) => layer },
    { title: "from", cell: (origin) => placeOf(origin, view) },
  ], Math.max(view.width, 80));
  return [view.style.bold(title!), ...rows];
}

function placeOf({ file, line, column }: ConfigOrigin, { currentDirectory }: OriginsView): string {
  if (file === undefined) return "";
  const position = [line, column].filter((part) => part !== undefined).map((part) => `:${part}`).join("");
  return `${shownPath(file, currentDirectory)}${position}`;
}
