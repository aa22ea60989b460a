/**
 * What tests of steps, tasks and providers need: harnesses that run one component from configuration to files, doubles
 * of a model, of a clock and of the effect store, and the contract suites of steps, tasks, providers,
 * blob stores, effect stores, limiters, budget ledgers and task queues. Every double is named as one, and nothing here
 * needs a network, a key or a real clock.
 *
 * @example A step and its contract
 * ```ts
 * import { defineStep, pass } from "@fastdistill/core";
 * import { runStep, testStep } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const shout = defineStep({
 *   kind: "row",
 *   name: "shout",
 *   version: 1,
 *   summary: "Writes a text in capitals",
 *   config: z.strictObject({ field: z.string() }),
 *   columns: ({ field }) => ({ requires: [{ column: field, type: "string" }], adds: { [field]: "string" } }),
 *   open: ({ field }) => ({
 *     process: (row) => pass({ ...row, [field]: String(row[field]).toUpperCase() }),
 *   }),
 * });
 * const run = await runStep(shout, { config: { field: "text" }, rows: [{ text: "hi" }] });
 * assertEquals(run.rows, [{ text: "HI" }]);
 * await testStep(shout, [{ config: { field: "text" }, rows: [{ text: "hi" }] }]);
 * ```
 *
 * @module
 */
export { type BlobStoreSuiteOptions, type BlobStoreUnderTest, testBlobStore } from "./blob_store_suite.ts";
export {
  type BudgetLedgerSuiteOptions,
  type BudgetLedgerUnderTest,
  type LedgerLimits,
  testBudgetLedger,
} from "./budget_ledger_suite.ts";
export {
  type EffectStoreSuiteOptions,
  type EffectStoreUnderTest,
  testEffectStore,
} from "./effect_store_suite.ts";
export { type FakeClock, fakeClock, type FakeClockOptions } from "./fake_clock.ts";
export { type LimiterSuiteOptions, type LimiterUnderTest, testLimiter } from "./limiter_suite.ts";
export { MemoryEffects } from "./memory_effects.ts";
export type { ModelsDouble } from "./models_double.ts";
export { type HarnessOptions, runStep, type RunStepOptions } from "./run_step.ts";
export { runTask, type RunTaskOptions, type TaskQuestion, type TaskRun } from "./run_task.ts";
export { type Script, type ScriptedAnswer, type ScriptedChoice } from "./script.ts";
export {
  type ScriptedModel,
  scriptedModel,
  type ScriptedModelOptions,
  type ScriptedQuestion,
} from "./scripted_model.ts";
export { type FailedRow, type RejectedRow, type SettledRow, type StepRun } from "./step_run.ts";
export type { StepCase } from "./_case_problems.ts";
export { testStep } from "./test_step.ts";
export { type TaskCase, testTask } from "./test_task.ts";
export type { AskedOptions, TestedCapability } from "./_provider_call.ts";
export { openProvider, type OpenProviderOptions } from "./open_provider.ts";
export {
  type HangingProvider,
  type ProviderFailureCase,
  type ProviderSuiteOptions,
  type ProviderUnderTest,
  testProvider,
} from "./provider_suite.ts";
export { type TaskQueueSuiteOptions, type TaskQueueUnderTest, testTaskQueue } from "./task_queue_suite.ts";
