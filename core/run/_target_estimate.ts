import type { Plan } from "./plan.ts";
import type { CallEstimate, RowEstimate, TargetEstimate } from "./run_estimate.ts";

/** What the estimate of a target is worked out from. */
export interface TargetSeen {
  readonly rows: ReadonlyMap<string, RowEstimate>;
  readonly tasks: readonly CallEstimate[];
  /** Rows of a step that go on, as far as the estimate tells, whatever the target. */
  readonly givenBy: (step: string) => number;
}

/** How many source rows a target may take, from the share of them that the estimate lets through. */
export function estimateTarget(
  { target, steps }: Plan,
  { rows, tasks, givenBy }: TargetSeen,
): TargetEstimate | undefined {
  if (target === undefined) return undefined;
  const all = target.sources.reduce((sum, source) => sum + rows.get(source)!.rows_in, 0);
  const given = givenBy(target.step);
  const isSparing = target.isPaced && given > 0;
  const candidates = isSparing ? Math.min(all, Math.ceil(target.accepted * all / given)) : all;
  const share = all === 0 ? 1 : candidates / all;
  const calls = tasks.reduce(
    (sum, task) => sum + task.calls * (target.isPaced && target.steps.has(task.step) ? share : 1),
    0,
  );
  return {
    step: target.step,
    wanted: target.accepted,
    accepted: Math.min(target.accepted, Math.round(given)),
    candidates,
    candidates_max: all,
    basis: [...target.steps].some((step) => steps.get(step)!.generation !== undefined)
      ? "at_least"
      : "estimate",
    calls: Math.round(calls),
  };
}
