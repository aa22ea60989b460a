import type { RunProgress, StepProgress } from "@fastdistill/core";
import { cellWidth, cutToCells, showControls } from "../render/cells.ts";
import { formatCompact, formatRate } from "../render/figures.ts";
import { type Column, renderTable } from "../render/render_table.ts";
import { PLAIN, type Style } from "../render/style.ts";
import { totalOf } from "../render/tallies.ts";
import { renderBar } from "./bar.ts";
import {
  acceptedText,
  doneText,
  formatLeft,
  formatPercent,
  otherBudgets,
  providerText,
  reasonsOf,
  spentText,
} from "./run_facts.ts";
import { msLeft, sharesOf } from "./shares.ts";

/** How much of a terminal there is, and what it can show. */
export interface ProgressRoom {
  /** Lines in all; steps that do not fit are counted in a line of their own. @default {all that are needed} */
  readonly linesMax?: number;
  /** Whether bars may be made of block characters. @default {false} */
  readonly isUnicode?: boolean;
  /** @default {without colours} */
  readonly style?: Style;
}

const BAR_WIDTHS = { from: 10, to: 24 };
/** Steps that stay to be seen before lines on rejects and providers take their room. */
const STEPS_FIRST = 3;
const PROVIDERS_MAX = 4;
const REASONS_MAX = 20;

/**
 * A run at one moment, as lines none of which is wider than `width` cells: a heading, a line for each step, then rejects
 * and failures by reason, providers and further budgets, as far as there is room.
 */
export function renderProgress(
  progress: RunProgress,
  width: number,
  { linesMax = Infinity, isUnicode = false, style = PLAIN }: ProgressRoom = {},
): string[] {
  const { steps } = progress;
  const room = Math.max(1, linesMax - 2);
  const notes = notesOf(progress, width).slice(0, Math.max(0, room - Math.min(steps.length, STEPS_FIRST)));
  const shown = stepsToShow(steps, room - notes.length);
  const hidden = steps.length - shown.length;
  const bars = barsOf(progress, { width, isUnicode });
  const [titles, ...lines] = renderTable(shown, columnsOf(progress, bars), width);
  return [
    style.bold(fitted([...headingOf(progress)], { width, gap: "  " })),
    style.dim(titles!),
    ...lines.map((line, index) => paintBar(line, { bar: bars.get(shown[index]!.step)!, style })),
    ...(hidden === 0 ? [] : [style.dim(cutToCells(`and ${hidden} more steps`, width))]),
    ...notes.map(({ text, isBad }) => isBad ? style.yellow(text) : text),
  ].slice(0, linesMax);
}

/** What the whole run is about, the most important first: where room is short, the last ones go. */
function headingOf(progress: RunProgress): readonly string[] {
  const { run_id, elapsed_ms, steps, target, rows_per_s } = progress;
  const performed = steps.reduce((sum, { effects }) => sum + effects.performed, 0);
  const reused = steps.reduce((sum, { effects }) => sum + effects.reused, 0);
  const parts = [
    formatElapsed(elapsed_ms),
    doneText(progress),
    target === undefined ? "" : acceptedText(target),
    spentText(progress),
    rows_per_s === undefined ? "" : `${formatRate(rows_per_s, 1_000)} rows/s`,
    `${formatCompact(performed)} effects, ${formatCompact(reused)} reused`,
    showControls(run_id),
  ];
  return parts.filter((part) => part !== "");
}

/** In whole seconds, which change seldom enough to be read. */
function formatElapsed(ms: number): string {
  return ms < 1_000 ? "0 s" : formatLeft(Math.floor(ms / 1_000) * 1_000);
}

interface Note {
  readonly text: string;
  readonly isBad: boolean;
}

