import type { FastDistillError } from "../errors/mod.ts";
import type { Columns, Row } from "../record/mod.ts";
import type { ColumnFlow, Outcome, SinkReport, UnreadableInput } from "../step/mod.ts";

/** A row and what became of it. */
export interface SettledRow {
  /** The row that went in; `undefined` for the rows of a source. */
  readonly input: Row | undefined;
  /** The row's id. */
  readonly rowId: string;
  /** What the step said of it. */
  readonly outcome: Outcome;
}

/** A row that a step rejected. */
export interface RejectedRow {
  /** The row that went in. */
  readonly row: Row;
  /** Why. */
  readonly reason: string;
  /** More of why, where the step said it. */
  readonly detail: string | undefined;
}

/** A row that a step could not process. */
export interface FailedRow {
  /** The row that went in. */
  readonly row: Row;
  /** Why. */
  readonly error: FastDistillError;
  /** What may help to see why. */
  readonly evidence: string | undefined;
}

/** What a step did with its rows. Expanded rows are counted one by one. */
export interface StepRun {
  /** The rows that passed, in the order in which the step leaves them. */
  readonly rows: readonly Row[];
  /** The rows that were rejected. */
  readonly rejected: readonly RejectedRow[];
  /** The rows that failed. */
  readonly failed: readonly FailedRow[];
  /** Everything in one list, not taken apart: in the order of the rows, for a global step in the order of its answers. */
  readonly outcomes: readonly SettledRow[];
  /** Texts of the files that were written, by path; reports are under `reports/`. */
  readonly files: Readonly<Record<string, string>>;
  /** The same files, as bytes. */
  readonly bytes: Readonly<Record<string, Uint8Array>>;
  /** What the step warned of, before the run and in it. */
  readonly warnings: readonly string[];
  /** Input that the step put aside. */
  readonly quarantined: readonly UnreadableInput[];
  /** What a sink reported. */
  readonly report?: SinkReport;
  /** How many rows a source said that it would give; absent where it does not say. */
  readonly counted?: number;
  /** What the step says that it does to columns. */
  readonly flow: ColumnFlow;
  /** The columns before and after it, by its own word. */
  readonly columns: { readonly before: Columns; readonly after: Columns };
  /** Effects that were performed, and effects whose result was there. */
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
