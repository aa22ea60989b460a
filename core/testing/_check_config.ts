import { checkConfig, type ConfigSchema, issuePath } from "../component/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Columns, JsonObject } from "../record/mod.ts";
import type { ColumnFlow } from "../step/mod.ts";

/** A configuration with its defaults. @throws {FastDistillError} `config.unknown_key`, `config.invalid_value` */
export function validConfig<T>(name: string, schema: ConfigSchema<T>, config: JsonObject): T {
  const result = checkConfig(schema, config);
  if (result.issues === undefined) return result.value;
  const code = result.issues.every((issue) => issue.code === "unrecognized_keys")
    ? "config.unknown_key"
    : "config.invalid_value";
  const problems = result.issues.map((issue) => {
    const path = issuePath(issue).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  throw new FastDistillError(code, `The configuration of "${name}" does not hold: ${problems.join("; ")}`);
}

/** @throws {FastDistillError} `graph.missing_column`, as planning would throw it */
export function checkRequirements(name: string, flow: ColumnFlow, before: Columns): void {
  const missing = (flow.requires ?? []).find(({ column }) => !Object.hasOwn(before, column));
  if (missing === undefined) return;
  throw new FastDistillError(
    missing.template === true ? "step.template_variable" : "graph.missing_column",
    `"${name}" reads the column "${missing.column}", which no row has${
      didYouMean(missing.column, Object.keys(before))
    }`,
  );
}
