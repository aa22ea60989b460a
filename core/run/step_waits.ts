import type { WaitReason } from "../report/mod.ts";
import type { CallTracker } from "./call_tracker.ts";
import type { StepState } from "./step_state.ts";

/** What a step waits for now; nothing when it is finished or waits for nothing that is known. */
export function waitsOf({ plan, open, counts }: StepState, calls: CallTracker): readonly WaitReason[] {
  if (counts.finished) return [];
  const called = calls.waitsOf(plan.name);
  const waits: WaitReason[] = [...called];
  const inCalls = called.reduce((sum, { count }) => sum + count, 0);
  if (counts.inFlight > 0 && inCalls === 0) {
    waits.push({ on: open.kind === "task" ? "effect" : "process", count: counts.inFlight });
  }
  if (counts.isClosing) waits.push({ on: "close" });
  if (counts.blockedBy !== undefined) waits.push(counts.blockedBy);
  else if (open.kind === "source" && counts.isReading) waits.push({ on: "source" });
  else if (open.kind === "global" && !counts.isReading && !counts.isClosing) {
    waits.push({ on: "process", count: counts.rowsIn });
  }
  if (waits.length === 0 && open.kind !== "source") waits.push({ on: "rows" });
  return waits;
}

/** The same for people. */
export function describeWait({ on, name, count }: WaitReason): string {
  const rows = count === undefined ? "" : ` (${count} ${count === 1 ? "row" : "rows"})`;
  const calls = count === undefined ? "" : ` (${count} ${count === 1 ? "call" : "calls"})`;
  switch (on) {
    case "process":
      return `its process() to return${rows}`;
    case "source":
      return "its source to give the next row";
    case "effect":
      return `effects that another row performs, or the effect store${rows}`;
    case "budget":
      return `the budget to set money aside for "${name}"${calls}`;
    case "permit":
      return `a permit of the endpoint of "${name}"${calls}`;
    case "answer":
      return `the answer of "${name}"${calls}`;
    case "backoff":
      return `the next attempt at "${name}"${calls}`;
    case "channel":
      return `room in the channel ${name}`;
    case "stage":
      return `the writer of stage "${name}"`;
    case "in_flight":
      return "rows before it to be settled";
    case "ledger":
      return "the row ledger to be written";
    case "close":
      return "its files to be closed";
    case "rows":
      return "rows of the steps before it";
  }
}
