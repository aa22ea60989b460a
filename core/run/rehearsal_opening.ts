import { type RunLayout, runLayout } from "../artifact/mod.ts";
import { CostAggregator, TimingAggregator } from "../report/mod.ts";
import type { StepOpening } from "./open_steps.ts";
import { Recorder } from "./recorder.ts";
import { RunControl } from "./run_control.ts";
import type { RunResources } from "./run_resources.ts";

/** What steps are opened with where no run folder is written. */
export function rehearsalOpening(
  resources: RunResources,
  layout: RunLayout = runLayout(resources.runsDir, resources.plan.runId),
): StepOpening {
  return {
    resources,
    layout,
    control: new RunControl(),
    timing: new TimingAggregator(),
    cost: new CostAggregator(),
    recorder: new Recorder([]),
  };
}
