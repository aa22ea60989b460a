import type { RunSummary } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { formatCount, formatMoney } from "./figures.ts";
import { statusText } from "./render_summary.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a list of runs is shown with. */
export interface RunsView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** Runs as a table, in the order given. */
export function renderRuns(
  runs: readonly RunSummary[],
  { style = PLAIN, width = 100 }: RunsView = {},
): readonly string[] {
  const [heading, ...lines] = renderTable(runs, [
    { title: "run", cell: ({ run_id }) => run_id },
    { title: "name", cell: ({ name }) => showControls(name), isFlexible: true, dropOrder: 4 },
    {
      title: "status",
      cell: ({ status, error }) => error?.code === "run.incomplete" ? "unfinished" : statusText(status),
    },
    { title: "kept", cell: ({ rows }) => formatCount(rows.kept), align: "right", dropOrder: 1 },
    {
      title: "cost USD",
      cell: ({ cost_usd }) => cost_usd === null ? "-" : formatMoney(cost_usd),
      align: "right",
      dropOrder: 2,
    },
    {
      title: "started",
      cell: ({ started_at }) => `${started_at.slice(0, 19).replace("T", " ")} UTC`,
      dropOrder: 3,
    },
  ], width);
  return [style.bold(heading!), ...lines];
}
