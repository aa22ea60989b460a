import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import process from "node:process";
import { FastDistillError } from "../errors/mod.ts";

/** An environment variable; `undefined` when it is not set. */
export function readEnv(name: string): string | undefined {
  return process.env[name];
}

/** Names of all environment variables, sorted; none where the permission covers only some by name. */
export function environmentNames(): readonly string[] {
  try {
    return Object.keys(process.env).sort();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "NotCapable") return [];
    throw thrown;
  }
}

/** The current directory, absolute. */
export function currentDirectory(): string {
  return process.cwd();
}

/** The words of the command line after the program. */
export function commandLineArguments(): readonly string[] {
  return process.argv.slice(2);
}

/** Ends the process. */
export function exitProcess(code: number): never {
  process.exit(code);
}

/** Milliseconds of processor time that the process has used, all threads together. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** How many processors this process may use. */
export function processorCount(): number {
  return availableParallelism();
}

/** Memory of the machine, in bytes. */
export function totalMemory(): number {
  return totalmem();
}

/** Bytes that are free on the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What the run is executed by, such as `deno 2.9.6`. */
export function runtimeVersion(): string {
  const { deno, bun, node } = process.versions as Record<string, string | undefined>;
  return deno !== undefined ? `deno ${deno}` : bun !== undefined ? `bun ${bun}` : `node ${node}`;
}

/** One of the two output streams of the process. */
export interface Terminal {
  /** Whether a person watches; false for files and pipes. */
  readonly isTerminal: boolean;
  /** Width in characters, 80 when unknown. */
  readonly columns: () => number;
  /** Height in lines, 24 when unknown. */
  readonly rows: () => number;
  /** What nobody reads any more, as in `| head`, is dropped. */
  readonly write: (text: string) => void;
}

/** The standard output. */
export const standardOutput: Terminal = terminalOf(process.stdout);

/** The standard error output. */
export const standardError: Terminal = terminalOf(process.stderr);

function terminalOf(stream: NodeJS.WriteStream): Terminal {
  // Node reports a closed pipe by an event, Deno by throwing.
  stream.on("error", throwUnlessClosed);
  return {
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
    write: (text) => {
      try {
        stream.write(text);
      } catch (thrown) {
        throwUnlessClosed(thrown);
      }
    },
  };
}

function throwUnlessClosed(thrown: unknown): void {
  const code = (thrown as { readonly code?: unknown })?.code;
  if (code !== "EPIPE" && code !== "ERR_STREAM_DESTROYED") throw thrown;
}

/** Resolves once what was written to either output has left the process; Node writes to pipes when it finds the time. */
export async function flushOutput(): Promise<void> {
  const flushed = (stream: NodeJS.WriteStream) =>
    new Promise<void>((done) => {
      if (stream.writableLength === 0) done();
      else stream.write("", () => done());
    });
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => flushed(stream).catch(throwUnlessClosed)),
  );
}

/**
 * Asks the person at the terminal, on stderr, for one line; `undefined` where nobody is there to answer, or the input ends.
 * @throws {FastDistillError} `run.interrupted` at Ctrl-C
 */
export async function askOnTerminal(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const { createInterface } = await import("node:readline");
  // Only its last line is edited, so that nothing above is ever drawn again.
  const at = question.lastIndexOf("\n") + 1;
  process.stderr.write(question.slice(0, at));
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve, reject) => {
      reader.once("SIGINT", () => {
        process.stderr.write("\n");
        reject(new FastDistillError("run.interrupted", "Interrupted while a question waited for its answer"));
      });
      reader.once("close", () => resolve(undefined));
      reader.question(question.slice(at), resolve);
    });
  } finally {
    reader.close();
  }
}

/** Calls back on Ctrl-C and on a polite request to end; the result stops listening. */
export function onInterrupt(callback: (signal: "SIGINT" | "SIGTERM") => void): Disposable {
  const onInt = () => callback("SIGINT");
  const onTerm = () => callback("SIGTERM");
  process.on("SIGINT", onInt);
  process.on("SIGTERM", onTerm);
  return {
    [Symbol.dispose]: () => {
      process.off("SIGINT", onInt);
      process.off("SIGTERM", onTerm);
    },
  };
}
