import type { Terminal } from "@fastdistill/core/runtime";

/** A test double of a terminal, which keeps what is written. */
export interface TerminalDouble extends Terminal {
  /** All that was written, escape codes included. */
  readonly text: () => string;
  /** What a person would see: lines without the empty ones at the end. */
  readonly screen: () => readonly string[];
}

/** How large the double is, and whether it says that it is a terminal at all. */
export interface TerminalDoubleOptions {
  /** @default {false} */
  readonly isTerminal?: boolean;
  /** @default {80} */
  readonly columns?: number;
  /** @default {24} */
  readonly rows?: number;
}

/** Makes a terminal double. Its screen knows the codes that the progress display uses, and throws at any other. */
export function terminalDouble(options: TerminalDoubleOptions = {}): TerminalDouble {
  const { isTerminal = false, columns = 80, rows = 24 } = options;
  let text = "";
  return {
    isTerminal,
    columns: () => columns,
    rows: () => rows,
    write: (more) => void (text += more),
    text: () => text,
    screen: () => screenOf(text),
  };
}

function screenOf(text: string): readonly string[] {
  const lines: string[] = [""];
  let [row, column] = [0, 0];
  // deno-lint-ignore no-control-regex -- escape codes are what is meant
  for (const [token, count, code] of text.matchAll(/\x1b\[(\d*)([A-Za-z])|[\s\S]/g)) {
    if (token === "\n") [row, column] = [row + 1, 0];
    else if (token === "\r") column = 0;
    else if (code === "A") row -= Number(count);
    else if (code === "K") lines[row] = "";
    else if (code === "J") lines.splice(row, Infinity, (lines[row] ?? "").slice(0, column));
    else if (code !== undefined) {
      throw new Error(`The screen double does not know the escape code ${token.slice(1)}`);
    } else {
      lines[row] = (lines[row] ?? "").padEnd(column).slice(0, column) + token +
        (lines[row] ?? "").slice(column + 1);
      column++;
    }
    lines[row] ??= "";
  }
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
