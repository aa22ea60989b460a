import type { RunSummary } from "@fastdistill/core";
import { formatCount } from "./figures.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** What the files of a run are shown with. */
export interface RunFilesView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** Every file that a run left, with its rows and the beginning of its digest. */
export function renderRunFiles(
  { files }: Pick<RunSummary, "files">,
  { style = PLAIN, width = 100 }: RunFilesView = {},
): readonly string[] {
  const [heading, ...lines] = renderTable(files, [
    { title: "file", cell: ({ path }) => path },
    { title: "role", cell: ({ role }) => role, dropOrder: 2 },
    {
      title: "rows",
      cell: ({ rows }) => rows === undefined ? "" : formatCount(rows),
      align: "right",
      dropOrder: 1,
    },
    { title: "sha256", cell: ({ sha256 }) => sha256?.slice(0, 12) ?? "", dropOrder: 3 },
  ], width);
  return [style.bold(heading!), ...lines];
}
