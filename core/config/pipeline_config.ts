import type { Price } from "../provider/mod.ts";
import type { JsonObject } from "../record/mod.ts";

/**
 * How a step's failed rows are treated: `drop` puts them into the ledger, `fail` stops the run at the first, `keep` lets
 * them pass, with null in what the step adds and the reason in the column `<step>_error`.
 */
export type OnError = "drop" | "fail" | "keep";

/** Who gets the rows that leave a step; it has `cases`, `sample` or `provider`. */
export interface RouteConfig {
  /** The first that holds decides. */
  readonly cases?: readonly { readonly when: string; readonly to: readonly string[] }[];
  /** Who gets a row for which no case holds. @default {nobody: it is rejected with `no_route`} */
  readonly otherwise?: readonly string[];
  /** How many of the steps that read this one get a row. */
  readonly sample?: number;
  /** How likely each of them is drawn, against the others. @default {1} */
  readonly weights?: Readonly<Record<string, number>>;
  /** CEL expression that names a provider: the steps that ask it get the row. */
  readonly provider?: string;
}

/** How rows that stem from one row become one. */
export interface JoinConfig {
  /** Columns of which the joined row has a list of all values. */
  readonly lists: readonly string[];
  /** What happens where branches disagree on another column. @default {"fail"} */
  readonly on_conflict: "fail" | "first";
  /** What happens where a branch dropped the row. @default {"reject"} */
  readonly missing: "reject" | "keep";
}

/** Upper limits on what calls spend; what is absent is not limited. */
export interface SpendingConfig {
  /** US dollars. */
  readonly usd?: number;
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** Calls of endpoints. */
  readonly requests?: number;
  /** Seconds of wall time: of a run from its start, of a provider or step from its first call. */
  readonly seconds?: number;
}

/** What the calls of a step may spend. */
export interface StepBudgetConfig extends SpendingConfig {
  /**
   * Share of each limit of the run's budget that is kept for the step until it is finished; what it did not use then goes
   * to the others. Rows of other steps that would need it before are shed.
   */
  readonly share?: number;
}

/** Codes of the family `provider` on which another provider may be asked, without the name of the family. */
export type FallbackCode =
  | "rate_limited"
  | "overloaded"
  | "unavailable"
  | "timeout"
  | "connection"
  | "bad_response"
  | "context_window"
  | "content_filter"
  | "auth"
  | "model_not_found"
  | "bad_request"
  | "recording_missing";

/** Who is asked when a call of a provider has failed for good. */
export interface FallbackConfig {
  /** Names of providers, in order. Their own fallbacks are not followed. */
  readonly to: readonly string[];
  /** Errors on which the next one is asked; with any other the call has failed. */
  readonly on: readonly FallbackCode[];
}

/** What the gateway keeps to at one deployment. */
export type DeploymentLimits = Pick<ProviderLimits, "concurrency" | "adaptive" | "rpm" | "tpm">;

/** One of several places, or keys, at which the same model is asked. */
export interface DeploymentConfig {
  /** Configuration of the component where it differs from the provider's. */
  readonly with: JsonObject;
  /** What the gateway keeps to at this deployment. @default {the provider's} */
  readonly limits?: Partial<DeploymentLimits>;
  /** How much its room counts against that of the others. @default {1} */
  readonly weight: number;
}

/** A provider as the pipeline file states it. */
export interface ProviderConfig {
  /** Name of the provider component. */
  readonly use: string;
  /** Configuration of the component. */
  readonly with: JsonObject;
  /** US dollars per million tokens. */
  readonly price?: Price;
  /** File to which this run's answers are recorded, relative to the pipeline file, to be replayed with `use: replay`. */
  readonly record?: string;
  /** What calls of this provider may spend, within the budget of the run. */
  readonly budget?: SpendingConfig;
  /** Places or keys at which the model is asked, balanced by the room that each has. */
  readonly deployments?: readonly DeploymentConfig[];
  /** Identity of the endpoint in effect keys. @default {that of the first deployment} */
  readonly endpoint_id?: string;
  /** Who is asked when a call of this provider has failed for good. */
  readonly fallback?: FallbackConfig;
  /** What the gateway keeps to. */
  readonly limits: ProviderLimits;
}

