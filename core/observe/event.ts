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
    /** A provider failed for good, and the next one of its chain is asked. */
    readonly type: "call_fell_back";
    readonly at: number;
    readonly step: string;
    /** The one that failed. */
    readonly provider: string;
    /** The one that is asked now. */
    readonly to: string;
    readonly code: string;
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
  | {
    /** The adaptive limiter lets another number of calls through; told when it changed by a quarter or more. */
    readonly type: "limit_changed";
    readonly at: number;
    /** One of the providers of the endpoint. */
    readonly provider: string;
    /** Which of its deployments, from 0, where it has several. */
    readonly deployment?: number;
    /** Calls that may be in flight now. */
    readonly limit: number;
    /** Calls that could be when it was told last. */
    readonly before: number;
  }
  | {
    /** An endpoint fails outright: calls wait, and one at a time tries whether it is back. */
    readonly type: "breaker_opened";
    readonly at: number;
    /** One of the providers of the endpoint. */
    readonly provider: string;
    /** Which of its deployments, from 0, where it has several. */
    readonly deployment?: number;
    /** In a row. */
    readonly failures: number;
  }
  | {
    /** An endpoint that failed outright answers again. */
    readonly type: "breaker_closed";
    readonly at: number;
    /** One of the providers of the endpoint. */
    readonly provider: string;
    /** Which of its deployments, from 0, where it has several. */
    readonly deployment?: number;
    /** Milliseconds. */
    readonly down_ms: number;
  }
  | {
    /** Nothing moves any more: the run is given up. */
    readonly type: "run_stalled";
    readonly at: number;
    /** Names each step that holds rows, and what it waits for. */
    readonly message: string;
  }
  | {
    /** So many events like some before were left out of `events.jsonl`; at the end of an execution. */
    readonly type: "events_omitted";
    readonly at: number;
    /** Type of the events. */
    readonly of: string;
    /** Step or provider that they have in common. */
    readonly from: string;
    /** Code of the error that they have in common, where they have one. */
    readonly code?: string;
    readonly count: number;
  }
  | {
    /** What a step said. */
    readonly type: "step_log";
    readonly at: number;
    readonly step: string;
    readonly level: LogLevel;
    readonly message: string;
  }
  | {
    /** How far a step says that it is with a long piece of work. */
    readonly type: "step_progress";
    readonly at: number;
    readonly step: string;
    readonly done: number;
    readonly total?: number;
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

/** How much an event matters to whoever reads a log. */
export type LogLevel = "debug" | "info" | "warn" | "error";

const LEVELS: Readonly<Record<RunEvent["type"], LogLevel>> = {
  run_started: "info",
  effect_performed: "debug",
  call_retried: "warn",
  call_hedged: "debug",
  call_fell_back: "warn",
  limit_changed: "debug",
  breaker_opened: "warn",
  breaker_closed: "info",
  row_failed: "warn",
  step_finished: "info",
  stage_written: "info",
  file_written: "info",
  gate_checked: "info",
  budget_alert: "warn",
  step_log: "info",
  step_progress: "debug",
  warning: "warn",
  run_stalled: "error",
  events_omitted: "debug",
  run_finished: "info",
};

/**
 * The level at which an event is logged.
 *
 * @example
 * ```ts
 * import { levelOfEvent } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(levelOfEvent({ type: "run_finished", at: 0, run_id: "r", status: "failed" }), "error");
 * ```
 */
export function levelOfEvent(event: RunEvent): LogLevel {
  if (event.type === "step_log") return event.level;
  if (event.type === "gate_checked" && !event.passed) return "warn";
  if (event.type === "run_finished" && event.status !== "done") {
    return event.status === "interrupted" ? "warn" : "error";
  }
  return LEVELS[event.type];
}
