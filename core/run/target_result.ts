import { FastDistillError } from "../errors/mod.ts";
import type { StepProgress, TargetResult } from "../report/mod.ts";
import type { Plan } from "./plan.ts";
import type { RowTarget } from "./row_target.ts";

/** What the result of a target is made from, once every row is settled. */
export interface TargetRemains {
  /** Sources that lead to the target. */
  readonly sources: readonly string[];
  readonly steps: readonly StepProgress[];
  /** Whether the run ended before its rows did. */
  readonly isCut: boolean;
}

/** What became of a target. */
export function resultOf(target: RowTarget, { sources, steps, isCut }: TargetRemains): TargetResult {
  const { candidates: begun, ...progress } = target.progress();
  const candidates = steps.filter(({ step }) => sources.includes(step))
    .reduce((sum, { rows_in }) => sum + rows_in, 0);
  const reached = target.isFull;
  return {
    ...progress,
    candidates,
    reached,
    ...(reached ? {} : { reason: isCut ? "stopped" : target.end }),
    overshoot: reached ? begun - candidates : 0,
  };
}

/** The error of a target that was not reached by a run that came to its end. */
export function missedTarget(result: TargetResult, { limit }: Plan): FastDistillError | undefined {
  const { reached, reason, wanted, accepted, candidates, max_candidates, stage } = result;
  if (reached || reason === "stopped") return undefined;
  const why = {
    exhausted: "the sources have no more rows",
    max_candidates: `max_candidates is ${max_candidates}`,
    limit: `the run is limited to ${limit} rows of each source`,
  }[reason ?? "exhausted"];
  const where = stage === undefined ? "" : ` of the stage "${stage}"`;
  const message =
    `The target wants ${wanted} rows${where}, and ${accepted} of ${candidates} candidates were accepted: ${why}`;
  return new FastDistillError("gate.target_missed", message, {
    context: { wanted, accepted, candidates, reason: reason ?? "exhausted" },
    hint: reason === "max_candidates"
      ? "Raise target.max_candidates and run again: finished calls are not made again"
      : "Give the sources more rows, or see in the ledger why rows were dropped",
  });
}
