import type { SourceLocation } from "../errors/mod.ts";
import type { Component } from "../registry/mod.ts";
import type { PipelineConfig } from "./pipeline_config.ts";

/** A key path in a configuration. */
export type KeyPath = readonly (string | number)[];

/** Where a value of the merged configuration came from. */
export interface Provenance {
  /** `base`, `env`, `run` or `set`. */
  readonly layer: "base" | "env" | "run" | "set" | "code";
  readonly location: SourceLocation;
}

/** A pipeline ready to be planned. */
export interface LoadedPipeline {
  readonly config: PipelineConfig;
  /** Absolute folder against which input paths are resolved: that of the pipeline file. */
  readonly baseDir: string;
  /** The merged configuration as YAML, before `${env:NAME}` was replaced, so that it holds no secret. */
  readonly source: string;
  /** Components given in code, by step name; the registry is not asked for these. */
  readonly components: Readonly<Record<string, Component>>;
  /** Where a value came from: the deepest known place at or above the path. */
  readonly locate: (path: KeyPath) => Provenance | undefined;
}
