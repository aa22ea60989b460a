import { z } from "zod";
import type { JsonObject } from "../record/mod.ts";
import type { PipelineConfig } from "./pipeline_config.ts";

const NAME_PATTERN = /^[a-z][a-z0-9_]*$/;

const name = z.string().regex(
  NAME_PATTERN,
  "not a name of lower-case letters, digits and underscores, letter first",
);

function nameOf(what: string): z.ZodString {
  return z.string().regex(
    NAME_PATTERN,
    `Expected ${what} name (lower-case letters, digits, underscores; letter first)`,
  );
}

const text = z.string().min(1);
const amount = z.number().min(0);
const count = z.int().min(0);

/** A component's own keys; whether they are right is the component's schema to say. */
const componentConfig = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;

const price = z.strictObject({
  input: amount.describe("Price of input tokens"),
  output: amount.describe("Price of output tokens"),
  cached_input: amount.optional().describe(
    "Price of input tokens that the endpoint had cached; that of `input` if absent",
  ),
});

const hedge = z.strictObject({
  after: z.union([
    z.string().regex(/^p\d{1,2}(\.\d+)?$/, "Expected a quantile such as p95, or milliseconds"),
    z.number().min(1),
  ]).default("p95").describe(
    "When a call takes long: a quantile of the latencies that the endpoint showed, such as `p95`, or milliseconds",
  ),
  max_share: z.number().gt(0).max(1).default(0.05).describe(
    "Share of the calls that may be sent twice, at most",
  ),
  max_usd: amount.optional().describe(
    "US dollars that second copies may cost at worst, in all; not limited beyond the budgets if absent",
  ),
});

const concurrency = z.int().min(1);
const perMinute = z.number().min(1);

const limits = z.strictObject({
  concurrency: concurrency.default(16).describe("Calls in flight at once, at most"),
  adaptive: z.boolean().default(true).describe(
    "Whether fewer calls are sent when the endpoint shows that they are too many: by refusals, by latency, by failing",
  ),
  rpm: perMinute.optional().describe("Calls a minute, at most; not limited if absent"),
  tpm: perMinute.optional().describe(
    "Input and output tokens a minute, at most; not limited if absent",
  ),
  timeout_ms: z.int().min(1).default(120_000).describe("Milliseconds until a call is given up"),
  attempts: z.int().min(1).default(5).describe("How often a call is tried in all"),
  hedge: hedge.optional().describe(
    "Sends calls that take long a second time and takes the first answer; both copies may be paid for. Off if absent",
  ),
});

const spending = {
  usd: amount.optional().describe("US dollars"),
  tokens: count.optional().describe("Input and output tokens together"),
  requests: count.optional().describe("Calls of endpoints"),
  seconds: z.number().gt(0).optional().describe(
    "Wall time: of a run from its start, of a provider or step from its first call",
  ),
};

const stepBudget = z.strictObject({
  ...spending,
  share: z.number().gt(0).max(1).optional().describe(
    "Share of the run's budget that is kept for this step until it is finished: rows of other steps that would need it are shed",
  ),
});

const degrade = z.strictObject({
  to: text.describe("Provider that is asked instead"),
  from: z.number().min(0).max(1).default(0.8).describe(
    "Share of the budget, of the limit that is nearest to its end",
  ),
});

const shed = z.strictObject({
  steps: z.array(text).min(1).describe("Steps that ask models and can be done without"),
  from: z.number().min(0).max(1).default(0.9).describe(
    "Share of the budget, of the limit that is nearest to its end",
  ),
});

const deployment = z.strictObject({
  with: componentConfig.default({}).describe("Keys of the component where they differ from the provider's"),
  limits: z.strictObject({
    concurrency: concurrency.optional().describe(
      "Calls in flight at once, at most; as the provider's if absent",
    ),
    adaptive: z.boolean().optional().describe(
      "Whether fewer calls are sent when they are too many; as the provider's if absent",
    ),
    rpm: perMinute.optional().describe("Calls a minute, at most; as the provider's if absent"),
    tpm: perMinute.optional().describe("Tokens a minute, at most; as the provider's if absent"),
  }).optional().describe("What the gateway keeps to at this deployment"),
  weight: z.number().gt(0).default(1).describe("How much its room counts against that of the others"),
});

const FALLBACK_ON = [
  "rate_limited",
  "overloaded",
  "unavailable",
  "timeout",
  "connection",
  "bad_response",
  "context_window",
] as const;
/** Errors that another provider may not help with, or that whoever runs the pipeline should see at once. */
const FALLBACK_ON_REQUEST = [
  "content_filter",
  "auth",
  "model_not_found",
  "bad_request",
  "recording_missing",
] as const;

