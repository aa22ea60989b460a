import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes, formatCount } from "../render/figures.ts";
import { shownPath } from "../render/shown_path.ts";
import { withStore } from "./_cache_input.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill bundle`. */
export const bundleCommand: Command = {
  name: "bundle",
  summary: "Put all that a run was made from into one file",
  argument: RUN_ARGUMENT,
  flags: [
    { name: "out", value: "FILE", summary: "The file to write (default: <run id>.bundle.tar.gz)" },
    { name: "no-inputs", summary: "Leave the input files out; their digests stay" },
    {
      name: "base-dir",
      value: "DIR",
      summary: "Folder in which input paths start (default: that of the pipeline file)",
    },
    CONFIG_FLAG,
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "Pipeline, inputs, effects, digests", line: "fastdistill bundle prod --out text2sql.tar.gz" },
    { what: "For somebody who has the data", line: "fastdistill bundle latest --no-inputs" },
  ],
  run: bundle,
};

async function bundle(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ bundleRun, findRun }, { defaultRegistry }] = await Promise.all([
    import("@fastdistill/core"),
    import("../registry.ts"),
  ]);
  const { run_id, run_dir, origin } = await findRun(runsDirOf(invocation), invocation.argument);
  const valueOf = (flag: string) => invocation.values.get(flag)?.[0];
  const baseDir = valueOf("base-dir");
  const registry = await defaultRegistry({
    from: baseDir ?? origin?.base_dir ?? io.currentDirectory,
    configFile: valueOf("config"),
  });
  const report = await withStore(invocation, (store) =>
    bundleRun(run_dir, {
      file: valueOf("out") ?? `${run_id}.bundle.tar.gz`,
      store,
      registry,
      baseDir,
      inputs: !invocation.switches.has("no-inputs"),
    }));
  output.printJson(report);
  const { file, size, effects, inputs, components } = report;
  const outside = [...report.env, ...report.texts];
  const line = `bundled ${run_id}: ${formatCount(effects)} effects, ${formatCount(inputs)} inputs, ${
    formatBytes(size)
  }: ${shownPath(file, io.currentDirectory)}`;
  output.print([
    line,
    ...(components.length === 0
      ? []
      : [`A rebuild needs components that are not in it: ${components.join(", ")}`]),
    ...(outside.length === 0
      ? []
      : [`It holds the values of ${outside.join(", ")}, since the rows depend on them`]),
  ]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
