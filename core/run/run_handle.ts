import type { RetriedRows } from "./retry_failed.ts";
import type { RunProgress, RunSummary } from "../report/mod.ts";

/** A run under way. */
export interface RunHandle {
  /** Also the name of the run folder. */
  readonly runId: string;
  /** Absolute path of the folder that the run writes. */
  readonly runDir: string;
  /** With `retryFailed`: what is tried again. */
  readonly retried?: RetriedRows;
  /** A picture of the run now. */
  readonly progress: () => RunProgress;
  /** Admits no more rows; what is in flight finishes, and the run ends as `interrupted`, ready to be run again. */
  readonly stop: () => void;
  /** Gives up what is in flight as well. */
  readonly abort: () => void;
  /** Settles when everything is written. Rejects only when the run could not be carried out at all. */
  readonly result: Promise<RunSummary>;
}