const fallback = z.union([
  z.array(name).min(1),
  z.strictObject({
    to: z.array(name).min(1).describe("Providers to ask, in order; their own fallbacks are not followed"),
    on: z.array(z.enum([...FALLBACK_ON, ...FALLBACK_ON_REQUEST])).min(1).default([...FALLBACK_ON]).describe(
      "Codes of provider errors, without their family, on which the next one is asked; in place of the default",
    ),
  }),
]).transform((fallback) => "to" in fallback ? fallback : { to: fallback, on: [...FALLBACK_ON] });

const provider = z.strictObject({
  use: text.describe("Name of the provider component"),
  with: componentConfig.default({}).describe("Configuration of the component; see the component's own keys"),
  price: price.optional().describe(
    "US dollars per million tokens; needed for a money budget and for cost reports",
  ),
  record: text.optional().describe(
    "File to which this run's answers are recorded, relative to the pipeline file; `use: replay` reads it",
  ),
  budget: z.strictObject(spending).optional().describe(
    "What calls of this provider may spend, within the budget of the run",
  ),
  deployments: z.array(deployment).min(1).optional().describe(
    "Keys or addresses at which the same model is asked; each call goes to the one with the most room",
  ),
  endpoint_id: text.optional().describe(
    "Identity of the endpoint in effect keys, in place of the address of the first deployment",
  ),
  fallback: fallback.optional().describe(
    "Providers that are asked, in order, when a call of this one has failed for good; a list of names, or `to` and `on`",
  ),
  limits: limits.prefault({}).describe("What the gateway keeps to; changes no answer"),
});

const oneOrMoreSteps = z.union([name, z.array(name).min(1)]).transform((from) =>
  typeof from === "string" ? [from] : from
);

const route = z.strictObject({
  cases: z.array(z.strictObject({
    when: text.describe("CEL expression over the row that leaves the step"),
    to: oneOrMoreSteps.describe("Step, or list of steps, that gets the row"),
  })).min(1).optional().describe("The first case that holds decides who gets a row"),
  otherwise: oneOrMoreSteps.optional().describe(
    "Step, or list of steps, that gets a row for which no case holds; it is rejected with `no_route` if absent",
  ),
  sample: z.int().min(1).optional().describe(
    "Gives each row to so many of the steps that read this one, drawn by seed and row id",
  ),
  weights: z.record(name, z.number().gt(0)).optional().describe(
    "How likely `sample` draws each step, against the others; 1 if absent",
  ),
  provider: text.optional().describe(
    "CEL expression that names a provider: a row goes to the steps that ask it",
  ),
}).superRefine(({ cases, otherwise, sample, weights, provider }, context) => {
  const ways = [cases, sample, provider].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    context.addIssue({ code: "custom", message: "a route has one of cases, sample and provider" });
  }
  if (otherwise !== undefined && cases === undefined) {
    context.addIssue({ code: "custom", path: ["otherwise"], message: "otherwise goes with cases" });
  }
  if (weights !== undefined && sample === undefined) {
    context.addIssue({ code: "custom", path: ["weights"], message: "weights go with sample" });
  }
});

const join = z.strictObject({
  lists: z.array(text).default([]).describe(
    "Columns of which the joined row has a list, one value a row, in the order of `from`",
  ),
  on_conflict: z.enum(["fail", "first"]).default("fail").describe(
    "Where branches disagree on another column: `fail` fails the row, `first` takes the value of the branch named first",
  ),
  missing: z.enum(["reject", "keep"]).default("reject").describe(
    "Where a branch dropped the row: `reject` ends it as `branch_missing`, `keep` joins what there is, null for the rest",
  ),
});

