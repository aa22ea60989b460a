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

function sourceShare({ finished, total, rows_in }: StepProgress): number | undefined {
  if (finished || total === 0) return 1;
  return total === undefined ? undefined : Math.min(1, rows_in / total);
}

interface Readings {
  readonly inputs: readonly StepProgress[];
  readonly shareOf: (step: StepProgress) => number | undefined;
}

/** As far as the input that is furthest behind, times what the step has settled of the rows that its inputs gave. */
function readerShare(step: StepProgress, { inputs, shareOf }: Readings): number | undefined {
  if (step.finished) return 1;
  const before = inputs.map(shareOf);
  if (before.includes(undefined)) return undefined;
  const given = inputs.reduce(
    (sum, { rows_out, routed }) => sum + (routed === undefined ? rows_out : routed[step.step] ?? 0),
    0,
  );
  const due = Math.max(step.rows_in, given) + step.expanded;
  const settled = step.rows_out + totalOf(step.rejected) + totalOf(step.failed) + totalOf(step.shed ?? {});
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
