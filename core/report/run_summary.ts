import type { PluginOrigin } from "../component/mod.ts";
import type { BudgetUse } from "../gateway/mod.ts";
import type { RunStatus } from "../observe/mod.ts";
import type { Usage } from "../provider/mod.ts";
import type { SignificanceTest } from "../statistics/mod.ts";

/**
 * Counts of one step. `rows_in + expanded = rows_out + rejected + failed + shed` once it is finished; in a run that was cut short,
 * what is missing on the right is pending.
 */
export interface StepProgress {
  /** Name in the pipeline. */
  readonly step: string;
  /** Name of the component. */
  readonly use: string;
  /** Of a task: version of the wording of its prompt. */
  readonly prompt_version?: number;
  /** Steps that it reads; in a picture of a run under way only, absent for a source. */
  readonly inputs?: readonly string[];
  /**
   * Of a source, rows that it has in all; in a picture of a run under way only, absent until it is known, see
   * `RunOptions.countSources`.
   */
  readonly total?: number;
  /** Rows that reached the step; of a source, rows that it gave. */
  readonly rows_in: number;
  /** Rows that came into being by expansion, minus the rows that were expanded. */
  readonly expanded: number;
  /** Rows that went on. */
  readonly rows_out: number;
  /** Rejected rows by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Failed rows by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Rows that were left out by reason: the `budget` neared its end, or the `target` had enough; absent when there are none. */
  readonly shed?: Readonly<Record<string, number>>;
  /** Rows that passed the step by since its `when` does not hold for them, in and out; absent when there are none. */
  readonly skipped?: number;
  /** Of a step with a route: rows by the step that got them; a row may go to several. */
  readonly routed?: Readonly<Record<string, number>>;
  /** Rows that failed and went on since `on_error` is `keep`, by code; absent when there are none. */
  readonly kept_failed?: Readonly<Record<string, number>>;
  /** Rows that the step works on now. */
  readonly in_flight: number;
  /** Effects that were performed, and effects that came from the store. */
  readonly effects: { readonly performed: number; readonly reused: number };
  /** Whether the step will be given no more rows. */
  readonly finished: boolean;
  /** What the step waits for; in a picture of a run under way only. */
  readonly waiting_for?: readonly WaitReason[];
}

/** Something that a step waits for. */
export interface WaitReason {
  /**
   * `process`: its own function to return; `source`: the next row of the source; `effect`: an effect that another row
   * performs, or the effect store; `budget`, `permit`, `answer`, `backoff`: a call of a model, where it is; `channel`,
   * `stage`: room behind it; `in_flight`: rows under way to be settled; `ledger`: the row ledger; `close`: its files;
   * `rows`: rows of the steps before it.
   */
  readonly on:
    | "process"
    | "source"
    | "effect"
    | "budget"
    | "permit"
    | "answer"
    | "backoff"
    | "channel"
    | "stage"
    | "in_flight"
    | "ledger"
    | "close"
    | "rows";
  /** Of the provider, the channel or the stage. */
  readonly name?: string;
  /** Rows, or calls, that wait. */
  readonly count?: number;
}

/** How far a run has come towards its target. */
export interface TargetProgress {
  /** Stage whose rows are counted; absent when those that reach the end are. */
  readonly stage?: string;
  /** Rows that the target wants. */
  readonly wanted: number;
  /** Rows that were accepted. */
  readonly accepted: number;
  /** Source rows that were taken up for them; of a run that is over, up to the one that gave the last accepted row. */
  readonly candidates: number;
  /** Source rows that may be taken up, at most; absent when as many as there are. */
  readonly max_candidates?: number;
}

/**
 * Why a target was not reached: `exhausted`, the sources had no more rows; `max_candidates` and `limit`, no more of them
 * might be taken up; `stopped`, the run ended before.
 */
export type TargetEnd = "exhausted" | "max_candidates" | "limit" | "stopped";

/** What became of a target. */
export interface TargetResult extends TargetProgress {
  /** Whether there are as many rows as it wants. */
  readonly reached: boolean;
  /** Why not; absent when it was reached. */
  readonly reason?: TargetEnd;
  /**
   * Source rows that this execution had begun and that turned out not to be needed. They are no rows of the run; calls that
   * were made for them are recorded, and serve a larger target.
   */
  readonly overshoot: number;
}