const step = z.strictObject({
  use: text.describe("Name of the step or task component"),
  with: componentConfig.default({}).describe("Configuration of the component; see the component's own keys"),
  provider: text.optional().describe("Name of the provider that a task asks"),
  budget: stepBudget.optional().describe(
    "What the calls of this step may spend, within the budget of the run",
  ),
  from: oneOrMoreSteps.optional().describe(
    "Step that it reads, or a list of steps; the one before it if absent",
  ),
  when: text.optional().describe(
    "CEL expression over the row that comes in: where it is false the row passes by, with null in the columns that the step adds",
  ),
  route: route.optional().describe("Which of the steps that read this one gets a row; all of them if absent"),
  join: join.optional().describe(
    "Makes one row of the rows from `from` that stem from one row, before the step takes it up",
  ),
  stage: name.optional().describe("Name under which its output is written as a stage"),
  timeout_ms: z.int().min(1).optional().describe(
    "Milliseconds that a row, or a batch, may take in a step that asks no model; not limited if absent",
  ),
  on_error: z.enum(["drop", "fail", "keep"]).default("drop").describe(
    "What a failed row does: `drop` puts it into the ledger, `fail` stops the run, `keep` lets it pass with the reason " +
      "in the column `<step>_error`",
  ),
  max_failure_rate: z.number().min(0).max(1).default(0.5).describe(
    "Share of its rows that may fail, kept or not, before the run counts as failed",
  ),
});

const baselineKeys = z.strictObject({
  run: text.describe("Run to compare with: id, beginning of an id, name of a pipeline, tag, or `latest`"),
  margin: amount.default(0).describe("By how much the metric may be worse"),
  alpha: z.number().gt(0).lt(1).default(0.05).describe("How likely a false alarm may be"),
  better: z.enum(["higher", "lower"]).default("higher").describe(
    "Whether a higher or a lower value is better",
  ),
  pair_by: z.array(text).min(1).optional().describe(
    "Columns whose values tell which rows of both runs belong together; `sample_id` if absent, where that pairs them",
  ),
  if_missing: z.enum(["fail", "pass"]).default("fail").describe("What it means that there is no such run"),
});

const baseline = z.union([text, baselineKeys]).transform((baseline) =>
  typeof baseline === "string" ? baselineKeys.parse({ run: baseline }) : baseline
);

const gate = z.strictObject({
  stage: text.describe("Stage whose metric is looked at"),
  metric: text.describe(
    "Metric, such as `count`, `exec_pass_rate`, `score_mean`, `score_p10`, or a name of `metrics`",
  ),
  min: z.number().optional().describe("Least value that holds"),
  max: z.number().optional().describe("Greatest value that holds"),
  between: z.array(z.number()).length(2).optional().describe("Least and greatest value that hold"),
  confidence: z.number().gt(0).lt(1).optional().describe(
    "Such as 0.95: the ends of the interval of this confidence are held against the limits, not the value",
  ),
  min_total: count.optional().describe(
    "Rows that the stage must have for the gate to hold at all; with `by`, rows that a group must have to be judged",
  ),
  by: text.optional().describe("Column by whose values the rows are parted; each group is judged"),
  no_worse_than: baseline.optional().describe(
    "Run that this one must not be worse than, by a significance test; its name, or `run` with the keys below",
  ),
  severity: z.enum(["fail", "warn"]).default("fail").describe(
    "What a gate that does not hold does: `fail` fails the run, `warn` only says so",
  ),
}).superRefine(({ min, max, between, confidence, no_worse_than }, context) => {
  const wrong = (message: string, path?: string) =>
    context.addIssue({ code: "custom", message, ...(path === undefined ? {} : { path: [path] }) });
  const hasLimit = min !== undefined || max !== undefined || between !== undefined;
  if (!hasLimit && no_worse_than === undefined) {
    wrong("a gate needs min, max, between or no_worse_than");
  } else if (between !== undefined && (min !== undefined || max !== undefined)) {
    wrong("between stands for min and max: leave them out", "between");
  } else if (confidence !== undefined && !hasLimit) {
    wrong("confidence is about min, max or between, and the gate has none of them", "confidence");
  }
  if (min !== undefined && max !== undefined && min > max) wrong(`max is below min, which is ${min}`, "max");
  if (between !== undefined && between[0]! > between[1]!) {
    wrong("the second value of between is below the first", "between");
  }
});

const TWO_COLUMNS = ["swap_consistency", "cohen_kappa", "pearson", "spearman", "kendall"];
const METRIC_KINDS = [
  "agreement",
  "swap_consistency",
  "cohen_kappa",
  "fleiss_kappa",
  "krippendorff_alpha",
  "pearson",
  "spearman",
  "kendall",
] as const;

