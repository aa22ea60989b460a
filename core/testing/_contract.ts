import { checkConfig, type ConfigSchema } from "../component/mod.ts";
import { isFastDistillError } from "../errors/mod.ts";
import {
  canonicalJson,
  type Columns,
  columnTypeOf,
  isColumnTypeCompatible,
  type JsonObject,
  type Row,
  sha256,
} from "../record/mod.ts";
import { applyColumnFlow, type StepDefinition, type TaskDefinition } from "../step/mod.ts";
import { validConfig } from "./_check_config.ts";
import { deepFreeze } from "./_deep_freeze.ts";
import type { SettledRow, StepRun } from "./step_run.ts";

type Definition = StepDefinition<unknown> | TaskDefinition<unknown>;

const STRAY_KEY = "no_component_has_this_key";

/** What is wrong with how a component introduces itself. */
export function definitionProblems({ name, version, summary, ...rest }: Definition): readonly string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`the name "${name}" is not snake_case`);
  if (!isVersion(version)) problems.push(`the version ${version} is not a whole number from 1`);
  if ("promptVersion" in rest && !isVersion(rest.promptVersion)) {
    problems.push(`the prompt version ${rest.promptVersion} is not a whole number from 1`);
  }
  if (summary.trim() === "" || /\n/.test(summary)) problems.push("the summary is not one sentence");
  return problems;
}

function isVersion(version: number): boolean {
  return Number.isInteger(version) && version >= 1;
}

/** Whether the schema lets a key pass that it does not know. */
export function configProblems(schema: ConfigSchema<unknown>, config: JsonObject): readonly string[] {
  const { issues } = checkConfig(schema, { ...config, [STRAY_KEY]: 1 });
  return issues === undefined ? ["the configuration takes keys that it does not know"] : [];
}

/** Whether `columns` gives the same again, and leaves its arguments alone. */
export function flowProblems(
  definition: Definition,
  { config, before }: { readonly config: JsonObject; readonly before: Columns },
): readonly string[] {
  const options = deepFreeze(validConfig(definition.name, definition.config, config));
  const columns = deepFreeze({ ...before });
  try {
    const [first, second] = [definition.columns(options, columns), definition.columns(options, columns)];
    return JSON.stringify(first) === JSON.stringify(second)
      ? []
      : ["columns() gave something else the second time"];
  } catch (cause) {
    return [`columns() threw on frozen arguments: ${messageOf(cause)}`];
  }
}

/** What is wrong with the outcomes of a run whose rows were frozen. */
export function rowProblems(run: StepRun): readonly string[] {
  const thrown = run.failed.filter(({ error }) =>
    error.code === "step.failed" && !isFastDistillError(error.cause)
  );
  const problems = thrown.map(({ error }) =>
    error.cause instanceof TypeError &&
      /read.?only|frozen|extensible|Cannot delete/i.test(error.cause.message)
      ? `it changes the row that it was given: ${error.cause.message}`
      : error.message
  );
  for (const settled of run.outcomes) {
    for (const row of passedRows(settled)) problems.push(...columnProblems(run, settled.input ?? {}, row));
  }
  return [...new Set(problems)];
}

function passedRows({ outcome }: SettledRow): readonly Row[] {
  const items = outcome.kind === "expand" ? outcome.items : [outcome];
  return items.flatMap((item) => item.kind === "pass" ? [item.row] : []);
}

function columnProblems({ flow }: StepRun, input: Row, row: Row): readonly string[] {
  const expected = applyColumnFlow(Object.fromEntries(Object.keys(input).map((name) => [name, "any"])), flow);
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(row, name));
  const stray = Object.keys(row).filter((name) => !Object.hasOwn(expected, name));
  const wrong = Object.entries(flow.adds ?? {}).filter(([name, type]) => {
    const found = columnTypeOf(row[name] ?? null);
    return found !== undefined && !isColumnTypeCompatible(found, type);
  });
  return [
    ...missing.map((name) => `a passed row lacks the column "${name}", which columns() promises`),
    ...stray.map((name) => `a passed row has the column "${name}", which columns() does not state`),
    ...wrong.map(([name, type]) =>
      `the column "${name}" is stated as ${type}, found ${columnTypeOf(row[name]!)}`
    ),
    ...jsonProblems(row),
  ];
}

function jsonProblems(row: Row): readonly string[] {
  try {
    canonicalJson(row);
    return [];
  } catch (cause) {
    return [`a passed row is not JSON: ${messageOf(cause)}`];
  }
}

/** Whether a source gives as many rows as it says. */
export function countProblems({ counted, rows }: StepRun): readonly string[] {
  if (counted === undefined || counted === rows.length) return [];
  return [`the source says that it gives ${counted} rows, and gives ${rows.length}`];
}

/** Whether a sink wrote what it reports, and reports what it wrote. */
export function reportProblems({ report, bytes }: StepRun): readonly string[] {
  if (report === undefined) return [];
  const files = report.files.filter(({ path }) => !path.includes("://"));
  const known = new Set(files.map(({ path }) => path));
  const problems = files.flatMap(({ path, sha256: digest, size }) => {
    const found = bytes[path];
    if (found === undefined) return [`the report names the file "${path}", which is not there`];
    return [
      ...(size === found.length
        ? []
        : [`the report says ${size} bytes of "${path}", which has ${found.length}`]),
      ...(digest === sha256(found) ? [] : [`the report has another digest of "${path}" than the file`]),
    ];
  });
  const stray = Object.keys(bytes).filter((path) => !known.has(path) && !path.startsWith("reports/"));
  problems.push(...stray.map((path) => `the file "${path}" is not in the report`));
  return problems;
}

/** A text that is equal for equal runs. */
export function runFingerprint({ outcomes, files, flow }: StepRun): string {
  return JSON.stringify({ outcomes, files, flow });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
