/**
 * What the built-in components are made of, without what runs pipelines: {@linkcode defineStep}, {@linkcode defineTask} and
 * {@linkcode defineProvider} as in `@fastdistill/core/define`, and with them rows and their digests, templates,
 * expressions, recordings. It loads in a third of the time that the whole of `@fastdistill/core` takes, which has all of this
 * too. For components that run in the process of the run.
 *
 * @example
 * ```ts
 * import { defineStep, digest, pass } from "@fastdistill/core/authoring";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const marked = defineStep({
 *   kind: "row",
 *   name: "marked",
 *   version: 1,
 *   summary: "Adds the digest of a column",
 *   config: z.strictObject({ of: z.string() }),
 *   columns: ({ of }) => ({ requires: [{ column: of }], adds: { digest: "string" } }),
 *   open: ({ of }) => ({ process: (row) => pass({ ...row, digest: digest(row[of]) }) }),
 * });
 * assertEquals(marked.component, "step");
 * ```
 *
 * @module
 */
export {
  catalogueEntry,
  describeThrown,
  didYouMean,
  FastDistillError,
  type FastDistillErrorOptions,
  isFastDistillError,
  nearestName,
  REDACTED,
  redactText,
} from "./errors/mod.ts";
export {
  canonicalJson,
  ColumnCollector,
  type Columns,
  type ColumnType,
  columnTypeOf,
  compatJson,
  compatSampleId,
  compatValues,
  digest,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  type ParseJsonOptions,
  type Row,
  sampleIdOf,
  sha256,
} from "./record/mod.ts";
export {
  type ConfigSchema,
  type InputFiles,
  type InputFingerprint,
  type InspectContext,
  type Inspection,
  type OutputFile,
  type OutputFiles,
} from "./component/mod.ts";
export {
  type ColumnFlow,
  type ColumnRequirement,
  defineStep,
  defineTask,
  expand,
  type Fail,
  fail,
  type GlobalStepDefinition,
  type KeyedOutcome,
  type KeyedRow,
  type Outcome,
  pass,
  reject,
  requireColumns,
  type RowContext,
  type RowRunner,
  type SinkReport,
  type SinkRunner,
  type SourceRunner,
  type StepComponent,
  type StepSetup,
  type StepSpec,
  stepSpec,
  type TaskAnswer,
  type TaskComponent,
} from "./step/mod.ts";
export {
  addUsage,
  type ChatCall,
  type ChatChoice,
  type ChatCompletion,
  type ChatMessage,
  type ChatRequest,
  type ContentPart,
  defineProvider,
  type EmbeddingAnswer,
  type EmbeddingCall,
  type FinishReason,
  type FinishReasonKind,
  NO_USAGE,
  type ProviderComponent,
  type ProviderHealth,
  type ProviderSetup,
  type Quota,
  type RerankAnswer,
  type RerankCall,
  type ToolCall,
  type Usage,
  withQuotas,
} from "./provider/mod.ts";
export { expressionCompiler, type Template, templateCompiler, templateText } from "./expression/mod.ts";
export type { GenerationOptions, TemplateVariables } from "./config/mod.ts";
export type { Component, ComponentKind, RegistryEntry } from "./registry/mod.ts";
export {
  parseRecording,
  type RecordedSample,
  type Recording,
  type RecordingEntry,
  requestKey,
} from "./effects/recording.ts";
export { formatReport } from "./report/report_json.ts";
export { parseYaml } from "./config/parse_yaml.ts";
