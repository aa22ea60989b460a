import type { RunStatus } from "../observe/mod.ts";
import type { Usage } from "../provider/mod.ts";

/**
 * Counts of one step. `rows_in + expanded = rows_out + rejected + failed` once it is finished; in a run that was cut short,
 * what is missing on the right is pending.
 */
export interface StepProgress {
  readonly step: string;
  readonly use: string;
  readonly rows_in: number;
  /** Rows that came into being by expansion, minus the rows that were expanded. */
  readonly expanded: number;
  readonly rows_out: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
  /** Rows that the step works on now. */
  readonly in_flight: number;
  /** Effects that were performed, and effects that came from the store. */
  readonly effects: { readonly performed: number; readonly reused: number };
  readonly finished: boolean;
}

/** A picture of a run at one moment. */
export interface RunProgress {
  readonly run_id: string;
  /** Milliseconds since the run started. */
  readonly elapsed_ms: number;
  readonly steps: readonly StepProgress[];
  readonly spent_usd: number;
  readonly budget_usd: number | null;
}

/** What a gate said. */
export interface GateVerdict {
  readonly stage: string;
  readonly metric: string;
  /** `null` when the stage has no rows that the metric can be computed from; such a gate does not hold. */
  readonly value: number | null;
  readonly passed: boolean;
  readonly severity: "fail" | "warn";
  /** Names gate, value and threshold. */
  readonly message: string;
}

/** A file that a run left. */
export interface RunFile {
  /** What it is. A stage is listed by its manifest, which lists the stage's parts. */
  readonly role: "pipeline" | "stage" | "export" | "report" | "ledger" | "failures" | "events";
  /** Of the stage, step or report. */
  readonly name: string;
  /** Relative to the run folder, with `/` between folders; absolute for an export outside of it. */
  readonly path: string;
  readonly rows?: number;
  /** Of the file's bytes. `writeRunJson` fills in the ones that are absent. */
  readonly sha256?: string;
}

/** What a run comes to. `run.json` holds it, the command line prints it. */
export interface RunSummary {
  readonly run_id: string;
  readonly name: string;
  readonly run_dir: string;
  readonly status: RunStatus;
  /** Whether the outputs hold only a part of what the whole run would hold. */
  readonly partial: boolean;
  /** ISO 8601. */
  readonly started_at: string;
  readonly elapsed_ms: number;
  readonly rows: {
    /** Rows that the sources gave. */
    readonly read: number;
    /** Rows that reached the end. */
    readonly kept: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly failed: Readonly<Record<string, number>>;
  };
  readonly steps: readonly StepProgress[];
  readonly effects: { readonly performed: number; readonly reused: number };
  /** Chat completions among the effects. */
  readonly calls: { readonly performed: number; readonly reused: number };
  readonly usage: Usage;
  /** What the effects behind this dataset cost, whenever they were performed; `null` when a price is unknown. */
  readonly cost_usd: number | null;
  /** The part of it that this execution spent. */
  readonly spent_usd: number;
  readonly cost_per_kept_usd: number | null;
  readonly stages: readonly {
    readonly stage: string;
    readonly count: number;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
  readonly gates: readonly GateVerdict[];
  readonly files: readonly RunFile[];
  /** Why the run did not end as `done`. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}
