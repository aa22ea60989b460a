import { isJsonObject, type JsonObject } from "../record/mod.ts";
import type { Component } from "../registry/mod.ts";
import { currentDirectory, readEnv as readProcessEnv } from "../runtime/mod.ts";
import type { StepSpec } from "../step/mod.ts";
import type { Price } from "../provider/mod.ts";
import { checkConfigTree } from "./_config_tree.ts";
import { finishPipeline } from "./_finish_pipeline.ts";
import { formatKeyPath } from "./_key_path.ts";
import { valueAt } from "./_merge.ts";
import { PIPELINE_VERSION } from "./_pipeline_schema.ts";
import type { KeyPath, LoadedPipeline, Provenance } from "./loaded_pipeline.ts";
import type {
  BaselineConfig,
  CacheConfig,
  DegradeConfig,
  DeploymentConfig,
  FallbackConfig,
  GateConfig,
  JoinConfig,
  MetricConfig,
  OnError,
  ProviderLimits,
  ReportConfig,
  RouteConfig,
  ShedConfig,
  SpendingConfig,
  StepBudgetConfig,
  StoreConfig,
  TargetConfig,
  WatchdogConfig,
} from "./pipeline_config.ts";

/** A provider as a TypeScript pipeline states it; what is absent has the default of the pipeline file. */
export interface ProviderInput {
  /** Name of the provider component. */
  readonly use: string;
  /** Configuration of the component. @default {{}} */
  readonly with?: JsonObject;
  /** US dollars per million tokens. */
  readonly price?: Price;
  /** File to which answers are recorded, relative to the base folder. */
  readonly record?: string;
  /** What calls of this provider may spend. */
  readonly budget?: SpendingConfig;
  /** Places or keys at which the model is asked, balanced by the room that each has. */
  readonly deployments?: readonly Partial<DeploymentConfig>[];
  /** Identity of the endpoint in effect keys. @default {that of the first deployment} */
  readonly endpoint_id?: string;
  /** Providers that are asked, in order, when a call of this one has failed for good. */
  readonly fallback?: readonly string[] | Pick<Partial<FallbackConfig>, "on"> & Pick<FallbackConfig, "to">;
  /** What the gateway keeps to. */
  readonly limits?: Partial<ProviderLimits>;
}

/** What a run may spend, as a TypeScript pipeline states it. */
export interface BudgetInput<Providers extends string = string> extends SpendingConfig {
  /** Which provider is asked once the budget nears its end. */
  readonly degrade?: Pick<Partial<DegradeConfig>, "from"> & { readonly to: Providers };
  /** Which steps ask nothing any more once the budget nears its end. */
  readonly shed?: Pick<Partial<ShedConfig>, "from"> & Pick<ShedConfig, "steps">;
}

/** What a pipeline is, besides its steps. */
export interface PipelineInput<Providers extends string> {
  /** Name of the pipeline, for people and reports. */
  readonly name: string;
  /** What the pipeline is for. */
  readonly description?: string;
  /** Seed of everything random. @default {0} */
  readonly seed?: number;
  /** Models that tasks may ask, by name. */
  readonly providers?: Readonly<Record<Providers, ProviderInput>>;
  /** What a run may spend. */
  readonly budget?: BudgetInput<NoInfer<Providers>>;
  /** How many rows are wanted. @default {what all source rows come to} */
  readonly target?: TargetConfig;
  /** What decides whether an answer that is recorded serves again. */
  readonly cache?: CacheConfig;
  /** How effects are kept. */
  readonly store?: StoreConfig;
  /** Metrics that rest on several columns, by name. */
  readonly metrics?: Readonly<Record<string, MetricConfig>>;
  /** What reports show besides totals. */
  readonly report?: Partial<ReportConfig>;
  /** When a run that stands still is ended. */
  readonly watchdog?: Partial<WatchdogConfig>;
  /** Folder at which input paths start. @default {the current directory} */
  readonly baseDir?: string;
}

