import type { FastDistillError } from "../errors/mod.ts";
import type { StepColumns } from "../graph/mod.ts";
import type { Columns, Row } from "../record/mod.ts";
import type { ColumnFlow } from "../step/mod.ts";
import type { PlannedStep } from "./plan.ts";

/** Name of the column that says why a row failed in a step that lets such rows pass. */
export function errorColumnOf(step: string): string {
  return `${step}_error`;
}

/** What a step with `on_error: keep` does to columns: what it does anyway, and the column for the reason. */
export function keepingFlow(step: string, flow: ColumnFlow): ColumnFlow {
  return { ...flow, adds: { ...flow.adds, [errorColumnOf(step)]: "object" } satisfies Columns };
}

/** A row that passed a step with `on_error: keep`. */
export function passedRow({ name }: PlannedStep, row: Row): Row {
  return { ...row, [errorColumnOf(name)]: null };
}

/** A row that passes a step by: without what the step takes away, with null in the columns that only the step adds. */
export function skippedRow({ name, columns, config }: PlannedStep, row: Row): Row {
  const added = columns.adds.filter((column) => !Object.hasOwn(row, column));
  const error = config.on_error === "keep" ? { [errorColumnOf(name)]: null } : {};
  return {
    ...remainingOf(columns, row),
    ...Object.fromEntries(added.map((column) => [column, null])),
    ...error,
  };
}

/** A row that failed in such a step: as it came, without what the step takes away, with null in what it adds. */
export function failedRow({ name, columns }: PlannedStep, row: Row, error: FastDistillError): Row {
  return {
    ...remainingOf(columns, row),
    ...Object.fromEntries(columns.adds.map((column) => [column, null])),
    [errorColumnOf(name)]: { code: error.code, message: error.message },
  };
}

function remainingOf({ before, after }: StepColumns, row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([column]) => Object.hasOwn(after, column) || !Object.hasOwn(before, column)),
  );
}
