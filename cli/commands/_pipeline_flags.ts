import type { LoadedPipeline, LoadOptions, PluginPolicy, Registry, RunInvocation } from "@fastdistill/core";
import { environmentNames, readEnv } from "@fastdistill/core/runtime";
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

/** Where a question is asked, if anywhere. */
type AskingIo = Pick<CliIo, "ask"> & Partial<Pick<CliIo, "stderr">>;

/** Reads the pipeline that the command line names. @throws {FastDistillError} `config.*`, `registry.duplicate` */
export async function loadPipelineInput(
  { argument, values }: Invocation,
  io: AskingIo = {},
): Promise<PipelineInput> {
  const [env, run, configFile] = ["env", "overlay", "config"].map((name) => values.get(name)?.[0]);
  const layers = {
    file: argument,
    envNames: environmentNames(),
    set: values.get("set") ?? [],
    ...(env === undefined ? {} : { env }),
    ...(run === undefined ? {} : { run }),
  };
  return await load(layers, { configFile, plugins: pluginPolicyOf({ values }, io) });
}

/** Reads the pipeline of a run again, as it was started. Throws as {@linkcode loadPipelineInput} does. */
export async function loadRecordedInput(
  { layers: { file, env, run, set, variables }, config_file: configFile }: RunInvocation,
  { invocation, io }: { readonly invocation: Invocation; readonly io: AskingIo },
): Promise<PipelineInput> {
  const layers = {
    file,
    set,
    ...(env === undefined ? {} : { env }),
    ...(run === undefined ? {} : { run }),
    // What the environment says now is no part of the run.
    envNames: Object.keys(variables),
    readEnv: (name: string) => Object.hasOwn(variables, name) ? variables[name] : readEnv(name),
  };
  return await load(layers, { configFile, plugins: pluginPolicyOf(invocation, io) });
}

async function load(
  layers: LoadOptions,
  { configFile, plugins }: { readonly configFile: string | undefined; readonly plugins: PluginPolicy },
): Promise<PipelineInput> {
  const [{ loadPipeline }, { defaultRegistry }] = await Promise.all([
    import("@fastdistill/core/planning"),
    import("../registry.ts"),
  ]);
  const pipeline = await loadPipeline(layers);
  return { pipeline, registry: await defaultRegistry({ from: pipeline.baseDir, configFile, plugins }) };
}
