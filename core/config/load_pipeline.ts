import { dirname, join, resolve } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { currentDirectory, readEnv as readProcessEnv } from "../runtime/mod.ts";
import { finishPipeline } from "./_finish_pipeline.ts";
import type { LayerFile } from "./_layer_file.ts";
import { locatorOf } from "./_locate.ts";
import { dropReplacedConfigs, mergeMaps } from "./_merge.ts";
import { applyOverride, parseOverride } from "./_override.ts";
import type { LoadedPipeline } from "./loaded_pipeline.ts";

/** Which files and overrides make up a pipeline. */
export interface LoadOptions {
  /** The pipeline file; paths in it start at its folder. */
  readonly file: string;
  /** Name of an environment: `env/<env>.yaml` beside the pipeline file is laid over it. */
  readonly env?: string;
  /** Path of a file that is laid over both, for one run. */
  readonly run?: string;
  /** Overrides, each `path.to.key=value`, applied last and in order. */
  readonly set?: readonly string[];
  /** An environment variable, for `${env:NAME}`. @default {those of the process} */
  readonly readEnv?: (name: string) => string | undefined;
}

/**
 * Reads a pipeline file with its layers: the file, `env/<env>.yaml` beside it, a run's file, overrides.
 *
 * Maps merge deeply, anything else is replaced; new names come last. A layer that names another component with `use`
 * starts that component's `with` afresh. `${env:NAME}` and `${env:NAME:-default}` in texts are replaced after the merge
 * and always give text; `$${` stands for `${`.
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
  const { file, set = [], readEnv = readProcessEnv } = options;
  const files = await readLayers(options);
  const values = dropReplacedConfigs(files.map(({ value }) => value));
  const overrides = set.map(parseOverride);
  const merged = overrides.reduce(applyOverride, values.reduce<JsonObject>(mergeMaps, {}));
  return finishPipeline({
    merged,
    baseDir: dirname(resolve(currentDirectory(), file)),
    components: {},
    locate: locatorOf({ files, values, overrides, merged }),
    readEnv,
  });
}

async function readLayers({ file, env, run }: LoadOptions): Promise<readonly LayerFile[]> {
  // Loaded here, not above: a program that never reads a file has no need of the parser for positions.
  const { readLayerFile } = await import("./_layer_file.ts");
  const layers = [await readLayerFile("base", file)];
  if (env !== undefined) layers.push(await readLayerFile("env", environmentFile(file, env)));
  if (run !== undefined) layers.push(await readLayerFile("run", run));
  return layers;
}

function environmentFile(file: string, env: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(env)) return join(dirname(file), "env", `${env}.yaml`);
  throw new FastDistillError(
    "config.invalid_value",
    `Expected an environment's name of letters, digits, ".", "_" and "-", found ${JSON.stringify(env)}`,
    { hint: "An environment's file stands in the folder env beside the pipeline file" },
  );
}
