import type { GenerationOptions, LoadedPipeline, StepConfig } from "../config/mod.ts";
import type { ErrorCode, SourceLocation } from "../errors/mod.ts";
import type { Graph, Segment, StepColumns } from "../graph/mod.ts";
import type { InputFingerprint } from "../component/mod.ts";
import type { Expression } from "../expression/mod.ts";
import type { PlannedJoin, PlannedRoute } from "./planned_branches.ts";
import type { PlannedTarget } from "./planned_target.ts";
import type { ProviderComponent } from "../provider/mod.ts";
import type { StepComponent, StepKind, TaskComponent } from "../step/mod.ts";

/** A step, checked and ready to be opened. */
export interface PlannedStep {
  /** In the pipeline. */
  readonly name: string;
  /** Position in the pipeline, from 0. */
  readonly ordinal: number;
  /** A task counts as `row`. */
  readonly kind: StepKind;
  /** Loaded, not opened. */
  readonly component: StepComponent | TaskComponent;
  /** The component's configuration, validated, with defaults. */
  readonly options: unknown;
  /** For a task. */
  readonly generation?: GenerationOptions | undefined;
  /** Where it does not hold, a row passes the step by. */
  readonly when?: Expression | undefined;
  /** Which of the steps that read it gets a row; all of them if absent. */
  readonly route?: PlannedRoute | undefined;
  /** How rows of its inputs are made one before it takes them up. */
  readonly join?: PlannedJoin | undefined;
  /** The columns that reach it and those that leave it. */
  readonly columns: StepColumns;
  /** What the pipeline says of the step. */
  readonly config: StepConfig;
}

/** A provider, checked and ready to be opened. */
export interface PlannedProvider {
  /** In the pipeline. */
  readonly name: string;
  /** Loaded, not opened. */
  readonly component: ProviderComponent;
  /** The component's configuration, validated, with defaults; of several deployments, that of the first. */
  readonly options: unknown;
  /** The configuration of each deployment; one where the pipeline names none. */
  readonly deployments: readonly unknown[];
}

/** Something to know of before a run; nothing that stops it. */
export interface PlanWarning {
  /** Stable. */
  readonly code: "budget.listed_price" | ErrorCode;
  /** What was found. */
  readonly message: string;
  /** Where in the configuration it is about. */
  readonly location?: SourceLocation | undefined;
}

/** A pipeline that was checked as far as it can be without running it. */
export interface Plan {
  /** What was planned. */
  readonly pipeline: LoadedPipeline;
  /** The steps with their neighbours, in topological order. */
  readonly graph: Graph;
  /** The graph cut at its heads; what the runtime runs. */
  readonly segments: readonly Segment[];
  /** By name, in the order of the pipeline. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  /** Only those that a step uses. */
  readonly providers: ReadonlyMap<string, PlannedProvider>;
  /** Digest of everything in the pipeline that decides what comes out, inputs and seed apart. */
  readonly signature: string;
  /** Files that decide what comes out, sorted by name. */
  readonly inputs: readonly InputFingerprint[];
  /** What is worth knowing before the run. */
  readonly warnings: readonly PlanWarning[];
  /** Rows that each source gives at most; absent when all of them count. */
  readonly limit?: number;
  /** Where the rows of the pipeline's target are counted; absent where it has none. */
  readonly target?: PlannedTarget | undefined;
  /** The pipeline's name and 12 digits of the digest of signature, inputs, seed and, where there is one, the limit. */
  readonly runId: string;
}
