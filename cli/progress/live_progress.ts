import type { RunProgress } from "@fastdistill/core";
import type { Clock, Terminal } from "@fastdistill/core/runtime";
import { showControls } from "../render/cells.ts";
import { noteOf, type ProgressDisplay } from "./progress_display.ts";
import { renderProgress } from "./render_progress.ts";

/** What a display needs of the run and the world. */
export interface ProgressSource {
  /** A picture of the run now; `undefined` while there is none. */
  readonly progress: () => RunProgress | undefined;
  readonly terminal: Terminal;
  readonly clock: Clock;
}

const REDRAW_MS = 100;
const CLEAR_LINE = "\x1b[2K";
const CLEAR_BELOW = "\x1b[0J";

/** Draws the run over itself, at most ten times a second. Needs a terminal that understands ANSI escape codes. */
export function liveProgress({ progress, terminal, clock }: ProgressSource): ProgressDisplay {
  const timer = new AbortController();
  let drawn = 0;
  const rewind = () => drawn === 0 ? "" : `\x1b[${drawn}A\r`;
  const picture = (): readonly string[] => {
    const now = progress();
    if (now === undefined) return [];
    // One cell and one line stay free: a full one makes some terminals scroll.
    return renderProgress(now, terminal.columns() - 1, { linesMax: terminal.rows() - 1 }).map(showControls);
  };
  const draw = (note = "") => {
    const lines = picture();
    if (note === "" && lines.length === 0 && drawn === 0) return;
    terminal.write(
      `${rewind()}${note}${lines.map((line) => `${CLEAR_LINE}${line}\n`).join("")}${CLEAR_BELOW}`,
    );
    drawn = lines.length;
  };
  const note = (line: string) => draw(`${CLEAR_LINE}${showControls(line)}\n`);
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
