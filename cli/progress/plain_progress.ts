import type { RunProgress, StepProgress } from "@fastdistill/core";
import { showControls } from "../render/cells.ts";
import { formatCount, formatDuration, formatMoney } from "../render/figures.ts";
import { renderBudgetUse } from "../render/render_budget.ts";
import { acceptedText } from "./render_progress.ts";
import { totalOf } from "../render/tallies.ts";
import { type ProgressSource, repeat } from "./live_progress.ts";
import { noteOf, type ProgressDisplay } from "./progress_display.ts";

const LOOK_EVERY_MS = 1000;
const LOOKS_PER_LINE = 5;

/** Writes a line every five seconds and one for each step that ends: for logs, and for terminals without escape codes. */
export function plainProgress({ progress, terminal, clock }: ProgressSource): ProgressDisplay {
  const timer = new AbortController();
  const ended = new Set<string>();
  let looks = 0;
  const note = (line: string) => terminal.write(`${showControls(line)}\n`);
  const look = () => {
    const now = progress();
    for (const step of now?.steps ?? []) {
      if (!step.finished || ended.has(step.step)) continue;
      ended.add(step.step);
      note(renderStepEnd(step));
    }
    return now;
  };
  repeat({ clock, everyMs: LOOK_EVERY_MS, signal: timer.signal }, () => {
    const now = look();
    if (++looks % LOOKS_PER_LINE === 0 && now !== undefined) note(renderProgressLine(now));
  });
  return {
    onEvent: (event) => {
      const line = noteOf(event);
      if (line !== undefined) note(line);
    },
    note,
    close: () => {
      if (timer.signal.aborted) return;
      timer.abort();
      look();
    },
  };
}

function renderStepEnd({ step, rows_in, rows_out, rejected, failed }: StepProgress): string {
  const ends = [[rows_in, "in"], [rows_out, "out"], [totalOf(rejected), "rejected"], [
    totalOf(failed),
    "failed",
  ]] as const;
  return `${step}: ${ends.map(([count, name]) => `${formatCount(count)} ${name}`).join(", ")}`;
}

/** A run at one moment, in one line. */
export function renderProgressLine(
  { elapsed_ms, steps, spent_usd, budget_usd, target, budgets = [] }: RunProgress,
): string {
  const sum = (value: (step: RunProgress["steps"][number]) => number) =>
    formatCount(steps.reduce((total, step) => total + value(step), 0));
  const parts = [
    ...(target === undefined ? [] : [acceptedText(target)]),
    `${formatCount(steps.filter(({ finished }) => finished).length)} of ${steps.length} steps done`,
    `${sum(({ in_flight }) => in_flight)} rows in flight`,
    `${sum(({ rejected }) => totalOf(rejected))} rejected`,
    `${sum(({ failed }) => totalOf(failed))} failed`,
    `effects ${sum(({ effects }) => effects.performed)} performed, ${
      sum(({ effects }) => effects.reused)
    } reused`,
    `spent ${formatMoney(spent_usd)}${budget_usd === null ? "" : ` of ${formatMoney(budget_usd)}`} USD`,
    ...budgets.filter(({ scope, of }) => scope !== "run" || of !== "usd").map(renderBudgetUse),
  ];
  return `${formatDuration(elapsed_ms)}  ${parts.join(", ")}`;
}
