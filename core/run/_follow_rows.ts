import { runLayout } from "../artifact/mod.ts";
import {
  type EffectStore,
  type LookedUpEffect,
  memoryEffectStore,
  openSqliteEffectStore,
  RecordedEffects,
} from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Envelope } from "../record/mod.ts";
import { CostAggregator, TimingAggregator } from "../report/mod.ts";
import { currentDirectory, joinPath, pathExists } from "../runtime/mod.ts";
import { closeSteps, openSteps, rowContextOf, type StepOpening } from "./open_steps.ts";
import type { Plan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { RunControl } from "./run_control.ts";
import type { RunOptions } from "./run_options.ts";
import { openResources } from "./run_resources.ts";
import { runSegments } from "./run_segments.ts";

/** What is wanted of rows that are followed. */
export interface FollowOptions<T> extends RunOptions {
  /** Told of each effect that a step looks up. */
  readonly onLookUp: (effect: LookedUpEffect) => void;
  /** Told of each row on its way into a step that takes rows. */
  readonly onRow: (step: string, envelope: Envelope) => void;
  /** Called at the end, with the store still open. */
  readonly then: (store: EffectStore) => Promise<T>;
}

/**
 * Carries the rows of a dry plan as far as recorded effects go, without a call. A store that is not there is empty, and
 * is not made. @throws {FastDistillError} what ended it before its rows did
 */
export async function followRows<T>(plan: Plan, options: FollowOptions<T>): Promise<T> {
  const runsDir = options.runsDir ?? joinPath(currentDirectory(), "runs");
  const path = joinPath(runsDir, "effects.sqlite");
  const store = await pathExists(path) ? await openSqliteEffectStore(path) : memoryEffectStore();
  const onLookUp = (effect: LookedUpEffect) => {
    options.onLookUp(effect);
    return new FastDistillError("run.incomplete", "The effect is not recorded, and rows are only followed");
  };
  const resources = await openResources(plan, {
    ...options,
    runsDir,
    store,
    effectsOf: (store, salt) => new RecordedEffects(store, { salt, onLookUp }),
  }, () => {});
  try {
    await runThrough({
      resources,
      layout: runLayout(runsDir, plan.runId),
      control: new RunControl(),
      timing: new TimingAggregator(),
      cost: new CostAggregator(),
      recorder: new Recorder([]),
    }, options.onRow);
    return await options.then(store);
  } finally {
    await resources.close();
  }
}

async function runThrough(opening: StepOpening, onRow: FollowOptions<never>["onRow"]): Promise<void> {
  const { resources, control, layout } = opening;
  const states = await openSteps(opening);
  try {
    await runSegments({
      plan: resources.plan,
      states,
      control,
      contextOf: (state, envelope) => {
        onRow(state.plan.name, envelope);
        return rowContextOf(opening, state, envelope);
      },
      now: resources.clock.monotonic,
      spillDir: joinPath(layout.dir, "tmp"),
      stageWriters: new Map(),
      onEnded: () => {},
      endedReady: () => undefined,
      onStepEnd: () => {},
      onSinkEnd: () => Promise.resolve(),
    });
  } finally {
    await closeSteps(states);
  }
  if (control.stopReason !== undefined) throw control.stopReason;
}