/** How a step stands in its pipeline. */
export interface StepPlace<Providers extends string, From extends string> {
  /** Name of the provider that a task asks. */
  readonly provider?: Providers;
  /** What the calls of this step may spend. */
  readonly budget?: StepBudgetConfig;
  /** The steps that it reads. @default {the one before it} */
  readonly from?: From | readonly From[];
  /** CEL expression over the row that comes in: where it is false the row passes by. @default {always true} */
  readonly when?: string;
  /** Which of the steps that read this one gets a row. @default {all of them} */
  readonly route?: RouteConfig;
  /** How rows of several inputs that stem from one row become one. @default {they stay apart} */
  readonly join?: Partial<JoinConfig>;
  /** Name under which its output is written as a stage. */
  readonly stage?: string;
  /** What a failed row does to the run. @default {"drop"} */
  readonly on_error?: OnError;
  /** Milliseconds that a row, or a batch, may take in a step that asks no model. @default {not limited} */
  readonly timeout_ms?: number;
  /** Share of its rows that may fail before the run counts as failed. @default {0.5} */
  readonly max_failure_rate?: number;
}

/** A gate as a TypeScript pipeline states it. */
export interface GateInput extends Omit<GateConfig, "severity" | "between" | "no_worse_than"> {
  /** Least and greatest value that hold. */
  readonly between?: readonly [number, number];
  /** A run that this one must not be worse than, by name or with how it is compared. */
  readonly no_worse_than?: string | Partial<BaselineConfig> & Pick<BaselineConfig, "run">;
  /** What a gate that does not hold does to the run. @default {"fail"} */
  readonly severity?: GateConfig["severity"];
}

/** The columns that all rows of a union have. */
export type CommonColumns<Rows> = { readonly [Column in keyof Rows & string]: Rows[Column] };

/** A row with the columns of a step added; a column that was there takes the type that the step gives it. */
export type WithColumns<Current, Added> = {
  readonly [Column in (keyof Current | keyof Added) & string]: Column extends keyof Added ? Added[Column]
    : Column extends keyof Current ? Current[Column]
    : never;
};

/** The row that reaches a step: of the steps it names, or of the one before it. */
export type RowInto<Steps, Current, From> = [From] extends [never] ? Current
  : CommonColumns<Steps[From & keyof Steps]>;

/** What a step must be besides: nothing when the rows that reach it have what it reads, otherwise something that it is not. */
export type FittingSpec<In, Reaching> = [Reaching] extends [In] ? unknown : StepSpec<Reaching, unknown>;

/** The row that leaves a step. A step that reads nothing (`In` is `unknown`) is a source: its rows are its own. */
export type RowOutOf<In, Added, Reaching> = unknown extends In ? WithColumns<Record<never, never>, Added>
  : WithColumns<Reaching, Added>;

/**
 * A pipeline in the making. Every call gives a new one. `Steps` holds the rows that each step gives, `Current` those
 * of the last one; both exist for the compiler only.
 */
export interface PipelineBuilder<Providers extends string, Steps, Current> {
  /**
   * Adds a step. It compiles when the rows that reach it have the columns that the step reads.
   *
   * @throws {TypeError} when the name is taken
   */
  readonly step: <Name extends string, In, Added, From extends keyof Steps & string = never>(
    name: Name,
    spec: StepSpec<In, Added> & FittingSpec<In, RowInto<Steps, Current, From>>,
    place?: StepPlace<Providers, From>,
  ) => PipelineBuilder<
    Providers,
    Steps & { readonly [Key in Name]: RowOutOf<In, Added, RowInto<Steps, Current, From>> },
    RowOutOf<In, Added, RowInto<Steps, Current, From>>
  >;
  /** Adds a condition on a stage. */
  readonly gate: (gate: GateInput) => PipelineBuilder<Providers, Steps, Current>;
  /**
   * Checks the pipeline and makes it ready to run. `${env:NAME}` is replaced as in a pipeline file.
   *
   * @throws {FastDistillError} `config.*`, the first with the others as `related`
   */
  readonly build: (options?: { readonly readEnv?: (name: string) => string | undefined }) => LoadedPipeline;
}

