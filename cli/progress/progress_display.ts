import type { RunEvent } from "@fastdistill/core";

/** Shows a person how a run goes, on stderr. */
export interface ProgressDisplay {
  /** Takes note of what happened. */
  readonly onEvent: (event: RunEvent) => void;
  /** Writes a line that stays. */
  readonly note: (line: string) => void;
  /** Leaves the last picture as it is and stops. */
  readonly close: () => void;
}

/** A display for `--quiet` and `--json`: shows nothing. */
export const NO_PROGRESS: ProgressDisplay = { onEvent: () => {}, note: () => {}, close: () => {} };

/** What a person must see of an event, whatever the display; `undefined` for most. */
export function noteOf(event: RunEvent): string | undefined {
  return event.type === "warning" ? `warning[${event.code}]: ${event.message}` : undefined;
}
