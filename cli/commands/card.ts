import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatCount } from "../render/figures.ts";
import { shownPath } from "../render/shown_path.ts";
import { CARD_FLAGS, cardOptionsOf } from "./_card_flags.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill card`. */
export const cardCommand: Command = {
  name: "card",
  summary: "Write the dataset card of a run's exports",
  argument: RUN_ARGUMENT,
  flags: [...CARD_FLAGS, RUNS_DIR_FLAG],
  examples: [
    { what: "README.md in the folder of the newest run", line: "fastdistill card latest" },
    {
      what: "With what the run does not know",
      line: "fastdistill card text2sql --license apache-2.0 --language en --task text-generation",
    },
  ],
  run: card,
};

async function card(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { CARD_FILE, findRun, writeDatasetCard } = await import("@fastdistill/core");
  const { run_dir } = await findRun(runsDirOf(invocation), invocation.argument);
  const { rows, size_category } = await writeDatasetCard(run_dir, cardOptionsOf(invocation));
  const file = `${run_dir}/${CARD_FILE}`;
  output.printJson({ file, rows, size_category });
  const line = `card of ${formatCount(rows)} samples (${size_category}): ${
    shownPath(file, io.currentDirectory)
  }`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
