/** Planning and running pipelines. @module */
export { type Plan, type PlannedProvider, type PlannedStep, type PlanWarning } from "./plan.ts";
export { type PlanOptions, planRun } from "./plan_run.ts";
export { type RunHandle } from "./run_handle.ts";
export { type RunOptions } from "./run_options.ts";
export { runPipeline, startRun } from "./start_run.ts";
