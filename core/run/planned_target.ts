/** A target, checked: where its rows are counted, and which steps lead there. */
export interface PlannedTarget {
  /** Rows that are wanted. */
  readonly accepted: number;
  /** Source rows that may be taken up for them; absent when as many as there are. */
  readonly maxCandidates?: number | undefined;
  /** The step whose rows are counted as they leave it. */
  readonly step: string;
  /** The stage that names it; absent when the rows that reach the end are counted. */
  readonly stage?: string | undefined;
  /** That step and those that lead to it, up to the nearest steps that need all rows, which are among them. */
  readonly steps: ReadonlySet<string>;
  /** Sources that lead to it, in the order of the pipeline. */
  readonly sources: readonly string[];
  /** Whether source rows are taken up only as the rows that are still wanted call for it. */
  readonly isPaced: boolean;
  /** Rows that one source row is expected to become before any was seen. */
  readonly samples: number;
}
