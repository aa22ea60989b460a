import type { StepProgress } from "@fastdistill/core";
import { formatCount, formatShare } from "../render/figures.ts";
import { type Counts, largestFirst, totalOf } from "../render/tallies.ts";
import type { ReportTable } from "./report_table.ts";

const REASONS_MAX = 20;

/** What each step made of its rows. `in + expanded = out + rejected + failed + shed`, unless the run was cut short. */
export function funnelTable(steps: readonly StepProgress[]): ReportTable {
  const has = (count: (step: StepProgress) => number) => steps.some((step) => count(step) > 0);
  const shed = (step: StepProgress) => totalOf(step.shed ?? {});
  const skipped = (step: StepProgress) => step.skipped ?? 0;
  const counts = [
    { title: "in", of: (step: StepProgress) => step.rows_in },
    { title: "expanded", of: (step: StepProgress) => step.expanded, dropOrder: 2, isRare: true },
    { title: "out", of: (step: StepProgress) => step.rows_out },
    { title: "rejected", of: (step: StepProgress) => totalOf(step.rejected) },
    { title: "failed", of: (step: StepProgress) => totalOf(step.failed) },
    { title: "shed", of: shed, isRare: true },
    { title: "passed by", of: skipped, dropOrder: 3, isRare: true },
  ].filter(({ isRare, of }) => isRare !== true || has(of));
  return {
    title: "Steps",
    columns: [
      { title: "step", isFlexible: true },
      { title: "use", dropOrder: 4 },
      ...counts.map(({ title, dropOrder = 0 }) => ({ title, dropOrder, align: "right" } as const)),
      { title: "goes on", align: "right", dropOrder: 1 },
    ],
    rows: steps.map((step) => [
      step.step,
      step.use,
      ...counts.map(({ of }) => formatCount(of(step))),
      formatShare(step.rows_out, step.rows_in + step.expanded),
    ]),
  };
}

/** Why rows did not go on, the most frequent reason of each step first. */
export function reasonTable(steps: readonly StepProgress[]): ReportTable {
  return {
    title: "Reasons",
    columns: [
      { title: "step" },
      { title: "end", dropOrder: 2 },
      { title: "reason", isFlexible: true },
      { title: "rows", align: "right" },
      { title: "of its rows", align: "right", dropOrder: 1 },
    ],
    rows: steps.flatMap((step) => [
      ...reasonsOf(step, "rejected", step.rejected),
      ...reasonsOf(step, "failed", step.failed),
      ...reasonsOf(step, "failed, kept", step.kept_failed ?? {}),
      ...reasonsOf(step, "shed", step.shed ?? {}),
    ]),
  };
}

function reasonsOf(
  { step, rows_in, expanded }: StepProgress,
  end: string,
  counts: Counts,
): readonly (readonly string[])[] {
  const line = (reason: string, count: number) =>
    [step, end, reason, formatCount(count), formatShare(count, rows_in + expanded)] as const;
  const all = largestFirst(counts);
  const shown = all.slice(0, REASONS_MAX).map(([reason, count]) => line(reason, count));
  const rest = all.slice(REASONS_MAX);
  if (rest.length === 0) return shown;
  return [...shown, line(`${rest.length} other reasons`, rest.reduce((sum, [, count]) => sum + count, 0))];
}
