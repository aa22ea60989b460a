import { isAbsolute, join } from "node:path";
import type { JsonObject } from "../record/mod.ts";
import type { Component } from "../registry/mod.ts";
import { readSmallFile } from "../runtime/mod.ts";
import { checkConfigTree } from "./_config_tree.ts";
import { checkPipeline } from "./_check_pipeline.ts";
import { interpolate, withoutSecrets } from "./_interpolate.ts";
import { throwFirst } from "./_issues.ts";
import type { LoadedPipeline, PipelineLayers } from "./loaded_pipeline.ts";
import { pipelineSchema } from "./_pipeline_schema.ts";
import { retypedValues, withValues } from "./typed_overrides.ts";
import { stringifyYaml } from "./stringify_yaml.ts";

/** A configuration that is merged, and what it takes to finish it. */
export interface UnfinishedPipeline extends Pick<LoadedPipeline, "overridden"> {
  readonly merged: JsonObject;
  readonly baseDir: string;
  readonly components: Readonly<Record<string, Component>>;
  readonly locate: LoadedPipeline["locate"];
  readonly readEnv: (name: string) => string | undefined;
  /** What it was read from, asked for when all files are read. */
  readonly layers?: () => PipelineLayers;
  /** @default {reads the file} */
  readonly readFile?: (path: string) => string;
}

/** Replaces placeholders, checks the result and keeps a text of it. @throws {FastDistillError} `config.*`, all at once */
export function finishPipeline(unfinished: UnfinishedPipeline): LoadedPipeline {
  const { baseDir, components, locate, layers, overridden = [] } = unfinished;
  const part = { path: [], value: unfinished.merged, schema: pipelineSchema };
  const merged = withValues(unfinished.merged, retypedValues(part, unfinished));
  const readFile = (path: string) => readSmallFile(isAbsolute(path) ? path : join(baseDir, path));
  const { value, errors } = interpolate(merged, { readFile, ...unfinished });
  // Variables may hold lists and maps, and each other.
  checkConfigTree(value, { locationOf: (path) => locate(path)?.location ?? { file: baseDir } });
  const checked = checkPipeline(value, locate);
  throwFirst([...errors, ...checked.errors ?? []]);
  if (checked.errors !== undefined) throw new TypeError("A pipeline was refused without a reason");
  let source: string | undefined;
  return {
    config: checked.config,
    baseDir,
    // Written out when it is asked for: to check a pipeline takes none.
    get source() {
      return source ??= stringifyYaml(withoutSecrets(merged));
    },
    components,
    locate,
    overridden,
    ...(layers === undefined ? {} : { layers: layers() }),
  };
}
