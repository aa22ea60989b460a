import type { PreviewedEnd, PreviewedStep, Row, RunPreview } from "@fastdistill/core";
import { cellWidth, cutToCells, padCells, showControls } from "./cells.ts";
import { formatCount, formatMoney } from "./figures.ts";
import type { PlanView } from "./render_plan.ts";
import { PLAIN, type Style } from "./style.ts";

const ROWS_MAX = 12;

/**
 * The rows of a preview after each step, with the columns that the step added; of a single step with all of them. No line is
 * wider than the terminal.
 */
export function renderPreview(
  { steps, spent_usd }: RunPreview,
  { style = PLAIN, width = 100 }: PlanView = {},
): readonly string[] {
  const isWhole = steps.length === 1;
  return [
    ...steps.flatMap((step) => [...stepLines(step, { style, width, isWhole }), ""]),
    `Spent ${formatMoney(spent_usd)} USD; answers are recorded, and the run does not pay for them again`,
  ];
}

/** A preview in one line. */
export function renderPreviewLine({ name, steps, spent_usd }: RunPreview): string {
  const last = steps.at(-1);
  const rows = last === undefined ? "no rows" : `${formatCount(last.rows.length)} rows after ${last.step}`;
  return `${name}: ${rows}, ${formatMoney(spent_usd)} USD spent`;
}

interface View {
  readonly style: Style;
  readonly width: number;
  /** Whether all columns are shown. */
  readonly isWhole: boolean;
}

function stepLines(step: PreviewedStep, view: View): readonly string[] {
  const { rows, ended } = step;
  const [more, moreEnded] = [rows.length - ROWS_MAX, ended.length - ROWS_MAX];
  return [
    titleOf(step, view.style),
    ...rows.slice(0, ROWS_MAX).flatMap((row, index) => rowLines(row, { ...view, step, number: index + 1 })),
    ...(more > 0 ? [`     and ${formatCount(more)} more rows`] : []),
    ...ended.slice(0, ROWS_MAX).map((end) => endText(end, view.width)),
    ...(moreEnded > 0 ? [`     and ${formatCount(moreEnded)} more that ended here`] : []),
  ];
}

function rowLines(
  row: Row,
  { step: { adds }, number, style, width, isWhole }: View & {
    readonly step: PreviewedStep;
    readonly number: number;
  },
): readonly string[] {
  const names = Object.keys(row);
  const added = names.filter((name) => adds.includes(name));
  const columns = isWhole ? [...added, ...names.filter((name) => !adds.includes(name))] : added;
  const line = (at: number, text: string) =>
    cutToCells(showControls(`${at === 0 ? String(number).padStart(3) : "   "}  ${text}`), width);
  if (columns.length === 0) return [style.dim(line(0, oneLine(JSON.stringify(row))))];
  const label = Math.max(...columns.map(cellWidth));
  return columns.map((column, at) => {
    const text = line(at, `${padCells(column, label)}  ${textOf(row[column])}`);
    return adds.includes(column) ? text : style.dim(text);
  });
}

function titleOf({ step, use, rows_in, rows, ended, effects }: PreviewedStep, style: Style): string {
  const out = `${formatCount(rows_in)} in, ${formatCount(rows.length)} out`;
  const dropped = ended.length === 0 ? "" : `, ${formatCount(ended.length)} dropped`;
  const { performed, reused } = effects;
  const calls = performed + reused === 0
    ? ""
    : `, ${formatCount(performed)} effects performed, ${formatCount(reused)} reused`;
  return `${style.bold(step)}  ${use}: ${out}${dropped}${calls}`;
}

function endText({ state, reason, detail, row }: PreviewedEnd, width: number): string {
  const why = detail === undefined || detail === "" ? reason : `${reason}: ${detail}`;
  return cutToCells(
    showControls(oneLine(`  -  ${state}, ${why}; the row was ${JSON.stringify(row)}`)),
    width,
  );
}

/** Text as it is, everything else as JSON. */
function textOf(value: unknown): string {
  return oneLine(typeof value === "string" ? value : JSON.stringify(value));
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ↵ ").replace(/\t/g, " ");
}
