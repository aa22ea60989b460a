import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { countOf } from "./_cache_input.ts";
import { runPlaceOf } from "../run_path.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill diff`. */
export const diffCommand: Command = {
  name: "diff",
  summary: "Say in what two runs differ: pipeline, inputs, rows, metrics, cost",
  argument: { ...RUN_ARGUMENT, name: "run a" },
  second: { name: "run b", summary: "The other run, likewise" },
  flags: [
    { name: "stage", value: "NAME", summary: "Compare the rows of this stage only" },
    {
      name: "by",
      value: "COLUMN",
      summary: "Match rows by this column, by row_id or as a whole by row (default: sample_id)",
    },
    { name: "samples", value: "N", summary: "Rows of each kind to show (default: 3)" },
    { name: "exit-code", summary: "Exit with 1 where they differ, as git diff does" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "The newest run beside the one in use", line: "fastdistill diff text2sql@prod latest" },
    {
      what: "Rows of one stage, more of them",
      line: "fastdistill diff prod latest --stage judged --samples 20",
    },
    { what: "For a script", line: "fastdistill diff prod latest --exit-code --quiet" },
  ],
  run: diff,
};

async function diff(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { diffRuns, findRun } = await import("@fastdistill/core");
  const runsDir = runsDirOf(invocation);
  const other = await runPlaceOf(invocation.second!, runsDir);
  const [a, b] = [await findRun(runsDir, invocation.argument), await findRun(other.runsDir, other.run)];
  const report = await diffRuns([a.run_dir, b.run_dir], {
    stage: invocation.values.get("stage")?.[0],
    by: invocation.values.get("by")?.[0],
    samples: countOf(invocation, "samples", 3),
  });
  output.printJson(report);
  if (!output.isJson) {
    const { renderDiff, renderDiffLine } = await import("../render/render_diff.ts");
    if (output.isQuiet) output.printFinal(renderDiffLine(report));
    else writeLines(io.stdout, renderDiff(report, { style: output.style }));
  }
  const isTold = invocation.switches.has("exit-code");
  return isTold && !report.same ? EXIT_CODES.failed : EXIT_CODES.done;
}
