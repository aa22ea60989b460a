/**
 * How far a figure of an estimate can be relied on: `exact`; `estimate`, from a sample of the rows; `at_most`, since what
 * comes before was not seen and may drop rows; `at_least`, since a source cannot say how many rows it has.
 */
export type EstimateBasis = "exact" | "estimate" | "at_most" | "at_least";

/** Rows of one step, as far as they can be told before a run. */
export interface RowEstimate {
  /** Name in the pipeline. */
  readonly step: string;
  /** Rows that reach it; of a source, rows that it gives. */
  readonly rows_in: number;
  /** Rows that leave it. */
  readonly rows_out: number;
  /** How far `rows_in` can be relied on. */
  readonly basis: EstimateBasis;
}

/** What one task would ask of a model. US dollars, tokens of input and output. */
export interface CallEstimate {
  /** Name of the step in the pipeline. */
  readonly step: string;
  /** Name of the provider in the pipeline. */
  readonly provider: string;
  /** Providers that are asked where that one fails, in order; absent where there are none. */
  readonly fallback?: readonly string[];
  /** How far the figures can be relied on. */
  readonly basis: EstimateBasis;
  /** Samples that the task wants, each one an effect. */
  readonly calls: number;
  /** The part of them that the effect store holds. */
  readonly recorded: number;
  /** Prompts that the figures come from. */
  readonly prompts: number;
  /** Of one prompt, on average; `null` where no prompt could be made. */
  readonly prompt_tokens: number | null;
  /** Longest answer; the runtime's assumption where the task does not limit it. */
  readonly max_tokens: number;
  /** Whether the task sets `max_tokens`. */
  readonly is_limited: boolean;
  /** Of the calls that are not recorded; a prompt counts once for all samples of a row. */
  readonly input_tokens: number | null;
  /** Of the calls that are not recorded, if every answer were as long as it may be. */
  readonly output_tokens_max: number;
  /** What that costs at the dearest provider of the chain; `null` where a price or the prompt is unknown. */
  readonly cost_usd_max: number | null;
}

/** What a budget limit says to the estimate. */
export interface BudgetVerdict {
  /** What the budget counts. */
  readonly of: "usd" | "tokens" | "requests";
  /** How much of it the budget allows. */
  readonly limit: number;
  /** At most, if every answer were as long as it may be; `null` where it is unknown. */
  readonly needs: number | null;
  /** `exceeds`: the prompts alone are more than it allows; `may_exceed`: it depends on the length of the answers. */
  readonly verdict: "fits" | "may_exceed" | "exceeds" | "unknown";
}

/** What a target would take. */
export interface TargetEstimate {
  /** Name of the step whose rows are counted. */
  readonly step: string;
  /** Rows that the target wants. */
  readonly wanted: number;
  /** Rows that all candidates come to, up to those that are wanted. */
  readonly accepted: number;
  /** Source rows that are taken up for them, if the steps let through the share that they let through of the sample. */
  readonly candidates: number;
  /** Source rows that may be taken up: what the figures of rows and calls are for. */
  readonly candidates_max: number;
  /** `at_least` where a model comes before, since its answers may have rows dropped; `estimate` otherwise. */
  readonly basis: EstimateBasis;
  /** Calls with so many candidates. */
  readonly calls: number;
}

/** What a run would take, told without a call. */
export interface RunEstimate {
  /** Id that the run would have. */
  readonly run_id: string;
  /** Rows that each source gives at most; `null` where all count. */
  readonly limit: number | null;
  /** Which rows were taken through the steps before the first model, and how many each source has. */
  readonly sources: readonly {
    readonly step: string;
    /** `null` where the source cannot say. */
    readonly rows: number | null;
    readonly sampled: number;
  }[];
  /** All steps, in the order of the pipeline. */
  readonly rows: readonly RowEstimate[];
  /** All steps that ask a model, in the order of the pipeline. */
  readonly tasks: readonly CallEstimate[];
  /** Of all tasks together. */
  readonly total: {
    readonly calls: number;
    readonly recorded: number;
    readonly input_tokens: number | null;
    readonly output_tokens_max: number;
    readonly cost_usd_max: number | null;
  };
  /** Names of providers without a price. */
  readonly unpriced: readonly string[];
  /** Of the pipeline's target; absent when it has none. */
  readonly target?: TargetEstimate;
  /** One for each limit that the pipeline sets. */
  readonly budget: readonly BudgetVerdict[];
  /** Tokenizer behind the tokens of prompts. */
  readonly tokenizer: string;
}
