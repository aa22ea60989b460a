import type { RunEvent, RunProgress } from "@fastdistill/core";
import { showControls } from "../render/cells.ts";
import { formatCount, formatDuration, formatMoney } from "../render/figures.ts";
import { totalOf } from "../render/tallies.ts";
import { type ProgressSource, repeat } from "./live_progress.ts";
import { noteOf, type ProgressDisplay } from "./progress_display.ts";

const LINE_EVERY_MS = 5000;

/** Writes a line every five seconds and one for each step that ends: for logs, and for terminals without escape codes. */
export function plainProgress({ progress, terminal, clock }: ProgressSource): ProgressDisplay {
  const timer = new AbortController();
  const note = (line: string) => terminal.write(`${showControls(line)}\n`);
  repeat({ clock, everyMs: LINE_EVERY_MS, signal: timer.signal }, () => {
    const now = progress();
    if (now !== undefined) note(renderProgressLine(now));
  });
  return {
    onEvent: (event) => {
      const line = noteOf(event) ?? endOf(event);
      if (line !== undefined) note(line);
    },
    note,
    close: () => timer.abort(),
  };
}

/** A run at one moment, in one line. */
export function renderProgressLine({ elapsed_ms, steps, spent_usd, budget_usd }: RunProgress): string {
  const sum = (value: (step: RunProgress["steps"][number]) => number) =>
    formatCount(steps.reduce((total, step) => total + value(step), 0));
  const parts = [
    `${formatCount(steps.filter(({ finished }) => finished).length)} of ${steps.length} steps done`,
    `${sum(({ in_flight }) => in_flight)} rows in flight`,
    `${sum(({ rejected }) => totalOf(rejected))} rejected`,
    `${sum(({ failed }) => totalOf(failed))} failed`,
    `effects ${sum(({ effects }) => effects.performed)} performed, ${
      sum(({ effects }) => effects.reused)
    } reused`,
    `spent ${formatMoney(spent_usd)}${budget_usd === null ? "" : ` of ${formatMoney(budget_usd)}`} USD`,
  ];
  return `${formatDuration(elapsed_ms)}  ${parts.join(", ")}`;
}

function endOf(event: RunEvent): string | undefined {
  if (event.type !== "step_finished") return undefined;
  const { step, rows_in, rows_out, rejected, failed } = event;
  const [into, out] = [formatCount(rows_in), formatCount(rows_out)];
  return `${step}: ${into} in, ${out} out, ${formatCount(rejected)} rejected, ${formatCount(failed)} failed`;
}
