import type { SourceLocation } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import type { Component } from "../registry/mod.ts";
import type { PipelineConfig } from "./pipeline_config.ts";

/** A key path in a configuration. */
export type KeyPath = readonly (string | number)[];

/** Where a value of the merged configuration came from. */
export interface Provenance {
  /** The pipeline file, its environment's file, the run's file, `--set`, an environment variable, or TypeScript. */
  readonly layer: "base" | "env" | "run" | "set" | "variable" | "code";
  /** Where the key stands, or the element of a list. */
  readonly location: SourceLocation;
  /** The value as written, before placeholders were replaced; absent for maps, lists and what is not there. */
  readonly written?: Json;
  /** What was typed for a number or boolean of `--set` or a variable. */
  readonly text?: string;
}

/** The files and overrides that a pipeline was read from, so that it can be read again. */
export interface PipelineLayers {
  /** Absolute path of the pipeline file. */
  readonly file: string;
  /** Name of its environment. */
  readonly env?: string;
  /** Absolute path of the file that was laid over both. */
  readonly run?: string;
  /** Overrides, each `path.to.key=value`, without those that hold a secret. */
  readonly set: readonly string[];
  /** Environment variables that override a value, by name, without those that hold a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Overrides that hold a secret: `--set path`, or the name of a variable. */
  readonly withheld: readonly string[];
  /** Absolute paths of all files that were read, those that others extend or include and texts among them. */
  readonly files: readonly string[];
}

/** A pipeline ready to be planned. */
export interface LoadedPipeline {
  /** Validated, with defaults filled in and placeholders replaced. */
  readonly config: PipelineConfig;
  /** Absolute folder against which input paths are resolved: that of the pipeline file. */
  readonly baseDir: string;
  /** Absolute paths of input files that are elsewhere, by the path that the configuration has. @default {{}} */
  readonly movedInputs?: Readonly<Record<string, string>>;
  /** Absolute folder outside of which the pipeline writes nothing, for one that somebody else wrote. @default {anywhere} */
  readonly writesWithin?: string;
  /** The merged configuration as YAML, before placeholders were replaced, so that it holds no secret. */
  readonly source: string;
  /** What it was read from; absent for one that was made in code. */
  readonly layers?: PipelineLayers;
  /** Key paths that `--set` and environment variables gave. @default {none} */
  readonly overridden?: readonly (readonly string[])[];
  /** Components given in code, by step name; the registry is not asked for these. */
  readonly components: Readonly<Record<string, Component>>;
  /** Where a value came from: the deepest known place at or above the path. */
  readonly locate: (path: KeyPath) => Provenance | undefined;
}
