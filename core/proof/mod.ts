/** Proof of runs: bundles that rebuild them, lineage of their rows, differences between them. @module */
export { type BundleOptions, type BundleReport, bundleRun } from "./bundle_run.ts";
export {
  reproduceBundle,
  type ReproducedFile,
  type ReproduceOptions,
  type ReproduceReport,
} from "./reproduce_bundle.ts";
export { type DiffOptions, diffRuns, type RunDifference, type ValueDifference } from "./diff_runs.ts";
export { type ChangedRow, type ColumnDifference, type StageDifference } from "./_diff_stage.ts";
export {
  type LineageEffect,
  type LineageOptions,
  type LineageRow,
  type LineageStage,
  type RowLineage,
  rowLineage,
} from "./row_lineage.ts";
export { type SourcePlace } from "./_source_place.ts";
export { effectKeysOfRun } from "./run_effects.ts";
export { isCompleteRun, requireUnchanged, resumableRun } from "./resumable_run.ts";
