import type { RunFile, RunSummary, StepProgress } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { formatCount, formatFigure } from "./figures.ts";
import { groupLines } from "./render_gates.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";
import { largestFirst } from "./tallies.ts";

/** What the details of a run are shown with. */
export interface DetailsView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** What a summary leaves out: each step, every figure of each stage, every file. */
export function renderRunDetails(summary: RunSummary, view: DetailsView = {}): readonly string[] {
  const { style = PLAIN, width = 100 } = view;
  const titled = ([heading, ...lines]: readonly string[]) => [style.bold(heading!), ...lines, ""];
  return [
    ...(summary.steps.length === 0 ? [] : titled(stepsTable(summary.steps, width))),
    ...summary.stages.flatMap((stage) => titled(stageLines(stage))),
    ...summary.gates.flatMap((gate) =>
      gate.groups === undefined
        ? []
        : titled([`gate on ${gate.metric} of stage ${gate.stage} by ${gate.by}`, ...groupLines(gate, style)])
    ),
    ...(summary.files.length === 0 ? [] : titled(filesTable(summary.files, width))),
  ];
}

function stepsTable(steps: readonly StepProgress[], width: number): readonly string[] {
  const count = (title: string, value: (step: StepProgress) => number, dropOrder: number) =>
    ({ title, cell: (step: StepProgress) => formatCount(value(step)), align: "right", dropOrder }) as const;
  return renderTable(steps, [
    { title: "step", cell: ({ step }) => step },
    { title: "use", cell: ({ use }) => use, dropOrder: 3 },
    count("in", ({ rows_in }) => rows_in, 0),
    count("out", ({ rows_out }) => rows_out, 0),
    count("effects", ({ effects }) => effects.performed, 2),
    count("reused", ({ effects }) => effects.reused, 2),
    { title: "rejected and failed", cell: reasonsOf, isFlexible: true, dropOrder: 1 },
  ], width);
}

function reasonsOf({ rejected, failed }: StepProgress): string {
  return [...largestFirst(rejected), ...largestFirst(failed)].map(([name, count]) =>
    `${formatCount(count)} ${showControls(name)}`
  ).join(", ");
}

function stageLines({ stage, metrics }: RunSummary["stages"][number]): readonly string[] {
  const width = Math.max(0, ...Object.keys(metrics).map((name) => name.length));
  const lines = Object.entries(metrics).map(([name, value]) =>
    `  ${showControls(name).padEnd(width)}  ${value === null ? "-" : formatFigure(value)}`
  );
  return [`stage ${stage}`, ...lines];
}

function filesTable(files: readonly RunFile[], width: number): readonly string[] {
  return renderTable(files, [
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
}
