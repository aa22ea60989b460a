import { join } from "node:path";
import { systemClock } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli/cli_io.ts";
import { runCommandLine } from "../cli/run_command_line.ts";
import { type TerminalDouble, terminalDouble, type TerminalDoubleOptions } from "./_terminal.ts";

/** What a command line left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: TerminalDouble;
}

/** What a command line meets. */
export interface CliOptions {
  /** Folder against which paths are shown. @default {"/"} */
  readonly folder?: string;
  /** The environment that the command line sees; a pipeline sees that of the process. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /** What both outputs are. @default {no terminal} */
  readonly terminal?: TerminalDoubleOptions;
  /** What a person types, a line a question. @default {nobody is at a terminal} */
  readonly answers?: readonly string[];
  /** Called with what presses Ctrl-C. */
  readonly onReady?: (interrupt: () => void) => void;
}

/** Carries out a command line in this process: all of `main` but the process's own outputs. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { folder = "/", env = {}, terminal, answers } = options;
  const typed = answers?.values();
  const [stdout, stderr] = [terminalDouble(terminal), terminalDouble(terminal)];
  const io: CliIo = {
    stdout,
    stderr,
    env: (name) => env[name],
    currentDirectory: folder,
    clock: systemClock,
    ...(typed === undefined ? {} : { ask: askDouble(stderr, typed) }),
    onInterrupt: (callback) => {
      options.onReady?.(() => callback("SIGINT"));
      return { [Symbol.dispose]: () => {} };
    },
  };
  const code = await runCommandLine(argv, io);
  return { code, stdout: stdout.text(), stderr: stderr.text(), terminal: stderr };
}

/** A double of a person at a terminal: sees the questions on stderr, and answers them until there are no more answers. */
function askDouble(screen: TerminalDouble, typed: Iterator<string>): NonNullable<CliIo["ask"]> {
  return (question) => {
    screen.write(question);
    const next = typed.next();
    return Promise.resolve(next.done === true ? undefined : next.value);
  };
}

/** Makes a folder with these files, and removes it when the check is over. */
export async function withFiles(
  files: Readonly<Record<string, string>>,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