const metric = z.strictObject({
  stage: text.describe("Stage whose rows it is about"),
  kind: z.enum(METRIC_KINDS).describe("What it says; see the page on gates"),
  columns: z.array(text).min(2).describe(
    "Columns, one for each rater; two, or more where the kind allows it",
  ),
  weights: z.enum(["none", "linear", "quadratic"]).optional().describe(
    "Of `cohen_kappa`: how much the distance of two categories counts; `none` if absent",
  ),
  level: z.enum(["nominal", "ordinal", "interval"]).optional().describe(
    "Of `krippendorff_alpha`: whether values are names, ranks or numbers; `nominal` if absent",
  ),
  order: z.array(z.union([z.string(), z.number()])).min(2).optional().describe(
    "Categories in their order, for weights and ranks; numbers in their order if absent",
  ),
  swap: z.record(text, z.string()).optional().describe(
    "Of `swap_consistency`: what an answer becomes when both sides change places; `{A: B, B: A}` if absent",
  ),
}).superRefine(({ kind, columns, ...given }, context) => {
  const wrong = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (TWO_COLUMNS.includes(kind) && columns.length !== 2) {
    wrong("columns", `${kind} is about two columns, found ${columns.length}`);
  }
  if (new Set(columns).size < columns.length) wrong("columns", "a column is named twice");
  const owners = {
    weights: ["cohen_kappa"],
    level: ["krippendorff_alpha"],
    order: ["cohen_kappa", "krippendorff_alpha"],
    swap: ["swap_consistency"],
  };
  for (const [key, kinds] of Object.entries(owners)) {
    if (given[key as keyof typeof owners] === undefined || kinds.includes(kind)) continue;
    wrong(key, `only ${kinds.join(" and ")} takes ${key}, and the kind is ${kind}`);
  }
});

const budget = z.strictObject({
  ...spending,
  degrade: degrade.optional().describe("Asks a cheaper provider from a share of the budget on"),
  shed: shed.optional().describe("Ends the rows that reach optional steps from a share of the budget on"),
});

const target = z.strictObject({
  accepted: z.int().min(1).describe("Rows that are wanted; the run ends once it has so many"),
  max_candidates: z.int().min(1).optional().describe(
    "Source rows that may be taken up for them, at most; as many as the sources have if absent",
  ),
  stage: name.optional().describe(
    "Stage whose rows are counted; if absent, the rows that reach the end, before they are written",
  ),
});

const cache = z.strictObject({
  salt: text.optional().describe(
    "Part of the key of every effect: with another text, everything is asked for anew",
  ),
});

const store = z.strictObject({
  durability: z.enum(["full", "normal"]).default("normal").describe(
    "What a recorded effect survives: `normal` the end of the process, `full` a power failure too",
  ),
});

const watchdog = z.strictObject({
  stall_seconds: z.number().min(0).default(60).describe(
    "Seconds without any movement after which the run ends as stalled, naming what holds it up; 0 never",
  ),
});

const report = z.strictObject({
  group_by: z.array(text).default([]).describe("Columns by which quality is broken down"),
});

/** The version of pipeline files that this release reads. */
export const PIPELINE_VERSION = 1;

/** The whole pipeline file. */
export const pipelineSchema: z.ZodType<PipelineConfig> = z.strictObject({
  version: z.literal(PIPELINE_VERSION).describe("Version of the file format"),
  name: text.describe("Name of the pipeline, for people and reports"),
  description: z.string().optional().describe("What the pipeline is for"),
  seed: count.default(0).describe(
    "Seed of everything random; other seeds give other, equally reproducible runs",
  ),
  variables: z.record(nameOf("a variable"), z.json()).default({}).describe(
    "Values by name, for `${var:NAME}` anywhere in the file",
  ),
  providers: z.record(nameOf("a provider"), provider).default({}).describe(
    "Models that tasks may ask, by name",
  ),
  budget: budget.default({}).describe("What a run may spend; what is absent is not limited"),
  target: target.optional().describe(
    "How many rows are wanted: source rows are taken up until exactly so many were accepted; all of them if absent",
  ),
  concurrency: z.int().min(1).optional().describe(
    "Model calls in flight at once over all providers and steps, at most; not limited beyond the providers' if absent",
  ),
  cache: cache.optional().describe("What decides whether an answer that is recorded serves again"),
  store: store.optional().describe("How effects are kept; changes no answer"),
  steps: z.record(nameOf("a step"), step).describe(
    "Steps by name, in order; each reads the one before it unless it says `from`",
  ),
  metrics: z.record(nameOf("a metric"), metric).optional().describe(
    "Metrics that rest on several columns, such as the agreement of judges, by name",
  ),
  gates: z.array(gate).default([]).describe("Conditions on metrics of stages, checked at the end of a run"),
  report: report.prefault({}).describe("What reports show besides totals"),
  watchdog: watchdog.prefault({}).describe("When a run that stands still is ended; changes no answer"),
});
