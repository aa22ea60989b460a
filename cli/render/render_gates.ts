import type { GateReport, GateVerdict } from "@fastdistill/core";
import { cellWidth, padCells, showControls } from "./cells.ts";
import { PLAIN, type Style } from "./style.ts";

/** What gates are shown with. */
export interface GatesView {
  /** @default {no colour} */
  readonly style?: Style;
}

const GROUPS_MAX = 50;
const MARK_WIDTH = 4;

/** One line for each gate, and under it one for each group of rows that it judged. */
export function renderGates(
  gates: readonly GateVerdict[],
  { style = PLAIN }: GatesView = {},
): readonly string[] {
  return gates.flatMap((gate) => {
    const dress = dressOf(gate.passed, gate.severity, style);
    return [dress(oneLine(gate.message)), ...groupLines(gate, style)];
  });
}

/** Groups of rows that a gate judged, the ones that do not hold first. */
export function groupLines(
  { groups = [], severity }: GateVerdict,
  style: Style = PLAIN,
): readonly string[] {
  const rank = (passed: boolean | null) => passed === false ? 0 : passed === null ? 1 : 2;
  const sorted = groups.toSorted((a, b) => rank(a.passed) - rank(b.passed));
  const shown = sorted.slice(0, GROUPS_MAX);
  const width = Math.max(0, ...shown.map(({ group }) => cellWidth(oneLine(group))));
  const lines = shown.map(({ group, passed, finding, rows }) => {
    const dress = passed === null ? style.dim : dressOf(passed, severity, style);
    const mark = padCells(passed === null ? "-" : passed ? "held" : "not", MARK_WIDTH);
    const name = padCells(oneLine(group), width);
    return `  ${dress(mark)}  ${name}  ${rows} rows: ${oneLine(finding)}`;
  });
  return groups.length > GROUPS_MAX
    ? [...lines, `  and ${groups.length - GROUPS_MAX} more groups: see --json`]
    : lines;
}

/** A value of a row may hold line breaks, and what follows one may be taken for a line of its own. */
function oneLine(text: string): string {
  return showControls(text.replace(/\s*[\r\n]\s*/g, " "));
}

/** How many gates of a run hold. */
export function renderGateLine(
  { run_id, passed, gates }: GateReport,
  { style = PLAIN }: GatesView = {},
): string {
  const held = gates.filter((gate) => gate.passed).length;
  const warned = gates.filter((gate) => !gate.passed && gate.severity === "warn").length;
  const warnings = warned === 0 ? "" : `, ${warned} only warn${warned === 1 ? "s" : ""}`;
  const verdict = passed ? style.green("ok") : style.red("failed");
  return `${verdict}  ${run_id}: ${held} of ${gates.length} gates hold${warnings}`;
}

function dressOf(passed: boolean, severity: GateVerdict["severity"], style: Style): (text: string) => string {
  return passed ? style.green : severity === "warn" ? style.yellow : style.red;
}
