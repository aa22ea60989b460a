import { checkConfig, type ConfigSchema } from "../component/mod.ts";
import { errorsOfIssues, throwFirst } from "./_issues.ts";
import { jsonSchemaOf } from "./_schema_keys.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";

/** Where a component's configuration stands, for messages. */
export interface ComponentConfigOptions {
  /** Such as `["steps", "teach", "with"]`. @default {[]} */
  readonly path?: KeyPath;
  /** `locate` of the loaded pipeline, so that errors name file, line and column. */
  readonly locate?: LoadedPipeline["locate"];
  /** Keys that are understood elsewhere, such as a task's generation options, to be suggested as well. */
  readonly known?: readonly string[];
}

/**
 * Checks a component's `with` against its schema and fills in the defaults.
 *
 * @throws {FastDistillError} `config.unknown_key`, `config.missing_key`, `config.invalid_value`; the first one in the
 * file, with the others as `related`
 *
 * @example
 * ```ts
 * import { FastDistillError, validateComponentConfig } from "@fastdistill/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { z } from "zod";
 *
 * const schema = z.strictObject({ field: z.string(), min_chars: z.int().min(0).default(0) });
 * assertEquals(validateComponentConfig(schema, { field: "sql" }), { field: "sql", min_chars: 0 });
 * assertThrows(
 *   () => validateComponentConfig(schema, { field: "sql", min_char: 8 }, { path: ["steps", "rules", "with"] }),
 *   FastDistillError,
 *   'Unknown key "min_char" at steps.rules.with; did you mean "min_chars"?',
 * );
 * ```
 */
export function validateComponentConfig<T>(
  schema: ConfigSchema<T>,
  value: unknown,
  options: ComponentConfigOptions = {},
): T {
  const result = checkConfig(schema, value);
  if (result.issues === undefined) return result.value;
  const { path = [], locate = () => undefined, known = [] } = options;
  const context = { value, path, locate, known, schema: jsonSchemaOf(schema, "input") };
  throwFirst(errorsOfIssues(result.issues, context));
  throw new TypeError("A configuration schema refused a value without saying why");
}
