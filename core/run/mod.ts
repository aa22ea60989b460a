/** Planning and running pipelines. @module */
export { checkProviders, type CheckProvidersOptions, type ProviderCheck } from "./check_providers.ts";
export {
  type EffectExplanation,
  type ExplainedEffect,
  explainEffects,
  type ExplainOptions,
  recordedKeys,
} from "./explain_effects.ts";
export { type EstimateOptions, estimateRun } from "./estimate_run.ts";
export { explainRun, type ExplainRunOptions } from "./explain_run.ts";
export {
  type DescribedDeployment,
  type DescribedProvider,
  describeProviders,
  type DescribeProvidersOptions,
  type ProviderKey,
} from "./describe_providers.ts";
export { componentsOf } from "./components_of.ts";
export { MemoryTaskQueue, type MemoryTaskQueueOptions } from "./memory_task_queue.ts";
export { describeDifference } from "./missing_effect.ts";
export { type Plan, type PlannedProvider, type PlannedStep, type PlanWarning } from "./plan.ts";
export { type PlannedJoin, type PlannedRoute } from "./planned_branches.ts";
export { type PlannedTarget } from "./planned_target.ts";
export { type PlanOptions, planRun } from "./plan_run.ts";
export { type Forecast } from "./forecast.ts";
export {
  type PreviewedEnd,
  type PreviewedStep,
  type PreviewOptions,
  previewRun,
  type RunPreview,
} from "./preview_run.ts";
export { type ProbeOptions, probeRun, type RunProbe } from "./probe_run.ts";
export { type CountPromptTokens, promptTokenCounter } from "./prompt_tokens.ts";
export {
  type BudgetVerdict,
  type CallEstimate,
  type EstimateBasis,
  type RowEstimate,
  type RunEstimate,
  type TargetEstimate,
} from "./run_estimate.ts";
export { type RetriedRows } from "./retry_failed.ts";
export { type RunHandle } from "./run_handle.ts";
export { type RunOptions } from "./run_options.ts";
export { runPipeline, startRun } from "./start_run.ts";
export { type QueuedTask, type TaskEnd, type TaskLease, type TaskQueue } from "./task_queue.ts";
export {
  type CollectOptions,
  type CollectReport,
  collectRuns,
  type RemovedRun,
  type RemoveOptions,
  removeRun,
} from "./remove_runs.ts";
