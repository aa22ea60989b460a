import type { StepProgress, WaitReason } from "../report/mod.ts";
import type { StepState } from "./step_state.ts";

/** What a picture of a run under way says of a step besides its counts. */
export interface StepSurroundings {
  /** What it waits for. */
  readonly waits?: readonly WaitReason[];
  /** Steps that it reads. */
  readonly inputs?: readonly string[];
  /** Of a source, rows that it has in all, where that is known. */
  readonly total?: number | undefined;
}

/** The counts of a step as they stand now. */
export function stepProgress(
  { plan, counts }: StepState,
  { waits = [], inputs = [], total }: StepSurroundings = {},
): StepProgress {
  return {
    step: plan.name,
    use: plan.config.use,
    ...(plan.component.component === "task"
      ? { prompt_version: plan.component.definition.promptVersion }
      : {}),
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(total === undefined ? {} : { total }),
    rows_in: counts.rowsIn,
    expanded: counts.expanded,
    rows_out: counts.rowsOut,
    rejected: sorted(counts.rejected),
    failed: sorted(counts.failed),
    ...(counts.shed.size === 0 ? {} : { shed: sorted(counts.shed) }),
    ...(counts.skipped === 0 ? {} : { skipped: counts.skipped }),
    ...(counts.routed.size === 0 ? {} : { routed: sorted(counts.routed) }),
    ...(counts.keptFailed.size === 0 ? {} : { kept_failed: sorted(counts.keptFailed) }),
    in_flight: counts.inFlight,
    effects: { performed: counts.performed, reused: counts.reused },
    finished: counts.finished,
    ...(waits.length === 0 ? {} : { waiting_for: waits }),
  };
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1));
}
