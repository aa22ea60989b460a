import type { Columns, ColumnType } from "../record/mod.ts";

/** A column that a step reads. */
export interface ColumnRequirement {
  /** Name of the column. */
  readonly column: string;
  /** What it has to hold; a column of unknown type is let through. @default {"any"} */
  readonly type?: ColumnType;
  /** Where in the step's `with` the column is named, for messages: `["template"]`. */
  readonly at?: readonly (string | number)[];
  /** Set when the column is named inside a template. */
  readonly template?: boolean;
}

/** What a step does to the columns of the rows that pass it. Checked before anything runs. */
export interface ColumnFlow {
  /** Columns that the step reads. */
  readonly requires?: readonly ColumnRequirement[];
  /** Columns that every passed row has afterwards. */
  readonly adds?: Columns;
  /** Columns that are gone afterwards. */
  readonly removes?: readonly string[];
  /** When given, only these of the columns that came in remain. */
  readonly keeps?: readonly string[];
}

/** A requirement for each of several columns. */
export function requireColumns(
  columns: readonly string[],
  type: ColumnType = "any",
): readonly ColumnRequirement[] {
  return columns.map((column) => ({ column, type }));
}

/** The columns after a step, from those before it. */
export function applyColumnFlow(before: Columns, flow: ColumnFlow): Columns {
  const removed = new Set(flow.removes ?? []);
  const kept = flow.keeps === undefined ? undefined : new Set(flow.keeps);
  const remaining = Object.entries(before).filter(([name]) =>
    !removed.has(name) && (kept?.has(name) ?? true)
  );
  return { ...Object.fromEntries(remaining), ...flow.adds };
}
