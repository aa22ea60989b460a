import {
  askOnTerminal,
  type Clock,
  currentDirectory,
  onInterrupt,
  readEnv,
  standardError,
  standardOutput,
  systemClock,
  type Terminal,
} from "@fastdistill/core/runtime";

/** What a command sees of the world outside of the pipeline, so that a test can stand in for a terminal. */
export interface CliIo {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** An environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Absolute path against which shown paths are shortened. */
  readonly currentDirectory: string;
  readonly clock: Clock;
  /** Asks the person at the terminal for a line; `undefined` where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<string | undefined>;
  /** Calls back on Ctrl-C; the result stops listening. */
  readonly onInterrupt: (callback: (signal: "SIGINT" | "SIGTERM") => void) => Disposable;
}

/** The terminal, environment and clock of this process. */
export function processIo(): CliIo {
  return {
    stdout: standardOutput,
    stderr: standardError,
    env: readEnv,
    currentDirectory: currentDirectory(),
    clock: systemClock,
    ask: askOnTerminal,
    onInterrupt,
  };
}
