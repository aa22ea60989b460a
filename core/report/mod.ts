/** What a run comes to: quality, gates, time, cost, summary. Figures of parts add up to those of the whole. @module */
export {
  CostAggregator,
  type CostEntry,
  type CostFigures,
  type CostReport,
  type CostReportOptions,
  type EffectCost,
} from "./cost.ts";
export { checkGates } from "./gates.ts";
export { LatencyHistogram, type LatencySummary } from "./latency_histogram.ts";
export { type PhaseChange, ProviderUse, type ProviderUseReport, type UsePhase } from "./provider_use.ts";
export {
  QualityAggregator,
  type QualityOptions,
  type QualityReport,
  qualityReport,
  type QualityReportInput,
  type StepQuality,
} from "./quality.ts";
export { formatReport } from "./report_json.ts";
export {
  type GateVerdict,
  type PluginUse,
  type RunFile,
  type RunProgress,
  type RunSummary,
  type StepProgress,
  type WaitReason,
} from "./run_summary.ts";
export { type ColumnQuality, type GroupQuality, type Metrics, type StageQuality } from "./stage_quality.ts";
export {
  type StepTiming,
  TimingAggregator,
  type TimingReport,
  type TimingReportOptions,
  type TimingSample,
} from "./timing.ts";