/** How a provider is used at one moment, and what it lets through. */
export interface ProviderProgress {
  /** Name in the pipeline. */
  readonly provider: string;
  /** Calls that wait for its answer. */
  readonly in_flight: number;
  /** Calls that wait for their turn, or for their next attempt. */
  readonly waiting: number;
  /** Calls that may be in flight at once, as the limiter has learned; absent when it does not say. */
  readonly limit?: number;
  /** Milliseconds until the next call is sent, since the endpoint asked for a pause or is down; absent while calls are sent. */
  readonly paused_ms?: number;
  /** Whether the endpoint is down, so that calls are kept away from it; absent when it is not. */
  readonly down?: boolean;
}

/** A picture of a run at one moment. */
export interface RunProgress {
  /** Id of the run. */
  readonly run_id: string;
  /** Milliseconds since the run started. */
  readonly elapsed_ms: number;
  /** Rows that steps work on now. */
  readonly in_flight?: number;
  /** Rows that came to an end, kept or not, each second of the last ten. */
  readonly rows_per_s?: number;
  /** How far the run has come towards its target; absent when it has none. */
  readonly target?: TargetProgress;
  /** In the order of the pipeline. */
  readonly steps: readonly StepProgress[];
  /** The providers that were called, in the order of their opening; absent when there is none. */
  readonly providers?: readonly ProviderProgress[];
  /** US dollars that this execution spent. */
  readonly spent_usd: number;
  /** US dollars that the run may spend; `null` when there is no such limit. */
  readonly budget_usd: number | null;
  /** How far every limit is used, of the run, its providers and its steps; absent when there is no limit. */
  readonly budgets?: readonly BudgetUse[];
}

/** The interval that the true value of a metric is in, as far as the rows tell. */
export interface GateInterval {
  /** Share of such intervals that hold the true value. */
  readonly confidence: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** `wilson` for shares, `bootstrap` for everything else, `normal` for means of more than 10,000 values. */
  readonly method: "wilson" | "bootstrap" | "normal";
}

/** What a metric came to against a baseline. */
export interface GateComparison {
  /** Id of the baseline run. */
  readonly run_id: string;
  /** Its value; `null` when it has none. */
  readonly value: number | null;
  /** Values behind it. */
  readonly n: number;
  /** Rows that both runs have, when they were compared pair by pair. */
  readonly pairs?: number;
  /** Name of the significance test; absent when there was nothing to test. */
  readonly test?: SignificanceTest;
  /** New minus old, over the pairs when there are any; `null` when a value is missing. */
  readonly difference: number | null;
  /** How likely a difference at least as bad is where there is no regression beyond the margin; of groups, adjusted. */
  readonly p_value: number | null;
  /** Greatest `p_value` that counts as a regression. */
  readonly alpha: number;
  /** By how much the metric may be worse. */
  readonly margin: number;
  /** Which direction is better. */
  readonly better: "higher" | "lower";
}

/** What a gate said of one group of rows. */
export interface GateGroup {
  /** The value of the column that the rows are grouped by. */
  readonly group: string;
  /** Rows of the group. */
  readonly rows: number;
  /** Values behind the figure. */
  readonly n: number;
  /** The metric in the group; `null` when no row gives one. */
  readonly value: number | null;
  /** Present when the gate has a confidence. */
  readonly interval?: GateInterval;
  /** Present when the gate has a baseline that has the group. */
  readonly baseline?: GateComparison;
  /** Whether the group holds; `null` when it has too few rows to be judged. */
  readonly passed: boolean | null;
  /** What was found. */
  readonly finding: string;
}

/** What a gate said. */
export interface GateVerdict {
  /** Name of the stage. */
  readonly stage: string;
  /** Name of the metric. */
  readonly metric: string;
  /** `null` when the stage has no rows that the metric can be computed from; such a gate does not hold. */
  readonly value: number | null;
  /** Whether the gate held. */
  readonly passed: boolean;
  /** What a gate that does not hold does to the run. */
  readonly severity: "fail" | "warn";
  /** Names gate, value and threshold. */
  readonly message: string;
  /** Values behind the figure; present when more than the figure was looked at. */
  readonly n?: number;
  /** Present when the gate has a confidence. */
  readonly interval?: GateInterval;
  /** Present when the gate has a baseline, and the run was found. */
  readonly baseline?: GateComparison;
  /** The column that rows are grouped by. */
  readonly by?: string;
  /** What was found of each group, by name; present with `by`. */
  readonly groups?: readonly GateGroup[];
}

