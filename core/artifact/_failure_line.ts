import { describeThrown, redact, redactText } from "../errors/mod.ts";
import type { FailedRow, KeptFailure } from "./ledger_entry.ts";

const TEXT_CHARS_MAX = 4_000;
const ROW_CHARS_MAX = 8_000;
const COLUMN_CHARS_MAX = 400;
const COLUMNS_MAX = 100;
const CAUSES_MAX = 4;
const CAUSE_CHARS_MAX = 400;

/** A line of `failures.jsonl`, without its end: all that a person needs to see why, cut to size, without secrets. */
export function failureLine(failed: FailedRow | KeptFailure): string {
  const { rowId, step, error, evidence, row, effects, attempts } = failed;
  return JSON.stringify({
    row_id: rowId,
    step,
    ...(failed.state === "kept_failed" ? { kept: true } : {}),
    code: error.code,
    message: cut(error.message, TEXT_CHARS_MAX),
    hint: error.hint,
    attempts,
    causes: causesOf(error),
    effects,
    evidence: evidence === undefined ? undefined : cut(redactText(evidence), TEXT_CHARS_MAX),
    ...(row === undefined ? {} : shownRow(redact(row) as Record<string, unknown>)),
  });
}

/** What caused an error, the nearest first; absent when nothing is known. */
function causesOf(error: Error): readonly string[] | undefined {
  const causes: string[] = [];
  for (let { cause } = error; cause !== undefined && causes.length < CAUSES_MAX;) {
    causes.push(cut(redactText(describeThrown(cause)), CAUSE_CHARS_MAX));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes.length === 0 ? undefined : causes;
}

function shownRow(row: Record<string, unknown>): { readonly row: unknown; readonly row_cut?: true } {
  if (JSON.stringify(row).length <= ROW_CHARS_MAX) return { row };
  const columns = Object.entries(row).slice(0, COLUMNS_MAX).map(([name, value]) => [name, shownValue(value)]);
  return { row: Object.fromEntries(columns), row_cut: true };
}

function shownValue(value: unknown): unknown {
  if (typeof value === "string") return cut(value, COLUMN_CHARS_MAX);
  const text = JSON.stringify(value);
  return text === undefined || text.length <= COLUMN_CHARS_MAX ? value : cut(text, COLUMN_CHARS_MAX);
}

/** The first characters of a text, with no half of a surrogate pair at the end. */
export function cut(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const isSplit = /[\uD800-\uDBFF]$/.test(text.slice(0, chars));
  return text.slice(0, isSplit ? chars - 1 : chars);
}
