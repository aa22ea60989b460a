/**
 * Reading a pipeline and checking it without running it, and nothing else: loads in half the time that the whole of
 * `@fastdistill/core` takes, which has all of this too. For editors, checks before a commit, and the command line.
 *
 * @example
 * ```ts
 * import { definePipeline, planRun, Registry } from "@fastdistill/core/planning";
 * import { builtinSteps, rows } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const pipeline = definePipeline({ name: "words" }).step("words", rows({ rows: [{ word: "kilo" }] })).build();
 * const plan = await planRun({ pipeline, registry: new Registry(builtinSteps) });
 * assertEquals(plan.steps.get("words")?.columns.after, { word: "string" });
 * ```
 *
 * @module
 */
export {
  definePipeline,
  type LoadedPipeline,
  type LoadOptions,
  loadPipeline,
  type PipelineConfig,
} from "./config/mod.ts";
export type { PluginPolicy } from "./plugin/mod.ts";
export { discoverComponents, type DiscoverOptions, Registry, type RegistryEntry } from "./registry/mod.ts";
export type { Plan, PlannedProvider, PlannedStep, PlanWarning } from "./run/plan.ts";
export { type PlanOptions, planRun } from "./run/plan_run.ts";
