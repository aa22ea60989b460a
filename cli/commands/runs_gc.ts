import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes, formatCount } from "../render/figures.ts";
import { renderTable } from "../render/render_table.ts";
import { countOf, filterOf } from "./_cache_input.ts";

/** `fastdistill runs gc`. */
export const runsGcCommand: Command = {
  name: "runs gc",
  summary: "Remove old runs; without --yes, say which would go",
  flags: [
    { name: "keep", value: "N", summary: "Keep the N newest runs of each pipeline" },
    {
      name: "older-than",
      value: "WHEN",
      summary: "Runs that began before: an age such as 30d, or a date like 2026-01-31",
    },
    { name: "yes", short: "y", summary: "Remove them; runs with a tag stay in any case" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "What would go", line: "fastdistill runs gc --keep 3 --older-than 30d" },
    { what: "Remove all but the newest and the tagged", line: "fastdistill runs gc --keep 1 --yes" },
  ],
  run: collect,
};

async function collect(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { before } = filterOf(invocation, io);
  const isKeeping = invocation.values.get("keep")?.[0] !== undefined;
  if (!isKeeping && before === undefined) {
    throw new FastDistillError("config.usage", "Command runs gc needs --keep or --older-than", {
      hint: "To remove all runs without a tag, use --older-than 0m",
    });
  }
  const { collectRuns } = await import("@fastdistill/core");
  const keep = isKeeping ? countOf(invocation, "keep", 1) : 0;
  const report = await collectRuns(runsDirOf(invocation), {
    keep,
    before,
    isDeleting: invocation.switches.has("yes"),
  });
  output.printJson(report);
  const { deleted, runs, kept, locked } = report;
  const table = renderTable(runs, [
    { title: "run", cell: ({ run_id }) => run_id },
    { title: "size", cell: ({ bytes }) => formatBytes(bytes), align: "right" },
  ], io.stdout.columns() ?? 100);
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const line = `${deleted ? "removed" : "would remove"} ${formatCount(runs.length)} runs, ${
    formatBytes(bytes)
  }; ${formatCount(kept)} stay`;
  output.print([
    ...(runs.length === 0 ? [] : table),
    line,
    ...locked.map((run) => `${run} is being written, and stays`),
    ...(deleted || runs.length === 0 ? [] : ["Add --yes to remove them"]),
  ]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
