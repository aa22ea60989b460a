/** Pipeline files: layers, merge, interpolation, provenance, validation. @module */
export { type KeyPath, type LoadedPipeline, type Provenance } from "./loaded_pipeline.ts";
export {
  type BudgetConfig,
  type GateConfig,
  type OnError,
  type PipelineConfig,
  type ProviderConfig,
  type ProviderLimits,
  type ReportConfig,
  type StepConfig,
} from "./pipeline_config.ts";