/** What the gateway keeps to. None of it changes an answer, so none of it is part of an effect key or a signature. */
export interface ProviderLimits {
  /** Calls in flight at once. @default {16} */
  readonly concurrency: number;
  /** Whether fewer calls are sent at once when the endpoint shows that they are too many. @default {true} */
  readonly adaptive: boolean;
  /** Calls a minute; not limited when absent. */
  readonly rpm?: number | undefined;
  /** Input and output tokens a minute; not limited when absent. */
  readonly tpm?: number | undefined;
  /** Milliseconds until a call is given up. @default {120000} */
  readonly timeout_ms: number;
  /** How often a call is tried in all. @default {5} */
  readonly attempts: number;
  /** Sends calls that take long a second time. @default {never} */
  readonly hedge?: HedgeConfig | undefined;
}

/** When a call is sent a second time, and how much of that there may be. The first answer is taken and recorded. */
export interface HedgeConfig {
  /** A quantile of the latencies that the endpoint showed, such as `p95`, or milliseconds. @default {"p95"} */
  readonly after: string | number;
  /** Share of the calls that may be sent twice. @default {0.05} */
  readonly max_share: number;
  /** US dollars that second copies may cost at worst, in all. @default {not limited beyond the budgets} */
  readonly max_usd?: number | undefined;
}

/** A step as the pipeline file states it. */
export interface StepConfig {
  /** Name of the step or task component. */
  readonly use: string;
  /** Configuration of the component. */
  readonly with: JsonObject;
  /** Name of the provider that a task asks. */
  readonly provider?: string;
  /** What the calls of this step may spend, within the budget of the run. */
  readonly budget?: StepBudgetConfig;
  /** The steps that it reads; the one before it when absent. */
  readonly from?: readonly string[];
  /** CEL expression: where it is false, the row passes by. */
  readonly when?: string;
  /** Which of the steps that read it gets a row. @default {all of them} */
  readonly route?: RouteConfig;
  /** How rows of several inputs that stem from one row become one. */
  readonly join?: JoinConfig;
  /** Name under which its output is materialised. */
  readonly stage?: string;
  /** Milliseconds that a row, or a batch, may take in a step that asks no model; not limited when absent. */
  readonly timeout_ms?: number;
  /** What a failed row does to the run. @default {"drop"} */
  readonly on_error: OnError;
  /** Share of its rows that may fail before the run counts as failed. @default {0.5} */
  readonly max_failure_rate: number;
}

/** A condition on a metric of a stage. */
export interface GateConfig {
  /** Name of the stage. */
  readonly stage: string;
  /** Such as `count`, `exec_pass_rate`, `score_mean`, `score_p10`, or the name of an entry of `metrics`. */
  readonly metric: string;
  /** Least value that holds. */
  readonly min?: number;
  /** Greatest value that holds. */
  readonly max?: number;
  /** Least and greatest value that hold, in place of `min` and `max`. */
  readonly between?: readonly number[];
  /** Share, such as 0.95: the ends of the interval of this confidence are held against the limits, not the value. */
  readonly confidence?: number;
  /** Rows that the stage must have for the gate to hold at all; with `by`, rows that a group must have to be judged. */
  readonly min_total?: number;
  /** Column by whose values the rows are parted; each group is judged. */
  readonly by?: string;
  /** A run that this one must not be worse than. */
  readonly no_worse_than?: BaselineConfig;
  /** What a gate that does not hold does to the run. @default {"fail"} */
  readonly severity: "fail" | "warn";
}

/** A run that a metric is compared with, and how. */
export interface BaselineConfig {
  /** A run, as the command line names one: id, beginning of an id, name of a pipeline, tag, or `latest`. */
  readonly run: string;
  /** By how much the metric may be worse. @default {0} */
  readonly margin: number;
  /** How likely a false alarm may be. @default {0.05} */
  readonly alpha: number;
  /** Whether a higher or a lower value is better. @default {"higher"} */
  readonly better: "higher" | "lower";
  /** Columns whose values tell which rows of both runs belong together. @default {["sample_id"], where that pairs them} */
  readonly pair_by?: readonly string[];
  /** What it means that there is no such run. @default {"fail"} */
  readonly if_missing: "fail" | "pass";
}

/** What a metric of `metrics` says. */
export type MetricKind =
  | "agreement"
  | "swap_consistency"
  | "cohen_kappa"
  | "fleiss_kappa"
  | "krippendorff_alpha"
  | "pearson"
  | "spearman"
  | "kendall";

