import type { RunReports } from "@fastdistill/core";
import { formatCount, formatDuration, formatMoney, formatShare } from "../render/figures.ts";
import { renderBudgetUse } from "../render/render_budget.ts";
import { statusText } from "../render/render_summary.ts";
import { totalOf } from "../render/tallies.ts";
import { costTable, latencyTable, providerTable } from "./_cost_tables.ts";
import { funnelTable, reasonTable } from "./_funnel_tables.ts";
import { cappedTable, type ReportDocument, type ReportTable } from "./report_table.ts";
import { gateTables, stageTables } from "./_quality_tables.ts";

const INPUTS_MAX = 50;

/** Puts the figures of a run together: what became of the rows, what they are worth, what they cost. */
export function reportDocument(reports: RunReports): ReportDocument {
  const { run, quality, timing, cost } = reports;
  const tables = [
    funnelTable(run.steps),
    reasonTable(run.steps),
    ...stageTables(quality, run.stages),
    ...gateTables(run.gates),
    costTable(cost),
    latencyTable(timing, run.steps),
    providerTable(timing),
    inputTable(reports),
  ];
  return {
    title: `Report of ${run.name}`,
    facts: [...runFacts(reports), ...moneyFacts(reports)],
    tables: tables.filter(({ rows }) => rows.length > 0),
  };
}

function runFacts({ run }: RunReports): ReportDocument["facts"] {
  const { rows, target } = run;
  const settled = rows.kept + totalOf(rows.rejected) + totalOf(rows.failed) + totalOf(rows.shed ?? {});
  const notes = [
    ...(run.partial ? ["with a part of the rows"] : []),
    ...(run.degraded ? ["partly from a cheaper provider"] : []),
  ];
  return [
    ["run", run.run_id],
    ["status", [statusText(run.status), ...notes].join(", ")],
    ...(run.error === undefined ? [] : [["error", `${run.error.code}: ${run.error.message}`] as const]),
    [
      "started",
      `${run.started_at.slice(0, 19).replace("T", " ")} UTC, took ${formatDuration(run.elapsed_ms)}`,
    ],
    ["rows", `${formatCount(rows.read)} read, ${formatCount(rows.kept)} kept of ${formatCount(settled)}`],
    ["yield", formatShare(rows.kept, settled)],
    ...(target === undefined ? [] : [
      [
        "target",
        `${formatCount(target.accepted)} of ${formatCount(target.wanted)} rows, from ${
          formatCount(target.candidates)
        } candidates`,
      ] as const,
    ]),
  ];
}

function moneyFacts({ run, cost }: RunReports): ReportDocument["facts"] {
  const { calls, total, cost_per_kept_usd } = cost;
  const money = (usd: number | null) => usd === null ? "unknown" : `${formatMoney(usd)} USD`;
  const perRow = cost_per_kept_usd === null ? "" : `, ${formatMoney(cost_per_kept_usd)} per kept row`;
  return [
    ["calls", `${formatCount(calls.performed)} performed, ${formatCount(calls.reused)} reused`],
    [
      "tokens",
      `${formatCount(total.usage.input_tokens)} in, ${formatCount(total.usage.output_tokens)} out${
        total.usage.estimated ? ", partly estimated" : ""
      }`,
    ],
    ["cost", `${money(total.cost_usd)}${perRow}; this execution spent ${money(total.spent_usd)}`],
    ...(run.budgets ?? []).map((use) => ["budget", renderBudgetUse(use)] as const),
  ];
}

function inputTable({ run: { origin } }: RunReports): ReportTable {
  return cappedTable({
    title: "Inputs",
    columns: [
      { title: "file", isFlexible: true },
      { title: "bytes", align: "right" },
      { title: "sha256", dropOrder: 1 },
    ],
    rows: (origin?.inputs ?? []).map(({ name, size, sha256 }) => [
      name,
      formatCount(size),
      sha256.slice(0, 12),
    ]),
  }, INPUTS_MAX);
}
