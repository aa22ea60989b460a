import type { LoadedPipeline, Registry } from "@fastdistill/core";
import { environmentNames } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import { type Flag, type Invocation, RUNS_DIR_FLAG } from "../command.ts";
import { PLUGIN_FLAGS, pluginPolicyOf } from "./_plugin_flags.ts";

/** The argument of commands that read a pipeline. */
export const PIPELINE_ARGUMENT = {
  name: "pipeline.yaml",
  summary: "The pipeline file; its paths start at its folder",
};

/** Where a user's own components are named. */
export const CONFIG_FLAG: Flag = {
  name: "config",
  value: "FILE",
  summary: "Take your own components from this deno.json (default: the nearest)",
};

/** Flags of commands that read a pipeline. */
export const PIPELINE_FLAGS: readonly Flag[] = [
  { name: "env", value: "NAME", summary: "Lay env/NAME.yaml, beside the pipeline file, over it" },
  { name: "overlay", value: "FILE", summary: "Lay this file over both, for one run" },
  {
    name: "set",
    value: "PATH=VALUE",
    isRepeatable: true,
    summary: "Override one value: steps.teach.with.n=2, gates.0.min=0.9",
  },
  CONFIG_FLAG,
  ...PLUGIN_FLAGS,
  RUNS_DIR_FLAG,
];

/** A pipeline, and the components that it may name. */
export interface PipelineInput {
  readonly pipeline: LoadedPipeline;
  readonly registry: Registry;
}

/** Reads the pipeline that the command line names. @throws {FastDistillError} `config.*`, `registry.duplicate` */
export async function loadPipelineInput(
  { argument, values }: Invocation,
  io: Pick<CliIo, "ask"> = {},
): Promise<PipelineInput> {
  const [{ loadPipeline }, { defaultRegistry }] = await Promise.all([
    import("@fastdistill/core"),
    import("../registry.ts"),
  ]);
  const plugins = pluginPolicyOf({ values }, io);
  const [env, run, configFile] = ["env", "overlay", "config"].map((name) => values.get(name)?.[0]);
  const pipeline = await loadPipeline({
    file: argument,
    envNames: environmentNames(),
    set: values.get("set") ?? [],
    ...(env === undefined ? {} : { env }),
    ...(run === undefined ? {} : { run }),
  });
  return { pipeline, registry: await defaultRegistry({ from: pipeline.baseDir, configFile, plugins }) };
}
