import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { errorOfRun } from "../exit_code_of_run.ts";
import { outputOf } from "../output.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill show`. */
export const showCommand: Command = {
  name: "show",
  summary: "Show how a run ended and what it left",
  argument: RUN_ARGUMENT,
  flags: [RUNS_DIR_FLAG],
  examples: [
    { what: "The newest run", line: "fastdistill show latest" },
    { what: "The newest run of a pipeline", line: "fastdistill show text2sql" },
    { what: "One figure of it", line: "fastdistill show latest --json | jq .cost_per_kept_usd" },
  ],
  run: show,
};

/** `fastdistill runs show`, which is `fastdistill show`. */
export const runsShowCommand: Command = {
  ...showCommand,
  name: "runs show",
  summary: "Show how a run ended and what it left, as show does",
  examples: [{ what: "The run that a tag stands for", line: "fastdistill runs show prod" }],
};

async function show(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { findRun } = await import("@fastdistill/core");
  const summary = await findRun(runsDirOf(invocation), invocation.argument);
  const [{ renderFinalLine, renderSummary }, { renderRunFiles }, { renderError }] = await Promise.all([
    import("../render/render_summary.ts"),
    import("../render/render_run_files.ts"),
    import("../render/render_error.ts"),
  ]);
  const view = { style: output.style, currentDirectory: io.currentDirectory, width: io.stdout.columns() };
  const error = errorOfRun(summary);
  output.printJson(summary);
  output.print(renderSummary(summary, view));
  if (summary.files.length > 0) {
    output.print([
      ...renderRunFiles(summary, view),
      "",
      `See the figures: fastdistill report ${summary.run_id}`,
    ]);
  }
  if (error !== undefined) output.print(renderError(error, view));
  output.printFinal(renderFinalLine(summary, view));
  return EXIT_CODES.done;
}
