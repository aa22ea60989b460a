import type { FastDistillError } from "../errors/mod.ts";
import type { Columns, Row } from "../record/mod.ts";
import type { ColumnFlow, Outcome, SinkReport } from "../step/mod.ts";

/** A row and what became of it. */
export interface SettledRow {
  /** The row that went in; `undefined` for the rows of a source. */
  readonly input: Row | undefined;
  readonly rowId: string;
  readonly outcome: Outcome;
}

/** A row that a step rejected. */
export interface RejectedRow {
  /** The row that went in. */
  readonly row: Row;
  readonly reason: string;
  readonly detail: string | undefined;
}

/** A row that a step could not process. */
export interface FailedRow {
  /** The row that went in. */
  readonly row: Row;
  readonly error: FastDistillError;
  readonly evidence: string | undefined;
}

/** What a step did with its rows. Expanded rows are counted one by one. */
export interface StepRun {
  /** The rows that passed, in the order in which the step leaves them. */
  readonly rows: readonly Row[];
  readonly rejected: readonly RejectedRow[];
  readonly failed: readonly FailedRow[];
  /** Everything in one list, not taken apart: in the order of the rows, for a global step in the order of its answers. */
  readonly outcomes: readonly SettledRow[];
  /** Texts of the files that were written, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What a sink reported. */
  readonly report?: SinkReport;
  /** What the step says that it does to columns. */
  readonly flow: ColumnFlow;
  /** The columns before and after it, by its own word. */
  readonly columns: { readonly before: Columns; readonly after: Columns };
  readonly effects: { readonly performed: number; readonly reused: number };
}

/** Takes outcomes apart. */
export function sortOutcomes(
  settled: readonly SettledRow[],
): Pick<StepRun, "rows" | "rejected" | "failed" | "outcomes"> {
  const rows: Row[] = [];
  const rejected: RejectedRow[] = [];
  const failed: FailedRow[] = [];
  for (const { input, outcome } of settled) {
    const row = input ?? {};
    for (const item of outcome.kind === "expand" ? outcome.items : [outcome]) {
      if (item.kind === "pass") rows.push(item.row);
      else if (item.kind === "reject") rejected.push({ row, reason: item.reason, detail: item.detail });
      else failed.push({ row, error: item.error, evidence: item.evidence });
    }
    if (outcome.kind === "expand" && outcome.items.length === 0) {
      rejected.push({ row, reason: "no_output", detail: undefined });
    }
  }
  return { rows, rejected, failed, outcomes: settled };
}
