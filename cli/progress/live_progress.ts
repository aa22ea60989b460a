import type { RunProgress } from "@fastdistill/core";
import type { Clock, Terminal } from "@fastdistill/core/runtime";
import { cellWidth, showControls } from "../render/cells.ts";
import { PLAIN, type Style } from "../render/style.ts";
import { noteOf, type ProgressDisplay } from "./progress_display.ts";
import { renderProgress } from "./render_progress.ts";

/** What a display needs of the run and the world. */
export interface ProgressSource {
  /** A picture of the run now; `undefined` while there is none. */
  readonly progress: () => RunProgress | undefined;
  readonly terminal: Terminal;
  readonly clock: Clock;
}

/** How a live display looks. */
export interface LiveLook {
  /** @default {without colours} */
  readonly style?: Style;
  /** Whether bars may be made of block characters. @default {false} */
  readonly isUnicode?: boolean;
}

const REDRAW_MS = 100;
const CLEAR_REST = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
/**
 * Begin and end of a frame: terminals that know synchronized output show it at once, others at least hide the cursor
 * meanwhile. Both are in the one write of a frame, so that no way for the process to end leaves the cursor hidden.
 */
const [BEGIN, END] = ["\x1b[?2026h\x1b[?25l", "\x1b[?25h\x1b[?2026l"];
// deno-lint-ignore no-control-regex -- escape codes are what is meant
const STYLE_CODES = /\x1b\[\d+m/g;

/**
 * Draws the run over itself, at most ten times a second, one write a frame, and only the lines that changed. Needs a
 * terminal that understands ANSI escape codes.
 */
export function liveProgress(
  { progress, terminal, clock }: ProgressSource,
  { style = PLAIN, isUnicode = false }: LiveLook = {},
): ProgressDisplay {
  const timer = new AbortController();
  let drawn: Frame = { lines: [], columns: terminal.columns() };
  const picture = (columns: number): readonly string[] => {
    const now = progress();
    if (now === undefined) return [];
    // One cell and one line stay free: a full one makes some terminals scroll.
    return renderProgress(now, columns - 1, { linesMax: terminal.rows() - 1, style, isUnicode });
  };
  const draw = (note?: string) => {
    const columns = terminal.columns();
    const frame = { lines: picture(columns), columns };
    const changes = changesOf(drawn, frame, note);
    drawn = frame;
    if (changes !== "") terminal.write(`${BEGIN}${changes}${END}`);
  };
  const note = (line: string) => draw(showControls(line));
  repeat({ clock, everyMs: REDRAW_MS, signal: timer.signal }, draw);
  return {
    onEvent: (event) => {
      const line = noteOf(event);
      if (line !== undefined) note(line);
    },
    note,
    close: () => {
      if (timer.signal.aborted) return;
      timer.abort();
      draw();
    },
  };
}

/** What was drawn, and how wide the terminal was. */
interface Frame {
  readonly lines: readonly string[];
  readonly columns: number;
}

/** What turns one frame into the next, with a line above that stays; empty when nothing does. */
function changesOf(before: Frame, after: Frame, note: string | undefined): string {
  const isResized = before.columns !== after.columns;
  const isWhole = note !== undefined || isResized;
  const isSame = !isWhole && before.lines.length === after.lines.length &&
    before.lines.every((line, index) => line === after.lines[index]);
  if (isSame) return "";
  // A terminal that became narrower has broken the lines that were there.
  const height = before.lines.reduce((sum, line) => sum + heightOf(line, after.columns), 0);
  const rewind = height === 0 ? "" : `\x1b[${height}A\r`;
  const lines = after.lines.map((line, index) =>
    !isWhole && line === before.lines[index] ? "\n" : `${line}${CLEAR_REST}\n`
  );
  // What follows a note that fills its line would be cleared in the last cell of it.
  const isFull = note !== undefined && cellWidth(note) % after.columns === 0;
  const above = note === undefined ? "" : `${note}${isFull && note !== "" ? "" : CLEAR_REST}\n`;
  const isTaller = isWhole || height > after.lines.length;
  return `${rewind}${above}${lines.join("")}${isTaller ? CLEAR_BELOW : ""}`;
}

function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(cellWidth(line.replace(STYLE_CODES, "")) / columns));
}

/** How often something is done, and until when. */
export interface Repetition {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Does something again and again, until the signal aborts. */
export function repeat({ clock, everyMs, signal }: Repetition, action: () => void): void {
  const next = (): void => {
    clock.sleep(everyMs, signal).then(() => {
      action();
      next();
    }, () => {}); // The signal ends it.
  };
  next();
}
