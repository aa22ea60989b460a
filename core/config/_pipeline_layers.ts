import { resolve } from "node:path";
import { canonicalJson, type Json, type JsonObject } from "../record/mod.ts";
import { currentDirectory } from "../runtime/mod.ts";
import { withoutSecrets } from "./_interpolate.ts";
import type { Override } from "./_override.ts";
import type { PipelineLayers } from "./loaded_pipeline.ts";

/** What a pipeline was loaded from. */
export interface LoadedFrom {
  readonly file: string;
  readonly env?: string | undefined;
  readonly run?: string | undefined;
  /** Overrides as they were written, in order. */
  readonly settings: readonly WrittenOverride[];
  /** Paths and addresses of the files of its layers. */
  readonly files: readonly string[];
  /** Absolute paths of files that were put into texts. */
  readonly texts: Iterable<string>;
}

/** An override, and its text: `path=value` of `--set`, the value of a variable. */
export interface WrittenOverride {
  readonly text: string;
  readonly override: Override;
}

/** What it takes to load a pipeline again. Overrides that hold a secret are named, not kept. */
export function pipelineLayers({ file, env, run, settings, files, texts }: LoadedFrom): PipelineLayers {
  const absolute = (path: string) => resolve(currentDirectory(), path);
  const kept = settings.filter(({ override }) => !holdsSecret(override));
  const local = files.filter((path) => !/^https?:\/\//.test(path)).map(absolute);
  return {
    file: absolute(file),
    ...(env === undefined ? {} : { env }),
    ...(run === undefined ? {} : { run: absolute(run) }),
    set: kept.filter(({ override }) => override.layer === "set").map(({ text }) => text),
    variables: Object.fromEntries(
      kept.filter(({ override }) => override.layer === "variable").map((
        { text, override },
      ) => [override.origin, text]),
    ),
    withheld: settings.filter(({ override }) => holdsSecret(override)).map(({ override }) =>
      nameOf(override)
    ),
    files: [...new Set([...local, ...texts])],
  };
}

function holdsSecret({ path, value }: Override): boolean {
  const whole = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject;
  return canonicalJson(withoutSecrets(whole)) !== canonicalJson(whole);
}

function nameOf({ layer, origin, path }: Override): string {
  return layer === "set" ? `--set ${path.join(".")}` : origin;
}
