import type { RegisteredRun } from "@fastdistill/core";
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
  run: list,
};

/** `fastdistill runs ls`, which is `fastdistill runs`. */
export const runsLsCommand: Command = {
  ...runsCommand,
  name: "runs ls",
  summary: "List the runs, as runs does",
  examples: [{ what: "The newest run first, with its tags", line: "fastdistill runs ls" }],
};

async function list(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const runsDir = runsDirOf(invocation);
  const { listRegistered } = await import("@fastdistill/core");
  const found = await listRegistered(runsDir);
  output.printJson({ runs_dir: runsDir, runs: found.map(flat) });
  if (output.isJson) return EXIT_CODES.done;
  const { renderDisagreements, renderRuns } = await import("../render/render_runs.ts");
  // The table is what was asked for, so --quiet leaves it.
  if (found.length > 0) {
    writeLines(io.stdout, renderRuns(found, { style: output.style, width: io.stdout.columns() }));
  } else output.print([`No runs in ${runsDir} yet`]);
  if (!output.isQuiet) writeLines(io.stderr, renderDisagreements(found, { style: output.errorStyle }));
  return EXIT_CODES.done;
}

/** Summary and index in one object: what the index adds stands beside what `run.json` says. */
function flat({ summary, run_id, name, tags, stale_tags, state }: RegisteredRun) {
  return { run_id, name, ...summary, tags, stale_tags, registry: state };
}
