import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes } from "../render/figures.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill runs rm`. */
export const runsRmCommand: Command = {
  name: "runs rm",
  summary: "Remove a run; what it asked for stays in the effect store",
  argument: RUN_ARGUMENT,
  flags: [{ name: "force", summary: "Also when a tag stands for it; the tags go with it" }, RUNS_DIR_FLAG],
  examples: [{ what: "By the beginning of its id", line: "fastdistill runs rm text2sql-63a9" }],
  run: remove,
};

async function remove(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { removeRun } = await import("@fastdistill/core");
  const isForced = invocation.switches.has("force");
  const removed = await removeRun(runsDirOf(invocation), invocation.argument, { isForced });
  output.printJson(removed);
  const line = `removed ${removed.run_id}, ${formatBytes(removed.bytes)}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
