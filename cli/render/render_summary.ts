import type { RunSummary, TargetEnd } from "@fastdistill/core";
import { join } from "node:path";
import { cutToCells, showControls } from "./cells.ts";
import { formatCount, formatDuration, formatFigure, formatMoney, formatShare } from "./figures.ts";
import { nextSteps } from "./next_steps.ts";
import { renderBudgetUse } from "./render_budget.ts";
import { shownPath } from "./shown_path.ts";
import { PLAIN, type Style } from "./style.ts";
import { type Counts, largestFirst, totalOf } from "./tallies.ts";

/** What a summary is shown with. */
export interface SummaryView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Paths inside of it are shown relative to it. @default {""} */
  readonly currentDirectory?: string;
  /** What the first row that failed with a code says, by code. @default {none} */
  readonly examples?: ReadonlyMap<string, string>;
}

type Line = readonly [label: string, ...texts: string[]];

const REASONS_MAX = 12;
const LABEL_WIDTH = 10;
const EXAMPLE_CELLS = 200;

/** What a run came to, as a person reads it at the end of a run. */
export function renderSummary(summary: RunSummary, view: SummaryView = {}): readonly string[] {
  const { style = PLAIN } = view;
  const lines: Line[] = [
    rowsLine(summary),
    tallyLine("rejected", summary.rows.rejected),
    tallyLine("failed", summary.rows.failed, view.examples),
    ...(summary.rows.shed === undefined ? [] : [tallyLine("shed", summary.rows.shed)]),
    ["target", ...(summary.target === undefined ? [] : [targetText(summary.target, style)])],
    ["stages", ...summary.stages.map(stageText)],
    ["gates", ...summary.gates.map((gate) => gateText(gate, style))],
    ["calls", callsText(summary)],
    ["fallback", ...Object.entries(summary.fallbacks ?? {}).map(fallbackText)],
    ["tokens", tokensText(summary)],
    ["cost", costText(summary)],
    ["budget", ...(summary.budgets ?? []).map(renderBudgetUse)],
    ["files", ...filesTexts(summary, view)],
    ["next", ...nextSteps(summary, view.currentDirectory)],
  ];
  return ["", titleOf(summary, style), "", ...lines.flatMap((line) => labelled(line, style)), ""];
}

/** The one line that `--quiet` leaves. */
export function renderFinalLine(summary: RunSummary, view: SummaryView = {}): string {
  const { run_id, status, rows, calls, cost_usd, run_dir } = summary;
  const cost = cost_usd === null ? "" : `, ${formatMoney(cost_usd)} USD`;
  const counts = `${formatCount(rows.kept)} kept of ${formatCount(settled(summary))}, ${
    formatCount(calls.performed)
  } calls${cost}`;
  return `${run_id} ${statusText(status)}: ${counts}, in ${shownPath(run_dir, view.currentDirectory ?? "")}`;
}

/** How a run ended, in words. */
export function statusText(status: RunSummary["status"]): string {
  return {
    done: "done",
    failed: "failed",
    gate_failed: "gate failed",
    budget_exhausted: "budget used up",
    interrupted: "interrupted",
  }[
    status
  ];
}

function titleOf({ name, run_id, status, partial, degraded, elapsed_ms }: RunSummary, style: Style): string {
  const dress = status === "done" ? style.green : status === "interrupted" ? style.yellow : style.red;
  const time = `in ${formatDuration(elapsed_ms)}${partial ? ", with a part of the rows" : ""}${
    degraded ? ", partly from a cheaper provider" : ""
  }`;
  return `${style.bold(showControls(name))}  ${dress(statusText(status))} ${time}  ${style.dim(run_id)}`;
}

function labelled([label, ...texts]: Line, style: Style): readonly string[] {
  const spaces = " ".repeat(LABEL_WIDTH - label.length);
  return texts.map((text, index) =>
    index === 0 ? `${style.bold(label)}${spaces}${text}` : `${" ".repeat(LABEL_WIDTH)}${text}`
  );
}

function settled({ rows }: RunSummary): number {
  return rows.kept + totalOf(rows.rejected) + totalOf(rows.failed) + totalOf(rows.shed ?? {});
}

function rowsLine(summary: RunSummary): Line {
  const { read, kept } = summary.rows;
  const all = settled(summary);
  const share = all === 0 ? "" : ` of ${formatCount(all)} (${formatShare(kept, all)})`;
  return ["rows", `${formatCount(read)} read, ${formatCount(kept)} kept${share}`];
}

