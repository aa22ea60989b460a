/** Pipeline files: layers, merge, interpolation, provenance, validation; the same in TypeScript. @module */
export {
  type BudgetInput,
  type CommonColumns,
  definePipeline,
  type FittingSpec,
  type GateInput,
  type PipelineBuilder,
  type PipelineInput,
  type ProviderInput,
  type RowInto,
  type RowOutOf,
  type StepPlace,
  type WithColumns,
} from "./define_pipeline.ts";
export { describeConfig } from "./describe_config.ts";
export {
  GENERATION_KEYS,
  generationJsonSchema,
  type GenerationOptions,
  type SplitGeneration,
  splitGenerationOptions,
} from "./generation_options.ts";
export { type LoadOptions, loadPipeline } from "./load_pipeline.ts";
export {
  type KeyPath,
  type LoadedPipeline,
  type PipelineLayers,
  type Provenance,
} from "./loaded_pipeline.ts";
export {
  type BaselineConfig,
  type BudgetConfig,
  type CacheConfig,
  type DegradeConfig,
  type DeploymentConfig,
  type DeploymentLimits,
  type FallbackCode,
  type FallbackConfig,
  type GateConfig,
  type HedgeConfig,
  type JoinConfig,
  type MetricConfig,
  type MetricKind,
  type OnError,
  type PipelineConfig,
  type ProviderConfig,
  type ProviderLimits,
  type ReportConfig,
  type RouteConfig,
  type ShedConfig,
  type SpendingConfig,
  type StepBudgetConfig,
  type StepConfig,
  type StoreConfig,
  type TargetConfig,
  type WatchdogConfig,
} from "./pipeline_config.ts";
export { type FileSchemaOptions, pipelineFileSchema } from "./pipeline_file_schema.ts";
export { pipelineJsonSchema } from "./pipeline_json_schema.ts";
export { stripConfig } from "./strip_config.ts";
export { type PlaceholderName, type TemplateVariables } from "./template_variables.ts";
export { type ComponentConfigOptions, validateComponentConfig } from "./validate_component_config.ts";
export { type TypedPart, withTypedOverrides } from "./typed_overrides.ts";
export { parseYaml, type TextPosition, YamlSyntaxError } from "./parse_yaml.ts";
export { stringifyYaml } from "./stringify_yaml.ts";
