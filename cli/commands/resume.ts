import type { RunInvocation, RunSummary } from "@fastdistill/core";
import type { ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { exitCodeOfRun } from "../exit_code_of_run.ts";
import { outputOf } from "../output.ts";
import { executeRun } from "./_execute_run.ts";
import { LOG_FLAGS } from "./_log_flags.ts";
import { loadRecordedInput } from "./_pipeline_flags.ts";
import { PLUGIN_FLAGS } from "./_plugin_flags.ts";
import { NEWEST_RUN_ARGUMENT } from "./_run_argument.ts";
import { TRACE_FLAGS } from "./_trace_flags.ts";

/** `fastdistill resume`. */
export const resumeCommand: Command = {
  name: "resume",
  summary: "Go on with a run that stopped, with the files and flags that it had",
  argument: NEWEST_RUN_ARGUMENT,
  flags: [...PLUGIN_FLAGS, RUNS_DIR_FLAG, ...LOG_FLAGS, ...TRACE_FLAGS],
  examples: [
    { what: "The newest run", line: "fastdistill resume" },
    { what: "The newest run of a pipeline", line: "fastdistill resume text2sql" },
    {
      what: "With a log of all events on stderr",
      line: "fastdistill resume latest --log-level debug",
    },
  ],
  run: resume,
};

async function resume(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { findRun, isCompleteRun, requireUnchanged, resumableRun } = await import("@fastdistill/core");
  const found = await findRun(runsDirOf(invocation), invocation.argument);
  if (isCompleteRun(found)) return await sayComplete(found, invocation, io);
  const recorded = await resumableRun(found);
  return await executeRun(invocation, io, {
    input: loadRecordedInput(recorded, { invocation, io }),
    options: {
      ...optionsOf(recorded),
      onPlan: (plan) => requireUnchanged(plan, { run_dir: found.run_dir, invocation: recorded }),
    },
  });
}

function optionsOf({ limit, offline, config_file }: RunInvocation) {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(offline === undefined ? {} : { offline }),
    ...(config_file === undefined ? {} : { configFile: config_file }),
  };
}

/** A run whose gate did not hold is as complete as one whose gates did. */
async function sayComplete(found: RunSummary, invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { renderFinalLine } = await import("../render/render_summary.ts");
  const line = renderFinalLine(found, { style: output.style, currentDirectory: io.currentDirectory });
  output.printJson(found);
  output.print([line, "The run is complete: there is nothing to resume"]);
  output.printFinal(line);
  return exitCodeOfRun(found);
}
