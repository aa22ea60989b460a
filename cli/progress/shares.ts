import type { RunProgress, StepProgress } from "@fastdistill/core";
import { totalOf } from "../render/tallies.ts";

/** What has to be done, and to have been waited for, before a time is foretold from it. */
const FORETELLS = { share: 0.02, elapsedMs: 5_000 };

/** How much of its work each step has done, from 0 to 1; `undefined` where nothing is known of all the work. */
export function sharesOf(steps: readonly StepProgress[]): ReadonlyMap<string, number | undefined> {
  const byName = new Map(steps.map((step) => [step.step, step]));
  const shares = new Map<string, number | undefined>();
  const shareOf = (step: StepProgress): number | undefined => {
    if (shares.has(step.step)) return shares.get(step.step);
    const inputs = (step.inputs ?? []).flatMap((name) => byName.get(name) ?? []);
    const share = inputs.length === 0 ? sourceShare(step) : readerShare(step, { inputs, shareOf });
    shares.set(step.step, share);
    return share;
  };
  for (const step of steps) shareOf(step);
  return shares;
}

function sourceShare(step: StepProgress): number | undefined {
  const { finished, total, rows_in } = step;
  if (total === undefined) return finished && settledOf(step) === dueOf(step) ? 1 : undefined;
  return total === 0 ? 1 : Math.min(1, rows_in / total);
}

function settledOf({ rows_out, rejected, failed, shed = {} }: StepProgress): number {
  return rows_out + totalOf(rejected) + totalOf(failed) + totalOf(shed);
}

function dueOf({ rows_in, expanded }: StepProgress): number {
  return rows_in + expanded;
}

interface Readings {
  readonly inputs: readonly StepProgress[];
  readonly shareOf: (step: StepProgress) => number | undefined;
}

/** As far as the input that is furthest behind, times what the step has settled of the rows that its inputs gave. */
function readerShare(step: StepProgress, { inputs, shareOf }: Readings): number | undefined {
  const before = inputs.map(shareOf);
  if (before.includes(undefined)) return undefined;
  const settled = settledOf(step);
  // A run that was cut short ends its steps as well, without all of their rows.
  if (step.finished && settled === dueOf(step) && before.every((share) => share === 1)) return 1;
  const given = inputs.reduce(
    (sum, { rows_out, routed }) => sum + (routed === undefined ? rows_out : routed[step.step] ?? 0),
    0,
  );
  const due = Math.max(step.rows_in, given) + step.expanded;
  return due <= 0 ? 0 : Math.min(1, settled / due) * Math.min(...(before as readonly number[]));
}

/** How much of a run is done: that of its target, or else of the last steps the one that is furthest behind. */
export function shareOfRun({ steps, target }: RunProgress): number | undefined {
  if (target !== undefined) return Math.min(1, target.accepted / target.wanted);
  const read = new Set(steps.flatMap(({ inputs = [] }) => inputs));
  const shares = sharesOf(steps);
  const last = steps.filter(({ step }) => !read.has(step)).map(({ step }) => shares.get(step));
  return last.length === 0 || last.includes(undefined) ? undefined : Math.min(...(last as readonly number[]));
}

/** Milliseconds that are left when all goes on as it went so far; `undefined` while that says little, and at the end. */
export function msLeft(share: number | undefined, elapsedMs: number): number | undefined {
  const isEarly = share === undefined || share < FORETELLS.share || elapsedMs < FORETELLS.elapsedMs;
  return isEarly || share === 1 ? undefined : elapsedMs / share - elapsedMs;
}
