import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill runs tag`. */
export const runsTagCommand: Command = {
  name: "runs tag",
  summary: "Give a run a name, such as prod; a run that has it loses it",
  argument: RUN_ARGUMENT,
  second: { name: "tag", summary: "Letters, digits, dots, dashes; of each pipeline, one run has it" },
  flags: [RUNS_DIR_FLAG],
  examples: [
    { what: "The newest run of a pipeline", line: "fastdistill runs tag text2sql prod" },
    { what: "What it is for: any command takes the tag", line: "fastdistill runs tag latest baseline" },
  ],
  run: tag,
};

async function tag(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { tagRun } = await import("@fastdistill/core");
  const tagged = await tagRun(runsDirOf(invocation), invocation.argument, { tag: invocation.second! });
  output.printJson(tagged);
  const moved = tagged.moved_from === null ? "" : `, which was ${tagged.moved_from}`;
  const line = `${tagged.name}@${tagged.tag} is ${tagged.run_id}${moved}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
