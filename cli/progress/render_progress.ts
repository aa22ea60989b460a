import type { RunProgress, StepProgress, TargetProgress } from "@fastdistill/core";
import { cutToCells } from "../render/cells.ts";
import { formatCompact, formatDuration, formatMoney, formatRate } from "../render/figures.ts";
import { type Column, renderTable } from "../render/render_table.ts";
import { totalOf } from "../render/tallies.ts";

/** How much of a terminal there is. */
export interface ProgressRoom {
  /** Lines in all; steps that do not fit are counted in a line of their own. @default {all that are needed} */
  readonly linesMax?: number;
}

/** A run at one moment, as lines none of which is wider than `width` cells: a heading, then a line for each step. */
export function renderProgress(
  progress: RunProgress,
  width: number,
  { linesMax = Infinity }: ProgressRoom = {},
): string[] {
  const { steps, elapsed_ms } = progress;
  const shown = stepsToShow(steps, linesMax - 2);
  const hidden = steps.length - shown.length;
  return [
    cutToCells(headingOf(progress), width),
    ...renderTable(shown, columnsOf(elapsed_ms), width),
    ...(hidden === 0 ? [] : [cutToCells(`and ${hidden} more steps`, width)]),
  ];
}

/** Elapsed time, spend against budget, effects: what the whole run is about, in one line. */
export function headingOf(progress: RunProgress): string {
  const { run_id, elapsed_ms, spent_usd, budget_usd, steps, target } = progress;
  const performed = steps.reduce((sum, { effects }) => sum + effects.performed, 0);
  const reused = steps.reduce((sum, { effects }) => sum + effects.reused, 0);
  const budget = budget_usd === null ? "" : ` of ${formatMoney(budget_usd)}`;
  const effects = `${formatCompact(performed)} effects, ${formatCompact(reused)} reused`;
  const accepted = target === undefined ? "" : `${acceptedText(target)}  `;
  return `${formatDuration(elapsed_ms)}  ${accepted}spent ${
    formatMoney(spent_usd)
  }${budget} USD  ${effects}  ${run_id}`;
}

/** How far a run has come towards its target. */
export function acceptedText({ accepted, wanted, candidates }: TargetProgress): string {
  return `${formatCompact(accepted)} of ${formatCompact(wanted)} rows accepted, ${
    formatCompact(candidates)
  } candidates`;
}

/** Those that still work come first to be shown; the order of the pipeline stays. */
function stepsToShow(steps: readonly StepProgress[], linesMax: number): readonly StepProgress[] {
  if (steps.length <= linesMax) return steps;
  const room = Math.max(1, linesMax - 1);
  const ranked = steps.toSorted((a, b) => rankOf(a) - rankOf(b));
  const chosen = new Set(ranked.slice(0, room));
  return steps.filter((step) => chosen.has(step));
}

function rankOf({ in_flight, finished }: StepProgress): number {
  return in_flight > 0 ? 0 : finished ? 2 : 1;
}

function columnsOf(elapsedMs: number): readonly Column<StepProgress>[] {
  const count = (
    title: string,
    value: (step: StepProgress) => number,
    dropOrder = 0,
  ): Column<StepProgress> => ({
    title,
    cell: (step) => formatCompact(value(step)),
    align: "right",
    dropOrder,
  });
  return [
    { title: "step", cell: ({ step }) => step, isFlexible: true },
    { title: "use", cell: ({ use }) => use, dropOrder: 9 },
    count("in", ({ rows_in }) => rows_in),
    count("out", ({ rows_out }) => rows_out),
    count("busy", ({ in_flight }) => in_flight, 3),
    count("rejected", ({ rejected }) => totalOf(rejected), 1),
    count("failed", ({ failed }) => totalOf(failed), 1),
    count("effects", ({ effects }) => effects.performed, 2),
    count("reused", ({ effects }) => effects.reused, 2),
    {
      title: "rows/s",
      cell: ({ rows_out, finished }) => finished ? "done" : formatRate(rows_out, elapsedMs),
      align: "right",
      dropOrder: 4,
    },
  ];
}
