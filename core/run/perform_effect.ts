import type { TraceSpan } from "../observe/mod.ts";
import type { Json } from "../record/mod.ts";
import type { CostAggregator } from "../report/mod.ts";
import type { EffectRequest } from "../step/mod.ts";
import type { PlannedStep } from "./plan.ts";
import type { RowTrail } from "./row_trail.ts";
import type { RunControl } from "./run_control.ts";
import type { RunResources } from "./run_resources.ts";
import type { StepCounts } from "./step_state.ts";

/** Who performs an effect. */
export interface EffectPlace {
  readonly resources: RunResources;
  readonly control: RunControl;
  readonly plan: PlannedStep;
  readonly counts: StepCounts;
  readonly cost: CostAggregator;
  readonly rowId: string;
  readonly trail?: RowTrail | undefined;
  /** Span of the row, where it has one. */
  readonly span?: TraceSpan | undefined;
}

/** What is performed. */
export interface EffectWish<T> {
  readonly request: EffectRequest;
  readonly perform: (signal: AbortSignal) => Promise<T>;
}

/** Gives the result of an effect from the store, or performs it once and records it. */
export async function performEffect<T extends Json>(
  place: EffectPlace,
  { request, perform }: EffectWish<T>,
): Promise<T> {
  const { resources, control, plan, counts, cost } = place;
  const { kind, version, input } = request;
  const { clock, effects, emit } = resources;
  const wanted = { kind, fields: { version, input }, step: plan.name, row: place.rowId };
  const [settled] = await effects.obtain([wanted], async (_missing, take) => {
    const [started, since] = [clock.now(), clock.monotonic()];
    const result = await perform(control.signal);
    const duration = Math.round(clock.monotonic() - since);
    await take(0, result, {
      started_at: new Date(started).toISOString(),
      duration_ms: duration,
      attempts: 1,
    });
  });
  if (!settled!.ok) throw settled!.error;
  const { record, reused } = settled!;
  const effect = { "fastdistill.effect.kind": kind, "fastdistill.effect.key": record.key };
  place.span?.event(reused ? "effect reused" : "effect performed", effect);
  if (reused) counts.reused++;
  else counts.performed++;
  cost.add({ step: plan.name, reused });
  place.trail?.effect(plan.name, place.rowId, record.key);
  if (!reused) {
    const { duration_ms } = record.meta;
    emit({ type: "effect_performed", step: plan.name, kind, key: record.key, attempts: 1, duration_ms });
  }
  return record.response as T;
}