/** A file that a run left. */
export interface RunFile {
  /** What it is. A stage is listed by its manifest, which lists the stage's parts. */
  readonly role:
    | "pipeline"
    | "invocation"
    | "stage"
    | "export"
    | "report"
    | "ledger"
    | "lineage"
    | "failures"
    | "events"
    | "quarantine";
  /** Of the stage, step or report. */
  readonly name: string;
  /** Relative to the run folder, with `/` between folders; absolute for an export outside of it. */
  readonly path: string;
  /** Rows or lines in it, where it has any. */
  readonly rows?: number;
  /** Of the file's bytes. `writeRunJson` fills in the ones that are absent. */
  readonly sha256?: string;
}

/** A third-party component as a run used it: exactly which code. */
export interface PluginUse extends PluginOrigin {
  /** Name in the registry. */
  readonly name: string;
}

/** An input file of a run. */
export interface RunInput {
  /** As the configuration writes it, or as a row completed it. */
  readonly name: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What a run was made from, besides its pipeline and its effects. */
export interface RunOrigin {
  /** Absolute folder against which input paths were resolved. */
  readonly base_dir: string;
  /** Rows that each source gave at most; absent when all of them counted. */
  readonly limit?: number;
  /** Every file that steps and providers read, sorted by name; 10,000 at most. */
  readonly inputs: readonly RunInput[];
  /** Whether there were more; absent when not. */
  readonly inputs_cut?: true;
}

/** What a run comes to. `run.json` holds it, the command line prints it. */
export interface RunSummary {
  /** Id of the run. */
  readonly run_id: string;
  /** Name of the pipeline. */
  readonly name: string;
  /** Absolute path of the run folder, as it is now; `run.json` does not hold it. */
  readonly run_dir: string;
  /** How the run ended. */
  readonly status: RunStatus;
  /** Whether the outputs hold only a part of what the whole run would hold. */
  readonly partial: boolean;
  /** Whether answers came from a cheaper provider since the budget neared its end; absent when none did. */
  readonly degraded?: true;
  /** Answers that came from a fallback of the provider that was asked, by step; absent when none did. */
  readonly fallbacks?: Readonly<Record<string, number>>;
  /** ISO 8601. */
  readonly started_at: string;
  /** Milliseconds from start to end. */
  readonly elapsed_ms: number;
  /** What became of the rows. */
  readonly rows: {
    /** Rows that the sources gave. */
    readonly read: number;
    /** Rows that reached the end. */
    readonly kept: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly failed: Readonly<Record<string, number>>;
    /** Rows that were left out, by reason as for a step; absent when there are none. */
    readonly shed?: Readonly<Record<string, number>>;
  };
  /** Third-party components that were used, and what took the place of another; absent when there are none. */
  readonly plugins?: readonly PluginUse[];
  /** What became of the target; absent when the pipeline has none. */
  readonly target?: TargetResult;
  /** Counts of all steps, in the order of the pipeline. */
  readonly steps: readonly StepProgress[];
  /** Effects that were performed, and effects that came from the store. */
  readonly effects: { readonly performed: number; readonly reused: number };
  /** Chat completions among the effects. */
  readonly calls: { readonly performed: number; readonly reused: number };
  /** Tokens of all effects, whenever they were performed. */
  readonly usage: Usage;
  /** What the effects behind this dataset cost, whenever they were performed; `null` when a price is unknown. */
  readonly cost_usd: number | null;
  /** The part of it that this execution spent. */
  readonly spent_usd: number;
  /** US dollars per row that reached the end; `null` when there is none or a price is unknown. */
  readonly cost_per_kept_usd: number | null;
  /** How far every limit was used by this execution; absent when there is no limit. */
  readonly budgets?: readonly BudgetUse[];
  /** Rows and figures of each stage. */
  readonly stages: readonly {
    readonly stage: string;
    readonly count: number;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
  /** What the gates said; none in a run that was cut short. */
  readonly gates: readonly GateVerdict[];
  /** All files of the run except `run.json`. */
  readonly files: readonly RunFile[];
  /** Where the run came from; absent in runs of earlier releases. */
  readonly origin?: RunOrigin;
  /** Why the run did not end as `done`. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}
