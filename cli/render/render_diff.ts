import type { RunDifference, StageDifference, ValueDifference } from "@fastdistill/core";
import { cutToCells, showControls } from "./cells.ts";
import { formatCount } from "./figures.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a difference is shown with. */
export interface DiffView {
  /** @default {no colour} */
  readonly style?: Style;
}

type Shown = ValueDifference["a"];

const VALUE_CELLS = 300;
const ROW_CELLS = 160;
const LINES_MAX = 100;

/** In what two runs differ, a section for each kind of thing. */
export function renderDiff(diff: RunDifference, { style = PLAIN }: DiffView = {}): readonly string[] {
  const section = (title: string, values: readonly ValueDifference[]) =>
    values.length === 0
      ? []
      : [style.bold(title), ...bounded(values.flatMap((value) => valueLines(value, style))), ""];
  return [
    `${style.red(`a ${diff.a}`)}`,
    `${style.green(`b ${diff.b}`)}`,
    "",
    ...section("pipeline", diff.config),
    ...section("inputs", diff.inputs),
    ...diff.stages.flatMap((stage) => [...stageLines(stage, style), ""]),
    ...section("metrics", diff.metrics),
    ...section("gates", diff.gates),
    ...section("rows", diff.rows),
    ...section("cost", diff.cost),
    renderDiffLine(diff),
  ];
}

/** The difference in one line. */
export function renderDiffLine(
  { a, b, same, config, inputs, stages, metrics, gates }: RunDifference,
): string {
  if (same) return `same: ${a} and ${b}`;
  const rows = stages.reduce((sum, { added, removed, changed }) => sum + added + removed + changed, 0);
  const counts = [
    [config.length, "keys"],
    [inputs.length, "inputs"],
    [rows, "rows of stages"],
    [metrics.length, "metrics"],
    [gates.length, "gates"],
  ] as const;
  const shown = counts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  return `different: ${shown.length === 0 ? "the order of rows" : shown.join(", ")}`;
}

function valueLines({ path, a, b }: ValueDifference, style: Style): readonly string[] {
  return [
    `  ${showControls(path)}`,
    ...(a === undefined ? [] : [style.red(`    a ${text(a, VALUE_CELLS)}`)]),
    ...(b === undefined ? [] : [style.green(`    b ${text(b, VALUE_CELLS)}`)]),
  ];
}

function stageLines(stage: StageDifference, style: Style): readonly string[] {
  const { rows, identical, added, removed, changed, unchanged, matched_by } = stage;
  const count = (rows: number | null) => rows === null ? "no such stage" : `${formatCount(rows)} rows`;
  const head = style.bold(`stage ${stage.stage}`);
  if (identical) return [`${head}  identical, ${count(rows.a)}`];
  const isReordered = added + removed + changed === 0;
  return [
    `${head}  a ${count(rows.a)}, b ${count(rows.b)}, matched by ${showControls(matched_by)}`,
    isReordered
      ? `  the same rows in another order`
      : `  ${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed, ${
        formatCount(unchanged)
      } the same`,
    ...stage.changed_rows.flatMap(({ key, columns }) => [
      `  ~ ${text(key, ROW_CELLS)}`,
      ...columns.flatMap(({ column, a, b }) => [
        `    ${showControls(column)}`,
        ...(a === undefined ? [] : [style.red(`      a ${text(a, ROW_CELLS)}`)]),
        ...(b === undefined ? [] : [style.green(`      b ${text(b, ROW_CELLS)}`)]),
      ]),
    ]),
    ...more(stage.changed_rows.length, changed, "changed"),
    ...stage.removed_rows.map((row) => style.red(`  - ${text(row, ROW_CELLS)}`)),
    ...more(stage.removed_rows.length, removed, "removed"),
    ...stage.added_rows.map((row) => style.green(`  + ${text(row, ROW_CELLS)}`)),
    ...more(stage.added_rows.length, added, "added"),
  ];
}

function more(shown: number, all: number, what: string): readonly string[] {
  return all > shown ? [`    and ${formatCount(all - shown)} more ${what}: see --samples`] : [];
}

function bounded(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [
    ...lines.slice(0, LINES_MAX),
    `  and ${formatCount(lines.length - LINES_MAX)} more lines: see --json`,
  ];
}

function text(value: Shown, cells: number): string {
  const plain = typeof value === "string" ? value.replace(/\n/g, "\\n") : JSON.stringify(value) ?? "";
  return cutToCells(showControls(plain), cells);
}
