/**
 * What it takes to write a component, and nothing else: loads in a few milliseconds, where the whole of
 * `@fastdistill/core` takes many. For plugins, which run in processes of their own.
 *
 * @example
 * ```ts
 * import { defineStep, pass } from "@fastdistill/core/define";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const same = defineStep({
 *   kind: "row",
 *   name: "same",
 *   version: 1,
 *   summary: "Lets every row pass",
 *   config: z.strictObject({}),
 *   columns: () => ({}),
 *   open: () => ({ process: pass }),
 * });
 * assertEquals(same.component, "step");
 * ```
 *
 * @module
 */
export { type ConfigSchema, type PluginPermissions } from "./component/mod.ts";
export { FastDistillError } from "./errors/mod.ts";
export { defineProvider, type ProviderComponent } from "./provider/mod.ts";
export type { Columns, Json, JsonObject, Row } from "./record/mod.ts";
export {
  defineStep,
  defineTask,
  expand,
  fail,
  pass,
  reject,
  requireColumns,
  type StepComponent,
  type TaskComponent,
} from "./step/mod.ts";