function tallyLine(label: string, counts: Counts, examples?: ReadonlyMap<string, string>): Line {
  const all = largestFirst(counts);
  if (all.length === 0) return [label, "0"];
  const width = formatCount(all[0]![1]).length;
  const line = (count: number, text: string) => `  ${formatCount(count).padStart(width)}  ${text}`;
  const shown = all.slice(0, REASONS_MAX).map(([name, count]) => {
    const example = examples?.get(name);
    return line(
      count,
      cutToCells(
        showControls(example === undefined ? name : `${name}: ${example.replace(/\s+/g, " ")}`),
        EXAMPLE_CELLS,
      ),
    );
  });
  const rest = all.slice(REASONS_MAX).reduce((sum, [, count]) => sum + count, 0);
  const more = rest === 0 ? [] : [line(rest, `for ${all.length - REASONS_MAX} other reasons`)];
  return [label, formatCount(totalOf(counts)), ...shown, ...more];
}

function targetText(
  { wanted, accepted, candidates, reached, reason, overshoot, stage }: NonNullable<RunSummary["target"]>,
  style: Style,
): string {
  const where = stage === undefined ? "" : ` in stage ${stage}`;
  const counts = `${formatCount(accepted)} of ${formatCount(wanted)} rows${where}, from ${
    formatCount(candidates)
  } candidates`;
  if (!reached) return style.red(`${counts}: ${TARGET_ENDS[reason ?? "stopped"]}`);
  return style.green(counts) + (overshoot === 0 ? "" : `; ${formatCount(overshoot)} more were begun`);
}

const TARGET_ENDS: Readonly<Record<TargetEnd, string>> = {
  exhausted: "the sources have no more rows",
  max_candidates: "no more candidates may be taken up",
  limit: "the run was limited to so many",
  stopped: "the run ended before",
};

function stageText({ stage, count, metrics }: RunSummary["stages"][number]): string {
  const rates = Object.entries(metrics).filter(([name]) => name.endsWith("_rate"));
  const shown = rates.map(([name, value]) =>
    `${showControls(name)} ${value === null ? "-" : formatFigure(value)}`
  );
  return [`${stage}: ${formatCount(count)} rows`, ...shown].join(", ");
}

function gateText({ passed, severity, message }: RunSummary["gates"][number], style: Style): string {
  const dress = passed ? style.green : severity === "warn" ? style.yellow : style.red;
  return dress(showControls(message));
}

function callsText({ calls }: RunSummary): string {
  const { performed, reused } = calls;
  if (performed > 0) return `${formatCount(performed)} performed, ${formatCount(reused)} reused`;
  if (reused === 0) return "0: no model gave an answer";
  return `0 calls: every answer came from the effect store (${formatCount(reused)} reused)`;
}

function fallbackText([step, count]: readonly [string, number]): string {
  return `${step}: ${formatCount(count)} answers from a fallback of its provider`;
}

function tokensText({ usage }: RunSummary): string {
  const { input_tokens, output_tokens, estimated } = usage;
  return `${formatCount(input_tokens)} in, ${formatCount(output_tokens)} out${
    estimated ? ", partly estimated" : ""
  }`;
}

function costText({ cost_usd, cost_per_kept_usd, spent_usd }: RunSummary): string {
  const spent = `this execution spent ${formatMoney(spent_usd)} USD`;
  if (cost_usd === null) return `unknown, since a provider has no price; ${spent}`;
  const perRow = cost_per_kept_usd === null ? "" : `, ${formatMoney(cost_per_kept_usd)} per kept row`;
  return `${formatMoney(cost_usd)} USD${perRow}; ${spent}`;
}

function filesTexts(
  { run_dir, files }: RunSummary,
  { currentDirectory = "" }: SummaryView,
): readonly string[] {
  const shown = files.filter(({ role }) => role === "export" || role === "stage" || role === "report");
  const paths = shown.map(({ path, rows }) => ({
    path: shownPath(join(run_dir, path), currentDirectory),
    rows,
  }));
  const width = Math.max(0, ...paths.map(({ path }) => path.length));
  return [
    shownPath(run_dir, currentDirectory),
    ...paths.map(({ path, rows }) =>
      rows === undefined ? `  ${path}` : `  ${path.padEnd(width)}  ${formatCount(rows)} rows`
    ),
  ];
}
