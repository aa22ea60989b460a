/** What a run comes to: quality, gates, time, cost, summary. Figures of parts add up to those of the whole. @module */
export {
  CostAggregator,
  type CostEntry,
  type CostFigures,
  type CostReport,
  type CostReportOptions,
  type EffectCost,
} from "./cost.ts";
export { columnFigureOf, type Measure, measureOf, namedMeasure } from "./measure.ts";
export { type GateFrame, gateProblems, metricProblems } from "./gate_problems.ts";
export { type Baseline, checkGates, judgeGates, type JudgeOptions } from "./gates.ts";
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
  type GateComparison,
  type GateGroup,
  type GateInterval,
  type GateVerdict,
  type PluginUse,
  type ProviderProgress,
  type RunFile,
  type RunInput,
  type RunOrigin,
  type RunProgress,
  type RunSummary,
  type StepProgress,
  type TargetEnd,
  type TargetProgress,
  type TargetResult,
  type WaitReason,
} from "./run_summary.ts";
export { StageMeasures, type StageMeasuresOptions } from "./stage_measures.ts";
export { type ColumnQuality, type GroupQuality, type Metrics, type StageQuality } from "./stage_quality.ts";
export {
  type StepTiming,
  TimingAggregator,
  type TimingReport,
  type TimingReportOptions,
  type TimingSample,
} from "./timing.ts";
