import type { Terminal } from "@fastdistill/core/runtime";
import { type Screen, showOnScreen } from "./_screen.ts";

/** A test double of a terminal, which keeps what is written. */
export interface TerminalDouble extends Terminal {
  /** All that was written, escape codes included. */
  readonly text: () => string;
  /** What a person would see: lines without the empty ones at the end. */
  readonly screen: () => readonly string[];
  /** The same with all frames that were seen. */
  readonly shown: () => Screen;
  /** How often it was written to. */
  readonly writes: () => number;
  /** Makes it as wide as this. */
  readonly resize: (columns: number) => void;
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

/** Makes a terminal double. */
export function terminalDouble(options: TerminalDoubleOptions = {}): TerminalDouble {
  const { isTerminal = false, columns = 80, rows = 24 } = options;
  let [text, writes, width] = ["", 0, columns];
  const shown = () => showOnScreen(text, { columns: width, rows });
  return {
    isTerminal,
    columns: () => width,
    rows: () => rows,
    write: (more) => {
      text += more;
      writes++;
    },
    text: () => text,
    screen: () => shown().lines,
    shown,
    writes: () => writes,
    resize: (columns) => void (width = columns),
  };
}
