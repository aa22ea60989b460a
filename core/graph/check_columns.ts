import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { type Columns, isColumnTypeCompatible } from "../record/mod.ts";
import { applyColumnFlow, type ColumnFlow, type ColumnRequirement } from "../step/mod.ts";
import { type Graph, type Locate, throwAll } from "./graph.ts";

/** The columns before and after one step. */
export interface StepColumns {
  /** Those that reach it: of several inputs, the ones that all of them have. */
  readonly before: Columns;
  /** Those of the rows that pass it. */
  readonly after: Columns;
  /** Those that the step writes, new ones or others. */
  readonly adds: readonly string[];
}

/** How a step changes columns: a source answers with what it adds. */
export type FlowOf = (step: string, before: Columns) => ColumnFlow;

/**
 * Follows the columns through the graph and checks that every step finds what it reads. Where several steps are read,
 * the columns that all of them have come in; where they are joined, the columns of all of them. Pure.
 *
 * @throws {FastDistillError} `graph.missing_column`, `graph.column_type`, `step.template_variable`; all problems at once
 */
export function checkColumns(
  graph: Graph,
  flowOf: FlowOf,
  locate: Locate = () => undefined,
): ReadonlyMap<string, StepColumns> {
  const columns = new Map<string, StepColumns>();
  const errors: FastDistillError[] = [];
  for (const step of graph.order) {
    const { inputs, join } = graph.nodes.get(step)!;
    const reaching = inputs.map((input) => columns.get(input)!.after);
    const before = join === undefined ? commonColumns(reaching) : joinedColumns(reaching, join.lists);
    const flow = flowOf(step, before);
    errors.push(
      ...(flow.requires ?? []).flatMap((wanted) => checkRequirement({ step, wanted, before, locate })),
    );
    columns.set(step, { before, after: applyColumnFlow(before, flow), adds: Object.keys(flow.adds ?? {}) });
  }
  throwAll(errors);
  return columns;
}

function commonColumns(inputs: readonly Columns[]): Columns {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) return first ?? {};
  const common = Object.entries(first).filter(([name]) =>
    others.every((other) => Object.hasOwn(other, name))
  );
  return Object.fromEntries(common.map(([name, type]) => {
    return [name, others.every((other) => other[name] === type) ? type : "any"];
  }));
}

/** Every column of any input; of several types, or none, where inputs differ. */
function joinedColumns(inputs: readonly Columns[], lists: readonly string[]): Columns {
  const names = new Set(inputs.flatMap((columns) => Object.keys(columns)));
  return Object.fromEntries([...names].map((name) => {
    const types = new Set(inputs.flatMap((columns) => Object.hasOwn(columns, name) ? [columns[name]!] : []));
    return [name, lists.includes(name) ? "array" : types.size === 1 ? [...types][0]! : "any"];
  }));
}

interface Requirement {
  readonly step: string;
  readonly wanted: ColumnRequirement;
  readonly before: Columns;
  readonly locate: Locate;
}

function checkRequirement({ step, wanted, before, locate }: Requirement): readonly FastDistillError[] {
  const path = ["steps", step, "with", ...(wanted.at ?? [])];
  const found = Object.hasOwn(before, wanted.column) ? before[wanted.column] : undefined;
  const location = locate(path) ?? locate(["steps", step]);
  const context = { step, column: wanted.column };
  if (found === undefined) {
    const suggestion = didYouMean(wanted.column, Object.keys(before));
    const hint = `Columns that reach the step: ${Object.keys(before).sort().join(", ") || "none"}`;
    const code = wanted.template === true ? "step.template_variable" : "graph.missing_column";
    const what = wanted.template === true
      ? `The template of step "${step}" uses the variable "${wanted.column}"`
      : `Step "${step}" reads the column "${wanted.column}"`;
    const message = `${what}, and no step before it provides that column${suggestion}`;
    return [new FastDistillError(code, message, { location, hint, context })];
  }
  if (isColumnTypeCompatible(found, wanted.type ?? "any")) return [];
  const message = `Step "${step}" reads the column "${wanted.column}" as ${wanted.type}, found ${found}`;
  return [new FastDistillError("graph.column_type", message, { location, context })];
}