/** What stands for a file where TypeScript is the place of an error. */
const CODE_FILE = "definePipeline";

/**
 * Builds in TypeScript what a pipeline file states in YAML. The compiler follows the columns of the rows through the
 * steps: a step that reads a column that nothing before it provides does not compile, nor does an unknown provider.
 *
 * @example
 * ```ts
 * import { definePipeline, stepSpec } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const readQuestions = stepSpec<unknown, { question: string }>("read_jsonl", { path: "questions.jsonl" });
 * const answer = stepSpec<{ question: string }, { generation: string }>("text_generation", {
 *   template: "{{ question }}",
 * });
 *
 * const pipeline = definePipeline({
 *   name: "tiny",
 *   providers: { teacher: { use: "replay", with: { recording: "teacher.jsonl" } } },
 * })
 *   .step("questions", readQuestions)
 *   .step("teach", answer, { provider: "teacher", stage: "answers" })
 *   .gate({ stage: "answers", metric: "count", min: 1 })
 *   .build();
 * assertEquals(Object.keys(pipeline.config.steps), ["questions", "teach"]);
 * ```
 */
export function definePipeline<Providers extends string = never>(
  input: PipelineInput<Providers>,
): PipelineBuilder<Providers, Record<never, never>, Record<never, never>> {
  return builderOf({ input, steps: new Map(), gates: [] });
}

interface StepEntry {
  readonly spec: StepSpec<never, unknown>;
  readonly place: StepPlace<string, string>;
}

interface Draft {
  readonly input: PipelineInput<string>;
  readonly steps: ReadonlyMap<string, StepEntry>;
  readonly gates: readonly GateInput[];
}

function builderOf<Providers extends string, Steps, Current>(
  draft: Draft,
): PipelineBuilder<Providers, Steps, Current> {
  return {
    step: (name, spec, place = {}) => {
      if (draft.steps.has(name)) {
        throw new TypeError(`A pipeline has one step of each name: "${name}" is there already`);
      }
      return builderOf({ ...draft, steps: new Map([...draft.steps, [name, { spec, place }]]) });
    },
    gate: (gate) => builderOf({ ...draft, gates: [...draft.gates, gate] }),
    build: ({ readEnv = readProcessEnv } = {}) => buildPipeline(draft, readEnv),
  };
}

function buildPipeline(
  { input, steps, gates }: Draft,
  readEnv: (name: string) => string | undefined,
): LoadedPipeline {
  const { baseDir = currentDirectory(), ...top } = input;
  const merged = plainOf({
    version: PIPELINE_VERSION,
    ...top,
    steps: Object.fromEntries([...steps].map(([name, entry]) => [name, stepOf(entry)])),
    gates,
  });
  checkConfigTree(merged, { locationOf });
  const given = [...steps].flatMap(([name, { spec }]): readonly (readonly [string, Component])[] =>
    spec.component === undefined ? [] : [[name, spec.component]]
  );
  return finishPipeline({
    merged: merged as JsonObject,
    baseDir,
    components: Object.fromEntries(given),
    locate: (path) => locate(merged as JsonObject, path),
    readEnv,
  });
}

function stepOf({ spec, place: { from, ...place } }: StepEntry): Readonly<Record<string, unknown>> {
  return { use: spec.use, with: spec.with, ...place, from: typeof from === "string" ? [from] : from };
}

/** A copy without what is `undefined`, which YAML has no word for. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (!isJsonObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, plainOf(item)]));
}

function locationOf(path: KeyPath): Provenance["location"] {
  return { file: CODE_FILE, ...(path.length === 0 ? {} : { path: formatKeyPath(path) }) };
}

function locate(merged: JsonObject, path: KeyPath): Provenance {
  let depth = path.length;
  while (depth > 0 && valueAt(merged, path.slice(0, depth)) === undefined) depth--;
  const written = depth === path.length ? valueAt(merged, path) : undefined;
  const provenance = { layer: "code", location: locationOf(path.slice(0, depth)) } as const;
  return written === undefined || (written !== null && typeof written === "object")
    ? provenance
    : { ...provenance, written };
}
