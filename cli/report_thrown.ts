import {
  describeThrown,
  didYouMean,
  type ExitCode,
  exitCodeOf,
  FastDistillError,
  isFastDistillError,
  redactText,
} from "@fastdistill/core/errors";
import type { CliIo } from "./cli_io.ts";
import { hasFlag } from "./parse_arguments.ts";
import { writeLines } from "./output.ts";
import { showControls } from "./render/cells.ts";
import { renderError } from "./render/render_error.ts";
import { readSourceLines } from "./render/source_lines.ts";
import { styleFor } from "./render/style.ts";

/** Where to print what was thrown. */
export interface ReportTarget {
  /** The words of the command line; `--json` among them decides where the error goes. */
  readonly words: readonly string[];
  readonly io: CliIo;
}

/** Prints what a command threw, as an object on stdout or as text on stderr, and returns the exit code. */
export async function reportThrown(thrown: unknown, { words, io }: ReportTarget): Promise<ExitCode> {
  const isExpected = isFastDistillError(thrown);
  if (hasFlag(words, "--json")) {
    const error = isExpected ? thrown.toJSON() : unexpected(thrown).toJSON();
    writeLines(io.stdout, [JSON.stringify({ error })]);
  } else {
    await printError(isExpected ? thrown : unexpected(thrown), { words, io });
  }
  if (io.env("FASTDISTILL_DEBUG") === "1" && thrown instanceof Error) {
    writeLines(io.stderr, [redactText(thrown.stack ?? String(thrown))]);
  }
  return exitCodeOf(thrown);
}

/** Prints an error as text on stderr. */
export async function printError(error: FastDistillError, { words, io }: ReportTarget): Promise<void> {
  const style = styleFor(io.stderr, io, hasFlag(words, "--no-color"));
  const sources = await readSourceLines(error);
  const width = io.stderr.isTerminal ? io.stderr.columns() : 100;
  writeLines(io.stderr, renderError(error, { sources, style, width, currentDirectory: io.currentDirectory }));
}

/** The error for a command that does not exist, or is one word of two. */
export function unknownCommand(name: string, known: readonly string[]): FastDistillError {
  const isGroup = known.every((one) => one.startsWith(`${name} `));
  const words = name.includes(" ") || isGroup ? known : known.map((one) => one.split(" ")[0]!);
  const hint = `Commands: ${[...new Set(words)].join(", ")}`;
  const message = name.startsWith("-")
    ? `Expected a command first, found the flag "${name}"`
    : isGroup
    ? `Command ${name} needs a second word, found nothing`
    : `No command is named "${name}"${didYouMean(name, words)}`;
  return new FastDistillError("config.usage", message, { hint });
}

/** What is not one of our errors is a fault of the program: one line, and what to do with it. */
function unexpected(thrown: unknown): FastDistillError {
  return new FastDistillError("internal.invariant", showControls(describeThrown(thrown)), {
    hint: "This is a bug in FastDistill: please report it, with what FASTDISTILL_DEBUG=1 adds to this output",
  });
}
