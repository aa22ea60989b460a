import type { CliIo } from "../cli_io.ts";
import type { Terminal } from "@fastdistill/core/runtime";

/** Dresses up text for a terminal. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const asIs = (text: string): string => text;

/** Leaves text as it is. */
export const PLAIN: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };

/** Escape codes that every terminal knows. */
export const COLOURED: Style = {
  bold: escape(1, 22),
  dim: escape(2, 22),
  red: escape(31, 39),
  green: escape(32, 39),
  yellow: escape(33, 39),
};

/** Colour only where a person looks at it and has not refused it (https://no-color.org). */
export function styleFor(terminal: Terminal, { env }: Pick<CliIo, "env">, isRefused = false): Style {
  const isPlain = isRefused || !terminal.isTerminal || (env("NO_COLOR") ?? "") !== "" ||
    env("TERM") === "dumb";
  return isPlain ? PLAIN : COLOURED;
}

function escape(on: number, off: number): (text: string) => string {
  return (text) => text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`;
}