/** A metric that rests on several columns. */
export interface MetricConfig {
  /** Name of the stage. */
  readonly stage: string;
  /** What it says. */
  readonly kind: MetricKind;
  /** The columns: two, or more where the kind allows it. */
  readonly columns: readonly string[];
  /** Of `cohen_kappa`: how much the distance of two categories counts. @default {"none"} */
  readonly weights?: "none" | "linear" | "quadratic";
  /** Of `krippendorff_alpha`: whether values are names, ranks or numbers. @default {"nominal"} */
  readonly level?: "nominal" | "ordinal" | "interval";
  /** The categories in their order, for weights and ranks. @default {numbers in their order} */
  readonly order?: readonly (string | number)[];
  /** Of `swap_consistency`: what an answer becomes when both sides change places. @default {A and B} */
  readonly swap?: Readonly<Record<string, string>>;
}

/** What a run may spend. */
export interface BudgetConfig extends SpendingConfig {
  /** Which provider is asked once the budget nears its end. */
  readonly degrade?: DegradeConfig;
  /** Which steps ask nothing any more once the budget nears its end. */
  readonly shed?: ShedConfig;
}

/** Asks a cheaper provider from a share of the run's budget on. */
export interface DegradeConfig {
  /** Name of the provider. */
  readonly to: string;
  /** Share of the limit that is nearest to its end. @default {0.8} */
  readonly from: number;
}

/** Ends the rows that reach optional steps from a share of the run's budget on. */
export interface ShedConfig {
  /** Names of steps. */
  readonly steps: readonly string[];
  /** Share of the limit that is nearest to its end. @default {0.9} */
  readonly from: number;
}

/** How many rows a run is to come to. */
export interface TargetConfig {
  /** Rows that are wanted; exactly so many are kept. */
  readonly accepted: number;
  /** Source rows that may be taken up for them. @default {as many as the sources have} */
  readonly max_candidates?: number | undefined;
  /** Stage whose rows are counted. @default {the rows that reach the end, before they are written} */
  readonly stage?: string | undefined;
}

/** What decides whether an answer that is recorded serves again. */
export interface CacheConfig {
  /** Part of the key of every effect: with another text, everything is asked for anew. */
  readonly salt?: string;
}

/** How effects are kept. Changes no answer. */
export interface StoreConfig {
  /** What a recorded effect survives: with `normal` the end of the process, with `full` a power failure too. */
  readonly durability: "full" | "normal";
}

/** What reports show besides totals. */
export interface ReportConfig {
  /** Columns by which quality is broken down. */
  readonly group_by: readonly string[];
}

/** A pipeline, validated, with defaults filled in. The same whether it came from YAML or from TypeScript. */
export interface PipelineConfig {
  /** Version of the file format. */
  readonly version: 1;
  /** Name of the pipeline. */
  readonly name: string;
  /** What the pipeline is for. */
  readonly description?: string;
  /** Seed of everything random. @default {0} */
  readonly seed: number;
  /** Values that `${var:NAME}` stood for. */
  readonly variables: JsonObject;
  /** Models that tasks may ask, by name. */
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** What a run may spend. */
  readonly budget: BudgetConfig;
  /** How many rows are wanted. @default {what all source rows come to} */
  readonly target?: TargetConfig | undefined;
  /** Model calls in flight at once over all providers and steps. @default {not limited beyond the providers'} */
  readonly concurrency?: number | undefined;
  /** What decides whether an answer that is recorded serves again. */
  readonly cache?: CacheConfig;
  /** How effects are kept. */
  readonly store?: StoreConfig;
  /** In the order of the file; a step reads the one before it unless it says `from`. */
  readonly steps: Readonly<Record<string, StepConfig>>;
  /** Metrics that rest on several columns, by name. @default {none} */
  readonly metrics?: Readonly<Record<string, MetricConfig>> | undefined;
  /** Conditions on metrics of stages. */
  readonly gates: readonly GateConfig[];
  /** What reports show besides totals. */
  readonly report: ReportConfig;
  /** When a run that stands still is ended. */
  readonly watchdog: WatchdogConfig;
}

/** When a run that stands still is ended. */
export interface WatchdogConfig {
  /** Seconds without any movement; 0 never. @default {60} */
  readonly stall_seconds: number;
}
