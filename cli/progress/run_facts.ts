import type { ProviderProgress, RunProgress, StepProgress, TargetProgress } from "@fastdistill/core";
import { showControls } from "../render/cells.ts";
import { formatCompact, formatCount, formatDuration, formatMoney } from "../render/figures.ts";
import { renderBudgetUse } from "../render/render_budget.ts";
import { type Counts, largestFirst } from "../render/tallies.ts";
import { msLeft, shareOfRun } from "./shares.ts";

/** How far a run has come towards its target. */
export function acceptedText({ accepted, wanted, candidates }: TargetProgress): string {
  return `${formatCompact(accepted)} of ${formatCompact(wanted)} rows accepted, ${
    formatCompact(candidates)
  } candidates`;
}

/** How much is done and how long the rest takes, such as `34 %, ~2 min 05 s left`; empty when nothing is known. */
export function doneText(progress: RunProgress): string {
  const share = shareOfRun(progress);
  if (share === undefined) return "";
  const left = msLeft(share, progress.elapsed_ms);
  return `${formatPercent(share)}${left === undefined ? "" : `, ~${formatLeft(left)} left`}`;
}

/** `34 %`; `100 %` only for the whole. */
export function formatPercent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** A time to come, in whole seconds: it is no better known. */
export function formatLeft(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}

/** US dollars, against the limit where there is one. */
export function spentText({ spent_usd, budget_usd }: RunProgress): string {
  const budget = budget_usd === null ? "" : ` of ${formatMoney(budget_usd)}`;
  return `spent ${formatMoney(spent_usd)}${budget} USD`;
}

/** Limits besides the money of the run, which {@linkcode spentText} has. */
export function otherBudgets({ budgets = [] }: RunProgress): readonly string[] {
  return budgets.filter(({ scope, of }) => scope !== "run" || of !== "usd").map(renderBudgetUse);
}

/** Counts of all steps by reason, the largest first, such as `too_short 12`. */
export function reasonsOf(
  steps: readonly StepProgress[],
  countsOf: (step: StepProgress) => Counts,
): readonly string[] {
  const sums: Record<string, number> = Object.create(null);
  for (const step of steps) {
    for (const [reason, count] of Object.entries(countsOf(step))) sums[reason] = (sums[reason] ?? 0) + count;
  }
  return largestFirst(sums).map(([reason, count]) => `${showControls(reason)} ${formatCount(count)}`);
}

/** How a provider is used, such as `8 of 32 calls in flight, 4 wait`. */
export function providerText({ in_flight, limit, waiting, paused_ms, down }: ProviderProgress): string {
  const most = limit === undefined || limit === Infinity ? "" : ` of ${formatCount(limit)}`;
  const state = down === true
    ? `endpoint is down, next look ${
      paused_ms === undefined ? "is under way" : `in ${formatLeft(paused_ms)}`
    }`
    : paused_ms === undefined
    ? undefined
    : `rate limited, paused for ${formatLeft(paused_ms)}`;
  const parts = [
    `${formatCount(in_flight)}${most} calls in flight`,
    ...(waiting === 0 ? [] : [`${formatCount(waiting)} wait`]),
    ...(state === undefined ? [] : [state]),
  ];
  return parts.join(", ");
}
