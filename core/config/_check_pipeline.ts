import { checkConfig } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { errorsOfIssues } from "./_issues.ts";
import { PIPELINE_VERSION, pipelineSchema } from "./_pipeline_schema.ts";
import { jsonSchemaOf } from "./_schema_keys.ts";
import { shownValue } from "./_shown_value.ts";
import type { LoadedPipeline } from "./loaded_pipeline.ts";
import type { PipelineConfig } from "./pipeline_config.ts";

/** The checked configuration, or everything that is wrong with it. */
export type CheckedPipeline =
  | { readonly config: PipelineConfig; readonly errors?: undefined }
  | { readonly errors: readonly FastDistillError[] };

/** Checks a merged configuration and fills in the defaults. */
export function checkPipeline(value: JsonObject, locate: LoadedPipeline["locate"]): CheckedPipeline {
  if (value.version !== undefined && value.version !== PIPELINE_VERSION) {
    return { errors: [versionError(value, locate)] };
  }
  const result = checkConfig(pipelineSchema, value);
  if (result.issues === undefined) return { config: result.value };
  const schema = jsonSchemaOf(pipelineSchema, "input");
  return { errors: errorsOfIssues(result.issues, { value, path: [], locate, schema }) };
}

/** Another version may mean anything by its keys, so that nothing else is worth saying of the file. */
function versionError({ version }: JsonObject, locate: LoadedPipeline["locate"]): FastDistillError {
  const place = locate(["version"])?.location;
  return new FastDistillError(
    "config.version",
    `Expected version ${PIPELINE_VERSION}, found ${shownValue(version)}`,
    {
      hint: `Set version: ${PIPELINE_VERSION}`,
      ...(place === undefined ? {} : { location: place }),
    },
  );
}
