import type { JsonObject } from "../record/mod.ts";
import { pipelineSchema } from "./_pipeline_schema.ts";
import { describeConfig } from "./describe_config.ts";

/**
 * The JSON Schema (draft 2020-12) of pipeline files, for editors and references.
 *
 * @example
 * ```ts
 * import { pipelineJsonSchema } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pipelineJsonSchema().required, ["version", "name", "steps"]);
 * ```
 */
export function pipelineJsonSchema(): JsonObject {
  const schema = describeConfig(pipelineSchema);
  if (schema === undefined) throw new TypeError("The pipeline schema has no JSON Schema");
  return schema;
}
