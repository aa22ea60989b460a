import { dirname, join, resolve } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { currentDirectory, readEnv as readProcessEnv, readSmallFile } from "../runtime/mod.ts";
import { finishPipeline } from "./_finish_pipeline.ts";
import { locatorOf } from "./_locate.ts";
import { pipelineLayers, type WrittenOverride } from "./_pipeline_layers.ts";
import { applyOverride, parseOverride, parseVariable, VARIABLE_PREFIX } from "./_override.ts";
import { readLayers, type WantedLayer } from "./_read_layers.ts";
import { plainOf } from "./_traced.ts";
import type { LoadedPipeline } from "./loaded_pipeline.ts";

/** Which files and overrides make up a pipeline. */
export interface LoadOptions {
  /** The pipeline file; paths in it start at its folder. */
  readonly file: string;
  /** Name of an environment: `env/<env>.yaml` beside the pipeline file is laid over it. */
  readonly env?: string;
  /** Path of a file that is laid over both, for one run. */
  readonly run?: string;
  /** Overrides, each `path.to.key=value`, applied in order. */
  readonly set?: readonly string[];
  /**
   * Names of environment variables. Those that begin with `FASTDISTILL__` override a value last of all:
   * `FASTDISTILL__steps__teach__with__n=2`. @default {none}
   */
  readonly envNames?: readonly string[];
  /** An environment variable, for `${env:NAME}`. @default {those of the process} */
  readonly readEnv?: (name: string) => string | undefined;
  /** The text of a file, for `${file:PATH}`, by its path as written. @default {that of the file, at most 64 KiB} */
  readonly readFile?: (path: string) => string;
}

/**
 * Reads a pipeline file with its layers: the file, `env/<env>.yaml` beside it, a run's file, overrides, environment
 * variables.
 *
 * Maps merge deeply, `$append` and `$prepend` add to a list, anything else is replaced; new names come last. A layer that
 * names another component with `use` starts that component's `with` afresh. `extends` at the top of a file names files
 * that lie below it, `$include` in any map a file with the map, both a path or an address with the digest of what is
 * there. `${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}` and `${var:NAME}` in texts are replaced after the merge;
 * `$${` stands for `${`.
 *
 * @throws {FastDistillError} `config.*`, with file, line, column and key path; the first, with the others as `related`
 *
 * @example
 * ```ts
 * import { loadPipeline } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(
 *   `${folder}/pipeline.yaml`,
 *   `version: 1
 * name: tiny
 * steps:
 *   rows: { use: read_jsonl, with: { path: rows.jsonl } }
 * `,
 * );
 * const { config, locate } = await loadPipeline({ file: `${folder}/pipeline.yaml`, set: ["seed=7"] });
 * assertEquals(config.seed, 7);
 * assertEquals(locate(["steps", "rows", "use"])?.location.line, 4);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadPipeline(options: LoadOptions): Promise<LoadedPipeline> {
  const { file, set = [], envNames = [], readEnv = readProcessEnv } = options;
  const { files, merged: traced } = await readLayers(layersOf(options));
  const settings = [
    ...set.map((text): WrittenOverride => ({ text, override: parseOverride(text) })),
    ...envNames.filter((name) => name.startsWith(VARIABLE_PREFIX)).toSorted()
      .map((name): WrittenOverride => {
        const text = readEnv(name) ?? "";
        return { text, override: parseVariable(name, text) };
      }),
  ];
  const overrides = settings.map(({ override }) => override);
  const merged = overrides.reduce(applyOverride, plainOf(traced) as JsonObject);
  const baseDir = dirname(resolve(currentDirectory(), file));
  const texts = new Set<string>();
  const readFile = options.readFile ?? ((path) => readSmallFile(resolve(baseDir, path)));
  return finishPipeline({
    merged,
    baseDir,
    components: {},
    locate: locatorOf({ files, traced, overrides, merged }),
    overridden: overrides.map(({ path }) => path),
    layers: () => pipelineLayers({ ...options, settings, files: files.map(({ file }) => file), texts }),
    readEnv,
    readFile: (path) => {
      texts.add(resolve(baseDir, path));
      return readFile(path);
    },
  });
}

function layersOf({ file, env, run }: LoadOptions): readonly WantedLayer[] {
  return [
    { layer: "base", file },
    ...(env === undefined ? [] : [{ layer: "env", file: environmentFile(file, env) } as const]),
    ...(run === undefined ? [] : [{ layer: "run", file: run } as const]),
  ];
}

function environmentFile(file: string, env: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(env)) return join(dirname(file), "env", `${env}.yaml`);
  throw new FastDistillError(
    "config.invalid_value",
    `Expected an environment's name of letters, digits, ".", "_" and "-", found ${JSON.stringify(env)}`,
    { hint: "An environment's file stands in the folder env beside the pipeline file" },
  );
}
