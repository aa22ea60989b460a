import type { GenerationOptions, LoadedPipeline, StepConfig } from "../config/mod.ts";
import type { Graph, Segment, StepColumns } from "../graph/mod.ts";
import type { InputFingerprint } from "../component/mod.ts";
import type { ProviderComponent } from "../provider/mod.ts";
import type { StepComponent, StepKind, TaskComponent } from "../step/mod.ts";

/** A step, checked and ready to be opened. */
export interface PlannedStep {
  readonly name: string;
  /** Position in the pipeline, from 0. */
  readonly ordinal: number;
  /** A task counts as `row`. */
  readonly kind: StepKind;
  readonly component: StepComponent | TaskComponent;
  /** The component's configuration, validated, with defaults. */
  readonly options: unknown;
  /** For a task. */
  readonly generation?: GenerationOptions | undefined;
  readonly columns: StepColumns;
  readonly config: StepConfig;
}

/** A provider, checked and ready to be opened. */
export interface PlannedProvider {
  readonly name: string;
  readonly component: ProviderComponent;
  readonly options: unknown;
}

/** A pipeline that was checked as far as it can be without running it. */
export interface Plan {
  readonly pipeline: LoadedPipeline;
  readonly graph: Graph;
  readonly segments: readonly Segment[];
  readonly steps: ReadonlyMap<string, PlannedStep>;
  /** Only those that a step uses. */
  readonly providers: ReadonlyMap<string, PlannedProvider>;
  /** Digest of everything in the pipeline that decides what comes out, inputs and seed apart. */
  readonly signature: string;
  readonly inputs: readonly InputFingerprint[];
  readonly runId: string;
}
