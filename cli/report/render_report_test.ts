import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cellWidth } from "../render/cells.ts";
import { renderReportHtml, renderReportMarkdown, renderReportText } from "./render_report.ts";
import { cappedTable, type ReportDocument, type ReportTable } from "./report_table.ts";

const HOSTILE = `<script>alert("1")</script>\n| **x** \u001b[2J & 'y'`;
const DOCUMENT: ReportDocument = {
  title: `Report of ${HOSTILE}`,
  facts: [["run", HOSTILE], ["rows", "3 read"]],
  tables: [{
    title: HOSTILE,
    columns: [{ title: HOSTILE, isFlexible: true }, { title: "rows", align: "right" }],
    rows: [[HOSTILE.repeat(10), "1,234"], ["plain", "5"]],
  }],
};

Deno.test("renderReportText() fits the terminal, with nothing that moves the cursor", () => {
  for (const width of [40, 80, 200]) {
    const lines = renderReportText(DOCUMENT, { width });
    assertEquals(
      lines.filter((line) => cellWidth(line) > width || line.includes("\u001b") || line.includes("\n")),
      [],
    );
    assert(lines.some((line) => line.endsWith(" 1,234")));
  }
});

Deno.test("renderReportHtml() is one file that runs nothing, and escapes every text", () => {
  const html = renderReportHtml(DOCUMENT).join("\n");
  assertEquals(html.match(/<script|javascript:|\son\w+=|<link|<img|src=/gi), null);
  assertEquals(html.includes("\u001b"), false);
  assertStringIncludes(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
  assertStringIncludes(html, "&amp; &#39;y&#39;");
  assertStringIncludes(html, '<td class="n">1,234</td>');
  const opened = [...html.matchAll(/<(\w+)(?:\s[^>]*)?>/g)].map(([, name]) => name!)
    .filter((name) => name !== "meta");
  const closed = [...html.matchAll(/<\/(\w+)>/g)].map(([, name]) => name!);
  assertEquals(opened.toSorted(), closed.toSorted());
});

Deno.test("renderReportMarkdown() keeps a cell in its cell", () => {
  const lines = renderReportMarkdown(DOCUMENT);
  const rows = lines.filter((line) => line.startsWith("|"));
  assertEquals(rows.length, 8);
  for (const row of rows) assertEquals(row.replaceAll("\\|", "").match(/\|/g)?.length, 3, row);
  assertEquals(lines.some((line) => /(?<!\\)<script/.test(line)), false);
  assert(lines.includes("| plain | 5 |"));
});

Deno.test("cappedTable() says how many rows it leaves out, in the column that may be wide", () => {
  const table: ReportTable = {
    title: "groups",
    columns: [{ title: "n", align: "right" }, { title: "group", isFlexible: true }],
    rows: Array.from({ length: 1_500 }, (_, index) => [String(index), "x"]),
  };
  const { rows } = cappedTable(table, 2);
  assertEquals(rows, [["0", "x"], ["1", "x"], ["", "1,498 more: see --format json"]]);
  assertEquals(cappedTable(table, 1_500), table);
});
