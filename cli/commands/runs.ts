import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";

/** `fastdistill runs`. */
export const runsCommand: Command = {
  name: "runs",
  summary: "List the runs",
  flags: [RUNS_DIR_FLAG],
  examples: [
    { what: "The newest run first", line: "fastdistill runs" },
    {
      what: "Ids of runs that are done",
      line: `fastdistill runs --json | jq -r '.runs[] | select(.status == "done") | .run_id'`,
    },
  ],
  run: runs,
};

async function runs(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const runsDir = runsDirOf(invocation);
  const { listRuns } = await import("@fastdistill/core");
  const found = await listRuns(runsDir);
  output.printJson({ runs_dir: runsDir, runs: found });
  if (output.isJson) return EXIT_CODES.done;
  const { renderRuns } = await import("../render/render_runs.ts");
  // The table is what was asked for, so --quiet leaves it.
  if (found.length > 0) {
    writeLines(io.stdout, renderRuns(found, { style: output.style, width: io.stdout.columns() }));
  } else output.print([`No runs in ${runsDir} yet`]);
  return EXIT_CODES.done;
}
