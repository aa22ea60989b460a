import type { BudgetScope, BudgetUnit } from "../gateway/mod.ts";
import type { Usage } from "../provider/mod.ts";

/** What happened in a run. Each carries `at`, milliseconds since the epoch; none carries a secret. */
export type RunEvent =
  | {
    readonly type: "run_started";
    readonly at: number;
    readonly run_id: string;
    readonly run_dir: string;
    readonly steps: readonly string[];
  }
  | {
    readonly type: "effect_performed";
    readonly at: number;
    readonly step: string;
    readonly kind: string;
    readonly key: string;
    readonly provider?: string;
    readonly attempts: number;
    readonly duration_ms: number;
    readonly usage?: Usage;
    readonly cost_usd?: number;
  }
  | {
    readonly type: "call_retried";
    readonly at: number;
    readonly provider: string;
    readonly code: string;
    readonly attempt: number;
    readonly wait_ms: number;
  }
  | {
    /** A call took long and was sent a second time. */
    readonly type: "call_hedged";
    readonly at: number;
    readonly provider: string;
    /** Milliseconds after which the second copy was sent. */
    readonly after_ms: number;
    /** Which copy answered. */
    readonly won: "first" | "second" | "none";
    /** What the other copy is counted at, in US dollars: its worst case, because it may have been paid for. */
    readonly worst_usd: number;
  }
  | {
    readonly type: "row_failed";
    readonly at: number;
    readonly step: string;
    readonly row_id: string;
    readonly code: string;
    readonly message: string;
  }
  | {
    readonly type: "step_finished";
    readonly at: number;
    readonly step: string;
    readonly rows_in: number;
    readonly rows_out: number;
    readonly rejected: number;
    readonly failed: number;
  }
  | {
    readonly type: "stage_written";
    readonly at: number;
    readonly stage: string;
    readonly count: number;
    readonly path: string;
  }
  | {
    readonly type: "file_written";
    readonly at: number;
    readonly step: string;
    readonly path: string;
    readonly rows: number;
  }
  | {
    readonly type: "gate_checked";
    readonly at: number;
    readonly stage: string;
    readonly metric: string;
    readonly value: number | null;
    readonly passed: boolean;
    readonly message: string;
  }
  | {
    readonly type: "budget_alert";
    readonly at: number;
    readonly scope: BudgetScope;
    /** Of the provider or step; `null` for the run. */
    readonly name: string | null;
    readonly of: BudgetUnit;
    /** The share that was passed: 0.5, 0.8 or 0.95. */
    readonly share: number;
    readonly spent: number;
    readonly limit: number;
  }
  | { readonly type: "warning"; readonly at: number; readonly code: string; readonly message: string }
  | {
    readonly type: "run_finished";
    readonly at: number;
    readonly run_id: string;
    readonly status: RunStatus;
  };

/** How a run ended. */
export type RunStatus = "done" | "failed" | "gate_failed" | "budget_exhausted" | "interrupted";

/** Receives events; must not throw and should return quickly. */
export type EventSink = (event: RunEvent) => void;
