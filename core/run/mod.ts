/** Planning and running pipelines. @module */
export {
  type EffectExplanation,
  type ExplainedEffect,
  explainEffects,
  type ExplainOptions,
  recordedKeys,
} from "./explain_effects.ts";
export { explainRun, type ExplainRunOptions } from "./explain_run.ts";
export { describeDifference } from "./missing_effect.ts";
export { type Plan, type PlannedProvider, type PlannedStep } from "./plan.ts";
export { type PlanOptions, planRun } from "./plan_run.ts";
export { type RunHandle } from "./run_handle.ts";
export { type RunOptions } from "./run_options.ts";
export { runPipeline, startRun } from "./start_run.ts";
