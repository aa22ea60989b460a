import { pathExists } from "../runtime/mod.ts";
import { objectLines } from "./_json_lines.ts";
import type { RunLayout } from "./run_layout.ts";

/** A row that failed in the last execution of a run, as `failures.jsonl` says. */
export interface FailedRowRecord {
  /** Id of the row. */
  readonly row_id: string;
  /** The step in which it failed. */
  readonly step: string;
  /** Why. */
  readonly code: string;
  /** Keys of the recorded answers on which it failed; none where a call or a computation failed. */
  readonly effects: readonly string[];
}

/** Reads which rows failed in the last execution of a run; none when there was none, or it wrote nothing. */
export async function* readFailedRows(layout: RunLayout): AsyncGenerator<FailedRowRecord> {
  if (!await pathExists(layout.failures)) return;
  for await (const { value } of objectLines(layout.failures, () => {})) {
    const { row_id, step, code, effects } = value;
    const keys = Array.isArray(effects) ? effects.filter((key) => typeof key === "string") : [];
    yield { row_id: String(row_id), step: String(step), code: String(code), effects: keys };
  }
}
