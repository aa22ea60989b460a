import type { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";

/** A row that reached the end. */
export interface KeptRow {
  /** Terminal state of the row. */
  readonly state: "kept";
  /** The step that it left last. */
  readonly step: string;
  /** Id of the row. */
  readonly rowId: string;
}

/** A row that a step did not want, or that was shed when a budget neared its end. */
export interface RejectedRow {
  /** Terminal state of the row. */
  readonly state: "rejected" | "shed";
  /** The step in which the row ended. */
  readonly step: string;
  /** Id of the row. */
  readonly rowId: string;
  /** Short and stable: reports count by it. */
  readonly reason: string;
  /** More for a person; cut to 1,000 characters. */
  readonly detail?: string | undefined;
}

/** A row that a step could not process. */
export interface FailedRow {
  /** Terminal state of the row. */
  readonly state: "failed";
  /** The step in which the row ended. */
  readonly step: string;
  /** Id of the row. */
  readonly rowId: string;
  /** Why; reports count by its code. */
  readonly error: FastDistillError;
  /** How often the failing call was tried. */
  readonly attempts?: number | undefined;
  /** Keys of the recorded answers on which it failed: what a retry asks for again. */
  readonly effects?: readonly string[] | undefined;
  /** What may help to see why; cut to 4,000 characters. */
  readonly evidence?: string | undefined;
  /** The row as the step was given it; long ones are cut. */
  readonly row?: Row | undefined;
}

/** A row that failed in a step and went on, since the step says so. Not the end of the row. */
export interface KeptFailure extends Omit<FailedRow, "state"> {
  /** Not a terminal state. */
  readonly state: "kept_failed";
}

/** A terminal state of a row. */
export type LedgerEntry = KeptRow | RejectedRow | FailedRow;
