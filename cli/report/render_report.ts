import { escapeHtml } from "./_escape_html.ts";
import { cutToCells, showControls } from "../render/cells.ts";
import { renderTable } from "../render/render_table.ts";
import { PLAIN, type Style } from "../render/style.ts";
import type { ReportColumn, ReportDocument, ReportTable } from "./report_table.ts";

/** What a report is shown with on a terminal. */
export interface ReportView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** A report for a terminal; no line is wider than it. */
export function renderReportText(
  { title, facts, tables }: ReportDocument,
  { style = PLAIN, width = 100 }: ReportView = {},
): readonly string[] {
  const label = Math.max(...facts.map(([name]) => name.length)) + 2;
  return [
    style.bold(cutToCells(oneLine(title), width)),
    "",
    ...facts.map(([name, text]) =>
      `${style.bold(name)}${" ".repeat(label - name.length)}${cutToCells(oneLine(text), width - label)}`
    ),
    "",
    ...tables.flatMap((table) => [...tableLines(table, { style, width }), ""]),
  ];
}

function tableLines(
  { title, columns, rows }: ReportTable,
  { style, width }: Required<ReportView>,
): readonly string[] {
  const [heading, ...lines] = renderTable(
    rows,
    columns.map((column, index) => ({
      ...column,
      title: oneLine(column.title),
      cell: (row: readonly string[]) => oneLine(row[index]!),
    })),
    width,
  );
  return [style.bold(cutToCells(oneLine(title), width)), style.dim(heading!), ...lines];
}

/** A report as Markdown with tables. */
export function renderReportMarkdown({ title, facts, tables }: ReportDocument): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(" | ")} |`;
  const rule = ({ align }: ReportColumn) => align === "right" ? "--:" : "---";
  const table = (columns: readonly ReportColumn[], rows: ReportTable["rows"]) => [
    line(columns.map(({ title }) => title)),
    `| ${columns.map(rule).join(" | ")} |`,
    ...rows.map(line),
    "",
  ];
  return [
    `# ${markdownCell(title)}`,
    "",
    ...table([{ title: "what" }, { title: "found" }], facts),
    ...tables.flatMap((
      { title, columns, rows },
    ) => [`## ${markdownCell(title)}`, "", ...table(columns, rows)]),
  ];
}

/** A report as one HTML file that loads nothing and runs nothing. */
export function renderReportHtml({ title, facts, tables }: ReportDocument): readonly string[] {
  const row = (columns: readonly ReportColumn[], cells: readonly string[]) =>
    `<tr>${
      cells.map((cell, index) =>
        `<td${columns[index]!.align === "right" ? ' class="n"' : ""}>${htmlText(cell)}</td>`
      ).join("")
    }</tr>`;
  const heading = (columns: readonly ReportColumn[]) =>
    `<tr>${
      columns.map(({ title, align }) =>
        `<th scope="col"${align === "right" ? ' class="n"' : ""}>${htmlText(title)}</th>`
      ).join("")
    }</tr>`;
  const facing = [{ title: "" }, { title: "" }];
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${htmlText(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1>${htmlText(title)}</h1>`,
    `<table>${facts.map((fact) => row(facing, fact)).join("\n")}</table>`,
    ...tables.map(({ title, columns, rows }) =>
      [
        `<h2>${htmlText(title)}</h2>`,
        `<table><thead>${heading(columns)}</thead><tbody>`,
        ...rows.map((cells) => row(columns, cells)),
        "</tbody></table>",
      ].join("\n")
    ),
    "</body>",
    "</html>",
  ];
}

const STYLE = "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;" +
  "color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}" +
  "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;" +
  "border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}th{border-color:#888}" +
  ".n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}" +
  "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}td,th{border-color:#444}}";

function oneLine(text: string): string {
  return showControls(text.replace(/\s+/g, " "));
}

function htmlText(text: string): string {
  return escapeHtml(showControls(text));
}

/** What Markdown gives a meaning to has none in a cell. */
function markdownCell(text: string): string {
  return oneLine(text).replace(/[\\|`*_<>[\]#]/g, "\\$&");
}
