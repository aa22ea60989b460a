import type { RunEvent } from "@fastdistill/core";
import { describeThrown, didYouMean, FastDistillError } from "@fastdistill/core/errors";
import { openSync, writeSync } from "node:fs";
import type { CliIo } from "../cli_io.ts";
import type { Flag, Invocation } from "../command.ts";
import { writeLines } from "../output.ts";

/** Flags of a command that runs a pipeline, for its log. */
export const LOG_FLAGS: readonly Flag[] = [
  {
    name: "log-level",
    value: "LEVEL",
    summary: "Log events from this level on, not progress: debug, info, warn, error",
  },
  {
    name: "log-format",
    value: "FORMAT",
    summary: "Log as text or as json, a line for each event (default: text)",
  },
  { name: "log-file", value: "FILE", summary: "Append the log to a file, and show the progress as well" },
];

/** Where the events of a run are logged. */
export interface EventLogger {
  /** Whether the log takes the place of the progress on stderr. */
  readonly isOnStderr: boolean;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * The log that the flags ask for; `undefined` when they ask for none.
 * @throws {FastDistillError} `config.usage` for a level or format that there is not, `data.write_failed`
 */
export async function loggerOf({ values }: Invocation, { stderr }: CliIo): Promise<EventLogger | undefined> {
  const [level, format, file] = ["log-level", "log-format", "log-file"].map((name) => values.get(name)?.[0]);
  if (level === undefined && format === undefined && file === undefined) return undefined;
  const { eventLine, LOG_FORMATS, LOG_LEVELS } = await import("../log/event_lines.ts");
  const shape = {
    level: oneOf("log-level", level ?? "info", LOG_LEVELS),
    format: oneOf("log-format", format ?? "text", LOG_FORMATS),
  };
  const write = file === undefined ? (line: string) => writeLines(stderr, [line]) : appendTo(file, stderr);
  return {
    isOnStderr: file === undefined,
    onEvent: (event) => {
      const line = eventLine(event, shape);
      if (line !== undefined) write(line);
    },
  };
}

/** A log that cannot be written any more, as on a full disk, does not end the run: that is said once. */
function appendTo(path: string, stderr: CliIo["stderr"]): (line: string) => void {
  let file: number | undefined;
  try {
    file = openSync(path, "a");
  } catch (cause) {
    throw new FastDistillError("data.write_failed", `Cannot open the log ${path}`, { cause });
  }
  return (line) => {
    if (file === undefined) return;
    try {
      writeSync(file, `${line}\n`);
    } catch (thrown) {
      file = undefined;
      writeLines(stderr, [`warning: the log ends here: ${describeThrown(thrown)}`]);
    }
  };
}

function oneOf<Name extends string>(flag: string, typed: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === typed);
  if (found !== undefined) return found;
  throw new FastDistillError(
    "config.usage",
    `Flag --${flag} takes one of ${names.join(", ")}, found "${typed}"${didYouMean(typed, names)}`,
  );
}
