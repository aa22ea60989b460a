import type { RegisteredRun } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { formatCount, formatMoney } from "./figures.ts";
import { statusText } from "./render_summary.ts";
import { type Column, renderTable } from "./render_table.ts";
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
  runs: readonly RegisteredRun[],
  { style = PLAIN, width = 100 }: RunsView = {},
): readonly string[] {
  const columns: readonly Column<RegisteredRun>[] = [
    { title: "run", cell: ({ run_id }) => run_id },
    { title: "name", cell: ({ name }) => showControls(name), isFlexible: true, dropOrder: 5 },
    { title: "tags", cell: ({ tags }) => tags.map(showControls).join(" "), dropOrder: 2 },
    { title: "status", cell: statusOf },
    {
      title: "kept",
      cell: ({ summary }) => summary === undefined ? "-" : formatCount(summary.rows.kept),
      align: "right",
      dropOrder: 1,
    },
    {
      title: "cost USD",
      cell: ({ summary }) => typeof summary?.cost_usd === "number" ? formatMoney(summary.cost_usd) : "-",
      align: "right",
      dropOrder: 3,
    },
    {
      title: "started",
      cell: ({ summary }) =>
        summary === undefined ? "" : `${summary.started_at.slice(0, 19).replace("T", " ")} UTC`,
      dropOrder: 4,
    },
  ];
  const isTagged = runs.some(({ tags }) => tags.length > 0);
  const shown = columns.filter(({ title }) => title !== "tags" || isTagged);
  const [heading, ...lines] = renderTable(runs, shown, width);
  return [style.bold(heading!), ...lines];
}

function statusOf({ summary, state }: RegisteredRun): string {
  if (summary === undefined) return "gone";
  return state === "unfinished" ? "unfinished" : statusText(summary.status);
}

/** A line for each run whose folder and index do not agree. */
export function renderDisagreements(
  runs: readonly RegisteredRun[],
  { style = PLAIN }: Pick<RunsView, "style"> = {},
): readonly string[] {
  return runs.flatMap(({ run_id, state, tags, stale_tags }) => {
    const notes = [
      ...(state === "gone"
        ? [
          `the index has it, and its folder is gone${
            tags.length > 0 ? `; it is tagged ${tags.join(", ")}` : ""
          }`,
        ]
        : []),
      ...(state === "changed" ? ["its folder is not as the run left it: see fastdistill verify"] : []),
      ...stale_tags.map((tag) => `its rows changed since it was tagged ${tag}: tag it again, if it is meant`),
    ];
    return notes.map((note) => `${style.yellow("note")}  ${run_id}: ${note}`);
  });
}
