import type { VerifyProblem, VerifyReport } from "@fastdistill/core";
import { basename } from "node:path";
import { showControls } from "./cells.ts";
import { formatCount } from "./figures.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a verification is shown with. */
export interface VerifyView {
  /** @default {no colour} */
  readonly style?: Style;
}

const SHOWN_MAX = 50;

/** The line for a run that is as it was left. */
export function renderVerified(
  { run_dir, run_id, files, rows, ledger_lines }: VerifyReport,
  { style = PLAIN }: VerifyView = {},
): string {
  const counts = `${formatCount(files)} files, ${formatCount(rows)} rows of stages, ${
    formatCount(ledger_lines)
  } ledger lines`;
  return `${style.green("ok")}  ${run_id ?? basename(run_dir)}: ${counts}`;
}

/** What a person may want to know of a run that is as it was left. */
export function renderVerifyNotes({ effects, signatures, unproven }: VerifyReport): readonly string[] {
  const notes: string[] = [];
  if (effects !== undefined && effects.missing > 0) {
    const counts = `${formatCount(effects.missing)} of ${formatCount(effects.obtained)}`;
    notes.push(`note  ${counts} effects are not in the store: what they cost was not recomputed`);
  }
  if (signatures !== undefined) {
    const trusted = signatures.trusted === undefined ? "" : `, the given one among them`;
    notes.push(`note  signed by ${signatures.keys.join(", ")}${trusted}`);
  }
  if (unproven.length > 0) notes.push(`note  not vouched for: ${unproven.map(showControls).join(", ")}`);
  return notes;
}

/** One line for each thing that is not as the run left it, then the count. */
export function renderProblems(
  { run_dir, run_id, problems }: VerifyReport,
  { style = PLAIN }: VerifyView = {},
): readonly string[] {
  const count = `${formatCount(problems.length)} problem${problems.length === 1 ? "" : "s"}`;
  const more = problems.length - SHOWN_MAX;
  return [
    ...problems.slice(0, SHOWN_MAX).map((problem) =>
      `${style.red("problem")}  ${showControls(textOf(problem))}`
    ),
    ...(more > 0 ? [`and ${formatCount(more)} more: see --json`] : []),
    `${style.red("failed")}  ${
      run_id ?? basename(run_dir)
    }: ${count}; the run folder was changed, run the pipeline again`,
  ];
}

function textOf({ file, problem, expected, found }: VerifyProblem): string {
  const stated = expected === undefined ? "" : `; the run states ${expected}`;
  return `${file}: ${problem}${stated}${found === undefined ? "" : `, found ${found}`}`;
}