function notesOf(progress: RunProgress, width: number): readonly Note[] {
  const { steps, providers = [] } = progress;
  const line = (title: string, parts: readonly string[], isBad = false): readonly Note[] =>
    parts.length === 0 ? [] : [{ text: listed(title, parts, width), isBad }];
  const troubled = (index: number) => providers[index]!.down || providers[index]!.paused_ms ? 0 : 1;
  const shown = [...providers.keys()].toSorted((a, b) => troubled(a) - troubled(b)).slice(0, PROVIDERS_MAX);
  return [
    ...line("failed", reasonsOf(steps, ({ failed }) => failed), true),
    ...line("rejected", reasonsOf(steps, ({ rejected }) => rejected)),
    ...shown.sort((a, b) => a - b).flatMap((index) => {
      const provider = providers[index]!;
      return line(showControls(provider.provider), [providerText(provider)], troubled(index) === 0);
    }),
    ...line("budget", otherBudgets(progress)),
  ];
}

/** `rejected: too_short 12, late 3, 4 more`: as many as fit, and how many do not. */
function listed(title: string, parts: readonly string[], width: number): string {
  for (let count = Math.min(parts.length, REASONS_MAX); count > 1; count--) {
    const more = count === parts.length ? [] : [`${parts.length - count} more`];
    const text = `${title}: ${[...parts.slice(0, count), ...more].join(", ")}`;
    if (cellWidth(text) <= width) return text;
  }
  return cutToCells(`${title}: ${parts.join(", ")}`, width);
}

function fitted(parts: string[], { width, gap }: { readonly width: number; readonly gap: string }): string {
  while (parts.length > 1 && cellWidth(parts.join(gap)) > width) parts.pop();
  return cutToCells(parts.join(gap), width);
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

interface StepBar {
  readonly share: number | undefined;
  readonly text: string;
}

function barsOf(
  { steps, elapsed_ms }: RunProgress,
  { width, isUnicode }: { readonly width: number; readonly isUnicode: boolean },
): ReadonlyMap<string, StepBar> {
  const shares = sharesOf(steps);
  const barWidth = Math.min(BAR_WIDTHS.to, Math.max(BAR_WIDTHS.from, Math.floor(width / 8)));
  return new Map(steps.map((step) => {
    const share = shares.get(step.step);
    const isActive = !step.finished && step.rows_in > 0;
    const text = renderBar({ width: barWidth, share, isActive, elapsedMs: elapsed_ms, isUnicode });
    return [step.step, { share, text }];
  }));
}

function paintBar(line: string, { bar, style }: { readonly bar: StepBar; readonly style: Style }): string {
  const at = line.indexOf(bar.text);
  if (at === -1) return line;
  const colour = bar.share === 1 ? style.green : (text: string) => text;
  const text = bar.text.replace(/[^░-]+/, colour).replace(/[░-]+/g, style.dim);
  return line.slice(0, at) + text + line.slice(at + bar.text.length);
}

function columnsOf(
  { elapsed_ms }: RunProgress,
  bars: ReadonlyMap<string, StepBar>,
): readonly Column<StepProgress>[] {
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
  const share = ({ step }: StepProgress) => bars.get(step)!.share;
  return [
    { title: "step", cell: ({ step }) => showControls(step), isFlexible: true },
    { title: "use", cell: ({ use }) => showControls(use), dropOrder: 10 },
    { title: "done", cell: ({ step }) => bars.get(step)!.text, dropOrder: 2 },
    {
      title: "",
      cell: (step) => share(step) === undefined ? "" : formatPercent(share(step)!),
      align: "right",
      dropOrder: 1,
    },
    count("in", ({ rows_in }) => rows_in),
    count("out", ({ rows_out }) => rows_out),
    count("busy", ({ in_flight }) => in_flight, 4),
    count("rejected", ({ rejected }) => totalOf(rejected), 7),
    count("failed", ({ failed }) => totalOf(failed), 7),
    count("effects", ({ effects }) => effects.performed, 8),
    count("reused", ({ effects }) => effects.reused, 9),
    {
      title: "rows/s",
      cell: (step) =>
        step.finished && (share(step) ?? 1) === 1 ? "done" : formatRate(step.rows_out, elapsed_ms),
      align: "right",
      dropOrder: 5,
    },
    {
      title: "left",
      cell: (step) => {
        const left = msLeft(share(step), elapsed_ms);
        return left === undefined ? "" : formatLeft(left);
      },
      align: "right",
      dropOrder: 6,
    },
  ];
}
