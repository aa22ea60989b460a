import type { LineageEffect, LineageRow, RowLineage } from "@fastdistill/core";
import { cutToCells, showControls } from "./cells.ts";
import { formatCount, formatMoney } from "./figures.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a lineage is shown with. */
export interface LineageView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number | undefined;
  /** Whether prompts and answers are shown whole. @default {false} */
  readonly isFull?: boolean;
}

const DIGITS = 12;
const INDENT = "  ";

/** A family of rows as a tree: what was read first, what was made of it below. */
export function renderLineage(
  lineage: RowLineage,
  { style = PLAIN, width = 100, isFull = false }: LineageView = {},
): readonly string[] {
  const shown = new Set<string>();
  const lines: string[] = [];
  const show = (row: LineageRow, depth: number) => {
    if (shown.has(row.row_id)) return;
    shown.add(row.row_id);
    const pad = INDENT.repeat(depth);
    for (const [at, line] of rowLines(row, lineage, { style, isFull, width: width - pad.length }).entries()) {
      lines.push(`${pad}${at === 0 ? "" : INDENT}${line}`);
    }
    for (const child of lineage.rows) {
      // A row that was joined of several stands below the last of them.
      if (child.parents.at(-1) === row.row_id) show(child, depth + 1);
    }
  };
  for (const row of lineage.rows) if (row.parents.length === 0) show(row, 0);
  for (const row of lineage.rows) show(row, 0);
  return [...lines, ...(lineage.is_cut ? ["and more rows that were made of it"] : [])];
}

interface RowView extends Required<Omit<LineageView, "width">> {
  readonly width: number;
}

function rowLines(row: LineageRow, { rows }: RowLineage, view: RowView): readonly string[] {
  const { style, width } = view;
  const name = `row ${row.row_id.slice(0, DIGITS)}`;
  const cut = (text: string) => cutToCells(showControls(text), Math.max(20, width));
  const chosen = chosenSamples(row, rows);
  const effects = row.effects.filter((effect) =>
    chosen === undefined || effect.sample === undefined || chosen.has(effect.sample)
  );
  const others = row.effects.length - effects.length;
  return [
    `${row.relation === "self" ? style.bold(name) : name}  ${originOf(row)}`,
    ...(row.steps.length === 0 ? [] : [cut(`steps   ${row.steps.join(" > ")}`)]),
    ...effects.flatMap((effect) => effectLines(effect, view)),
    ...(others === 0 ? [] : [`effects ${formatCount(others)} more, of rows that are not shown`]),
    ...row.stages.map(({ stage, file, line }) => cut(`stage   ${stage}, ${file}:${line}`)),
    ...(row.relation === "self" ? columnLines(row, view) : []),
    ...endLines(row, view),
  ];
}

/** Which samples became rows that are shown; `undefined` where it does not matter. */
function chosenSamples({ row_id }: LineageRow, rows: readonly LineageRow[]): ReadonlySet<number> | undefined {
  const children = rows.filter(({ parents }) => parents.includes(row_id));
  const indexes = children.flatMap(({ made_by }) => made_by?.index ?? []);
  const isPath = children.every(({ relation }) => relation !== "descendant");
  return children.length > 0 && isPath ? new Set(indexes) : undefined;
}

function originOf({ source, made_by, parents }: LineageRow): string {
  if (source !== undefined) {
    const { step, index, file, line } = source;
    const place = file === undefined ? "" : ` (${showControls(file)}${line === undefined ? "" : `:${line}`})`;
    return `row ${formatCount(index)} of source ${step}${place}`;
  }
  if (made_by === undefined) return "";
  const { step, kind, index } = made_by;
  return kind === "joined"
    ? `joined of ${formatCount(parents.length)} rows at ${step}`
    : `made by step ${step}${index === undefined ? "" : `, number ${formatCount(index)}`}`;
}

function effectLines(effect: LineageEffect, view: RowView): readonly string[] {
  const { step, key, kind, sample, model, usage, cost_usd, attempts, started_at } = effect;
  if (kind === undefined) return [`effect  ${step}: ${key.slice(0, DIGITS)}, which the store does not have`];
  const facts = [
    ...(model === undefined ? [] : [model]),
    ...(sample === undefined ? [] : [`sample ${sample}`]),
    ...(usage === undefined
      ? []
      : [`${formatCount(usage.input_tokens)} + ${formatCount(usage.output_tokens)} tokens`]),
    ...(cost_usd === undefined ? [] : [`${formatMoney(cost_usd)} USD`]),
    ...(attempts === undefined || attempts === 1 ? [] : [`${attempts} attempts`]),
    ...(started_at === undefined ? [] : [`${started_at.slice(0, 19).replace("T", " ")} UTC`]),
  ];
  return [
    `effect  ${step}: ${showControls([`${kind} ${key.slice(0, DIGITS)}`, ...facts].join(", "))}`,
    ...quoted("asked", promptOf(effect), view),
    ...quoted("said", answerOf(effect), view),
  ];
}

/** The last message of a chat; otherwise the whole request. */
function promptOf({ request = {} }: LineageEffect): string {
  const { messages } = (request["request"] ?? {}) as {
    readonly messages?: readonly { readonly content?: unknown }[];
  };
  const last = messages?.at(-1)?.content;
  return typeof last === "string" ? last : JSON.stringify(request["input"] ?? request["request"] ?? request);
}

function answerOf({ response }: LineageEffect): string {
  const { content } = (response ?? {}) as { readonly content?: unknown };
  return typeof content === "string" ? content : JSON.stringify(response);
}

function quoted(label: string, text: string, { isFull, width, style }: RowView): readonly string[] {
  const lines = showControls(text).trim().split("\n");
  if (isFull) return [`  ${label}`, ...lines.map((line) => style.dim(`    ${line}`))];
  // The end of a prompt is what this row is about.
  const line = label === "asked" ? lines.slice(-2).join(" \\n ") : lines.join(" \\n ");
  const start = lines.length > 2 && label === "asked" ? "… " : "";
  return [style.dim(cutToCells(`  ${label.padEnd(6)}${start}${line}`, Math.max(20, width)))];
}

/** The row as it stood last. */
function columnLines({ stages }: LineageRow, { width }: RowView): readonly string[] {
  const row = stages.at(-1)?.row;
  if (row === undefined) return [];
  return Object.entries(row).map(([column, value]) => {
    const text = typeof value === "string" ? value.replace(/\n/g, "\\n") : JSON.stringify(value);
    return cutToCells(`  ${showControls(column)}  ${showControls(text)}`, Math.max(20, width));
  });
}

function endLines({ end }: LineageRow, { style, width }: RowView): readonly string[] {
  if (end === undefined) return [];
  const { step, state, why, detail } = end;
  const colour = state === "kept" ? style.green : state === "failed" ? style.red : style.yellow;
  const more = [why, detail].filter((text) => text !== undefined).join(": ");
  return [
    cutToCells(`end     ${state} at ${step}`, width).replace(state, colour(state)) +
    (more === "" ? "" : cutToCells(`, ${showControls(more).replace(/\n/g, " ")}`, Math.max(20, width))),
  ];
}
