import { didYouMean, EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command } from "../command.ts";
import { writeLines } from "../output.ts";

/** `fastdistill completions`, for the given commands. */
export const completionsCommandOf = (listed: readonly LoadedOnUse[]): Command => ({
  name: "completions",
  summary: "Write a script that completes commands and flags: bash, zsh or fish",
  argument: { name: "shell", summary: "bash, zsh or fish" },
  flags: [],
  examples: [
    {
      what: "For this session of bash",
      line: "fastdistill completions bash > /tmp/fd.bash && . /tmp/fd.bash",
    },
    {
      what: "For every session of fish",
      line: "fastdistill completions fish > ~/.config/fish/completions/fastdistill.fish",
    },
    {
      what: "For zsh, in a folder of fpath",
      line: 'fastdistill completions zsh > "${fpath[1]}/_fastdistill"',
    },
  ],
  run: ({ argument }, io) => completions(argument, { listed, io }),
});

/** A command that is loaded when it is needed. */
interface LoadedOnUse {
  readonly load: () => Promise<Command>;
}

async function completions(
  argument: string,
  { listed, io }: { readonly listed: readonly LoadedOnUse[]; readonly io: CliIo },
): Promise<ExitCode> {
  const { renderCompletions, SHELLS } = await import("../render/render_completions.ts");
  const shell = SHELLS.find((known) => known === argument);
  if (shell === undefined) {
    throw new FastDistillError(
      "config.usage",
      `No shell is named "${argument}"${didYouMean(argument, SHELLS)}`,
      {
        hint: `Shells: ${SHELLS.join(", ")}`,
      },
    );
  }
  const commands = await Promise.all(listed.map(({ load }) => load()));
  writeLines(io.stdout, [renderCompletions(shell, commands).trimEnd()]);
  return EXIT_CODES.done;
}
