import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";

/** `fastdistill runs untag`. */
export const runsUntagCommand: Command = {
  name: "runs untag",
  summary: "Take a tag away; the run stays",
  argument: { name: "tag", summary: "A tag, or name@tag where several pipelines have it" },
  flags: [RUNS_DIR_FLAG],
  examples: [{ what: "Of one pipeline", line: "fastdistill runs untag text2sql@prod" }],
  run: untag,
};

async function untag(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { untagRun } = await import("@fastdistill/core");
  const untagged = await untagRun(runsDirOf(invocation), invocation.argument);
  output.printJson(untagged);
  const line = `${untagged.name}@${untagged.tag} stands for nothing now; it was ${untagged.run_id}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
