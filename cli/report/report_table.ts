import { formatCount } from "../render/figures.ts";

/** A report of a run, before it is text, Markdown or HTML. No text in it is escaped yet. */
export interface ReportDocument {
  readonly title: string;
  /** What stands at the top, by label. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly tables: readonly ReportTable[];
}

/** One table of a report. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** One column of such a table. */
export interface ReportColumn {
  readonly title: string;
  /** @default {"left"} */
  readonly align?: "left" | "right";
  /** Where room is short, the column with the highest goes first; 0 stays. @default {0} */
  readonly dropOrder?: number;
  /** Whether its texts may be cut. @default {false} */
  readonly isFlexible?: boolean;
}

/** A table with its first rows only, and a line that says how many more there are. */
export function cappedTable(table: ReportTable, max: number): ReportTable {
  const more = table.rows.length - max;
  if (more <= 0) return table;
  const place = Math.max(0, table.columns.findIndex(({ isFlexible }) => isFlexible));
  const note = table.columns.map((_, index) =>
    index === place ? `${formatCount(more)} more: see --format json` : ""
  );
  return { ...table, rows: [...table.rows.slice(0, max), note] };
}
