/** Something in a run folder that is not as the run left it. */
export interface VerifyProblem {
  /** Relative to the run folder, with `/` between folders. */
  readonly file: string;
  /** What is wrong, in a few words. */
  readonly problem: string;
  /** What the run stated. */
  readonly expected?: string | number | null;
  /** What is there. */
  readonly found?: string | number | null;
}

/** What `verifyRun` found. */
export interface VerifyReport {
  /** Absolute path of the run folder. */
  readonly run_dir: string;
  /** `null` when `run.json` cannot be read. */
  readonly run_id: string | null;
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Files whose digest was computed. */
  readonly files: number;
  /** Rows of stages whose digest was computed. */
  readonly rows: number;
  /** Lines of the ledger that were read. */
  readonly ledger_lines: number;
  /** At most 1,000. */
  readonly problems: readonly VerifyProblem[];
}
