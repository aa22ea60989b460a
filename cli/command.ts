import type { ExitCode } from "@fastdistill/core";
import type { CliIo } from "./cli_io.ts";

/** A flag of a command. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** What stands for its value in the help; a flag without one takes no value. */
  readonly value?: string;
  /** Whether it may be given often. @default {false} */
  readonly isRepeatable?: boolean;
  readonly summary: string;
}

/** An argument of a command that is no flag. */
export interface Argument {
  readonly name: string;
  readonly summary: string;
  /** What stands for it where it is left out; one without has to be given. Empty where its summary says what does. */
  readonly default?: string;
  /** Whether it names a run, and so may be the path of the run's folder. @default {false} */
  readonly isRun?: boolean;
}

/** A way to use a command, for its help. */
export interface CommandExample {
  readonly what: string;
  /** The line to type, without the prompt. */
  readonly line: string;
}

/** What the command line says, checked against the command. */
export interface Invocation {
  /** The command's argument; an empty text for a command that has none. */
  readonly argument: string;
  /** The command's second argument; absent for a command that has none. */
  readonly second?: string;
  /** Names of the flags without a value that were given. */
  readonly switches: ReadonlySet<string>;
  /** All values of each flag that takes one, as they were typed. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** One command. Its module holds what the help needs; `run` imports the rest when it is called. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly argument?: Argument;
  readonly second?: Argument;
  /** Besides those that every command has. */
  readonly flags: readonly Flag[];
  readonly examples: readonly CommandExample[];
  /** Does the work and returns the exit code. Errors are thrown; who calls prints them. */
  readonly run: (invocation: Invocation, io: CliIo) => Promise<ExitCode>;
}

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "json", summary: "Print one JSON object on stdout, and nothing else there" },
  { name: "quiet", short: "q", summary: "Print errors and the final line only" },
  { name: "no-color", summary: "Print without colour, as NO_COLOR=1 does" },
  { name: "help", short: "h", summary: "Show this help" },
];

/** Where all runs and the effect store are; of all commands that look for runs. */
export const RUNS_DIR_FLAG: Flag = {
  name: "runs-dir",
  value: "DIR",
  summary: "Folder that holds the runs and the effect store (default: runs)",
};

/** The folder that `--runs-dir` names. */
export function runsDirOf({ values }: Invocation): string {
  return values.get(RUNS_DIR_FLAG.name)?.[0] ?? "runs";
}
