import type { CliIo } from "../cli_io.ts";

/** A bar of a width: a share of work, or a mark that moves while the share is not known. */
export interface BarOptions {
  /** Cells. */
  readonly width: number;
  /** From 0 to 1; `undefined` when it is not known. */
  readonly share: number | undefined;
  /** Whether anything is done now; what rests has no moving mark. */
  readonly isActive: boolean;
  /** Moves the mark. */
  readonly elapsedMs: number;
  /** Whether block characters may be used; `#` and `-` otherwise. */
  readonly isUnicode: boolean;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const MARK_WIDTH = 3;
const MARK_STEP_MS = 200;

/** Draws a bar. It is full only when all is done. */
export function renderBar({ width, share, isActive, elapsedMs, isUnicode }: BarOptions): string {
  const [full, empty] = isUnicode ? ["█", "░"] : ["#", "-"];
  if (share === undefined) {
    if (!isActive) return empty.repeat(width);
    const mark = Math.min(MARK_WIDTH, width);
    const [way, step] = [width - mark, Math.floor(elapsedMs / MARK_STEP_MS)];
    const at = way === 0 ? 0 : way - Math.abs(step % (2 * way) - way);
    return empty.repeat(at) + full.repeat(mark) + empty.repeat(way - at);
  }
  const eighths = Math.floor(share * width * 8);
  const part = isUnicode ? EIGHTHS[eighths % 8]! : "";
  const whole = full.repeat(Math.floor(eighths / 8)) + part;
  return whole + empty.repeat(width - whole.length);
}

/** Whether a terminal shows block characters, as the locale says; on Windows, where it is a recent one. */
export function isUnicodeTerminal({ env }: Pick<CliIo, "env">): boolean {
  const locale = [env("LC_ALL"), env("LC_CTYPE"), env("LANG")].find((value) => (value ?? "") !== "");
  if (locale !== undefined) return /utf-?8/i.test(locale);
  return (env("WT_SESSION") ?? "") !== "" || env("TERM_PROGRAM") === "vscode";
}
