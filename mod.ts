/**
 * FastDistill as a library: define a pipeline, run it, look at what came out, write components of one's own. What is
 * not named here is in `@fastdistill/core`, `@fastdistill/providers` and `@fastdistill/steps`.
 *
 * @example A pipeline in TypeScript
 * ```ts
 * import { builtinSteps, definePipeline, Registry, rows, ruleFilter, runPipeline } from "@fastdistill/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const pipeline = definePipeline({ name: "short-answers" })
 *   .step("answers", rows({ rows: [{ answer: "42" }, { answer: "far too long an answer" }] }))
 *   .step("short", ruleFilter({ field: "answer", max_chars: 10 }), { stage: "kept" })
 *   .gate({ stage: "kept", metric: "count", min: 1 })
 *   .build();
 * const runsDir = await Deno.makeTempDir();
 * const summary = await runPipeline({ pipeline, registry: new Registry(builtinSteps), runsDir });
 * assertEquals(summary.rows, { read: 2, kept: 1, rejected: { too_long: 1 }, failed: {} });
 * await Deno.remove(runsDir, { recursive: true });
 * ```
 *
 * @module
 */
export {
  type ChatChoice,
  type ChatCompletion,
  type ChatMessage,
  type ChatRequest,
  type ColumnFlow,
  type Columns,
  type Component,
  definePipeline,
  defineProvider,
  defineStep,
  defineTask,
  discoverComponents,
  type ErrorCode,
  exitCodeOf,
  expand,
  fail,
  FastDistillError,
  findRun,
  type GateVerdict,
  isFastDistillError,
  type Json,
  type JsonObject,
  listRuns,
  type LoadedPipeline,
  type LoadOptions,
  loadPipeline,
  type Manifest,
  type Outcome,
  pass,
  type PipelineConfig,
  type Plan,
  planRun,
  type Price,
  type Provider,
  type ProviderDefinition,
  readManifest,
  Registry,
  type RegistryEntry,
  reject,
  type Row,
  type RowContext,
  type RunEvent,
  type RunHandle,
  type RunOptions,
  runPipeline,
  type RunProgress,
  type RunSummary,
  startRun,
  type StepDefinition,
  type StepSetup,
  type StepSpec,
  stepSpec,
  type TaskAnswer,
  type TaskDefinition,
  type TaskPrompt,
  type Usage,
  type VerifyReport,
  verifyRun,
} from "@fastdistill/core";
export { builtinProviders } from "@fastdistill/providers";
export {
  builtinSteps,
  checkLeakage,
  cleanSql,
  countTokens,
  dedupExact,
  extractAnswer,
  keepColumns,
  mathEqual,
  preferencePairs,
  readJsonl,
  renameColumns,
  rows,
  ruleFilter,
  sampleId,
  scoreExec,
  select,
  setColumns,
  sort,
  split,
  sqlExec,
  textGeneration,
  writeEval,
  writeJsonl,
  writePreference,
  writePrm,
  writeReward,
  writeSft,
} from "@fastdistill/steps";
