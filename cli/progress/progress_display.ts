import type { RunEvent } from "@fastdistill/core";
import { renderBudgetUse } from "../render/render_budget.ts";

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
  if (event.type === "warning") return `warning[${event.code}]: ${event.message}`;
  if (event.type === "step_log" && (event.level === "warn" || event.level === "error")) {
    return `${event.step}: ${event.message}`;
  }
  return event.type === "budget_alert" ? renderBudgetAlert(event) : undefined;
}

function renderBudgetAlert({ share, ...use }: RunEvent & { readonly type: "budget_alert" }): string {
  return `budget: ${Math.round(share * 100)} % reached: ${renderBudgetUse(use)}`;
}
