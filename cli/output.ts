import type { Invocation } from "./command.ts";
import type { CliIo } from "./cli_io.ts";
import { type Style, styleFor } from "./render/style.ts";

/** Where a command prints, as `--json`, `--quiet` and `--no-color` say. */
export interface Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** For what goes to stdout. */
  readonly style: Style;
  /** For what goes to stderr. */
  readonly errorStyle: Style;
  /** Text on stdout; dropped by `--quiet` and `--json`. */
  readonly print: (lines: readonly string[]) => void;
  /** The line that `--quiet` leaves on stdout; dropped without it. */
  readonly printFinal: (line: string) => void;
  /** The one object on stdout; dropped without `--json`. */
  readonly printJson: (value: unknown) => void;
}

/** The output of one invocation. */
export function outputOf({ switches }: Pick<Invocation, "switches">, io: CliIo): Output {
  const [isJson, isQuiet] = [switches.has("json"), switches.has("quiet")];
  const isRefused = switches.has("no-color");
  return {
    isJson,
    isQuiet,
    style: styleFor(io.stdout, io, isRefused),
    errorStyle: styleFor(io.stderr, io, isRefused),
    print: (lines) => {
      if (!isJson && !isQuiet) writeLines(io.stdout, lines);
    },
    printFinal: (line) => {
      if (!isJson && isQuiet) writeLines(io.stdout, [line]);
    },
    printJson: (value) => {
      if (isJson) writeLines(io.stdout, [JSON.stringify(value)]);
    },
  };
}

/** Writes whole lines at once. */
export function writeLines(
  terminal: { readonly write: (text: string) => void },
  lines: readonly string[],
): void {
  if (lines.length > 0) terminal.write(`${lines.join("\n")}\n`);
}
