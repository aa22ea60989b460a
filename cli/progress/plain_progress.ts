import type { RunProgress, StepProgress } from "@fastdistill/core";
import { showControls } from "../render/cells.ts";
import { formatCount, formatDuration, formatRate } from "../render/figures.ts";
import { type Counts, totalOf } from "../render/tallies.ts";
import { acceptedText, doneText, otherBudgets, providerText, reasonsOf, spentText } from "./run_facts.ts";
import { type ProgressSource, repeat } from "./live_progress.ts";
import { noteOf, type ProgressDisplay } from "./progress_display.ts";

const LOOK_EVERY_MS = 1000;
const LOOKS_PER_LINE = 5;
const REASONS_SHOWN = 3;

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

/** A run at one moment, in one line: what the live display shows, for all steps together. */
export function renderProgressLine(progress: RunProgress): string {
  const { elapsed_ms, steps, target, rows_per_s, providers = [] } = progress;
  const sum = (value: (step: StepProgress) => number) =>
    formatCount(steps.reduce((total, step) => total + value(step), 0));
  const parts = [
    doneText(progress),
    target === undefined ? "" : acceptedText(target),
    `${formatCount(steps.filter(({ finished }) => finished).length)} of ${steps.length} steps done`,
    `${sum(({ in_flight }) => in_flight)} rows in flight`,
    rows_per_s === undefined ? "" : `${formatRate(rows_per_s, 1_000)} rows/s`,
    countedText("rejected", steps, ({ rejected }) => rejected),
    countedText("failed", steps, ({ failed }) => failed),
    `effects ${sum(({ effects }) => effects.performed)} performed, ${
      sum(({ effects }) => effects.reused)
    } reused`,
    spentText(progress),
    ...otherBudgets(progress),
    ...providers.map((provider) => `${provider.provider}: ${providerText(provider)}`),
  ];
  return `${formatDuration(elapsed_ms)}  ${parts.filter((part) => part !== "").join(", ")}`;
}

/** `5 rejected (too_short 4, late 1)`. */
function countedText(
  what: string,
  steps: readonly StepProgress[],
  countsOf: (step: StepProgress) => Counts,
): string {
  const total = steps.reduce((sum, step) => sum + totalOf(countsOf(step)), 0);
  const reasons = reasonsOf(steps, countsOf);
  const shown = reasons.slice(0, REASONS_SHOWN);
  const more = reasons.length - shown.length;
  const listed = [...shown, ...(more === 0 ? [] : [`${more} more`])].join(", ");
  return `${formatCount(total)} ${what}${reasons.length === 0 ? "" : ` (${listed})`}`;
}
