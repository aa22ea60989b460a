import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "./cli_io.ts";
import { COMMANDS, type ListedCommand } from "./commands/command_list.ts";
import { renderCommandHelp, renderHelp } from "./render/render_help.ts";
import { VERSION } from "./version.ts";

/** Carries out a command line, prints what comes of it, and returns the exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const [first] = words;
  switch (first) {
    case undefined:
      io.stderr.write(renderHelp(COMMANDS));
      return EXIT_CODES.usage;
    case "-h":
    case "--help":
      io.stdout.write(renderHelp(COMMANDS));
      return EXIT_CODES.done;
    case "-V":
    case "--version":
      io.stdout.write(`fastdistill ${VERSION}\n`);
      return EXIT_CODES.done;
  }
  try {
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
    if (group.length > 0 && isHelp(words[1])) {
      io.stdout.write(renderHelp(group));
      return EXIT_CODES.done;
    }
    const command = await findCommand(words, group);
    const rest = words.slice(command.name.split(" ").length);
    return await runCommand(await command.load(), { words: rest, io });
  } catch (thrown) {
    const { reportThrown } = await import("./report_thrown.ts");
    return await reportThrown(thrown, { words, io });
  }
}

interface CommandLine {
  readonly words: readonly string[];
  readonly io: CliIo;
}

async function runCommand(
  command: Awaited<ReturnType<ListedCommand["load"]>>,
  { words, io }: CommandLine,
): Promise<ExitCode> {
  const { parseArguments } = await import("./parse_arguments.ts");
  const invocation = parseArguments(command, words);
  if (!invocation.switches.has("help")) {
    const { atRunPath } = await import("./run_path.ts");
    return await command.run(await atRunPath(invocation, command.argument), io);
  }
  io.stdout.write(renderCommandHelp(command));
  return EXIT_CODES.done;
}

/** The command that one word names, or two where the first names a group of commands. */
async function findCommand(
  words: readonly string[],
  group: readonly ListedCommand[],
): Promise<ListedCommand> {
  const isSub = words[1] !== undefined && !words[1].startsWith("-");
  const typed = group.length > 0 && isSub ? `${words[0]} ${words[1]}` : words[0]!;
  const command = COMMANDS.find(({ name }) => name === typed);
  if (command !== undefined) return command;
  const { unknownCommand } = await import("./report_thrown.ts");
  const known = group.length > 0 ? group : COMMANDS;
  throw unknownCommand(typed, known.map(({ name }) => name));
}

function isHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}
