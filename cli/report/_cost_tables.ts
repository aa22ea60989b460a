import type { CostReport, LatencySummary, TimingReport } from "@fastdistill/core";
import { formatCount, formatDuration, formatFigure, formatMoney, formatShare } from "../render/figures.ts";
import type { ReportColumn, ReportTable } from "./report_table.ts";

/** What was asked, by step, provider and model, and what it cost whenever it was paid. */
export function costTable({ entries }: CostReport): ReportTable {
  return {
    title: "Cost",
    columns: [
      { title: "step" },
      { title: "provider", dropOrder: 3 },
      { title: "model", isFlexible: true, dropOrder: 1 },
      { title: "performed", align: "right", dropOrder: 4 },
      { title: "reused", align: "right", dropOrder: 4 },
      { title: "tokens in", align: "right" },
      { title: "tokens out", align: "right" },
      { title: "USD", align: "right" },
      { title: "spent now", align: "right", dropOrder: 5 },
    ],
    rows: entries.map(({ step, provider, model, performed, reused, usage, cost_usd, spent_usd }) => [
      step,
      provider ?? "-",
      model ?? "-",
      formatCount(performed),
      formatCount(reused),
      formatCount(usage.input_tokens),
      formatCount(usage.output_tokens),
      cost_usd === null ? "unknown" : formatMoney(cost_usd),
      formatMoney(spent_usd),
    ]),
  };
}

/** How long each step worked on a row, and how long rows waited for it. */
export function latencyTable(
  { steps }: TimingReport,
  order: readonly { readonly step: string }[],
): ReportTable {
  return {
    title: "Time per row",
    columns: [{ title: "step", isFlexible: true }, ...LATENCY, {
      title: "waited p90",
      align: "right",
      dropOrder: 2,
    }],
    rows: order.flatMap(({ step }) => {
      const timing = steps[step];
      return timing === undefined ? [] : [[step, ...latencyCells(timing.service), msOf(timing.queue.p90_ms)]];
    }),
  };
}

/** How providers answered, and what held calls back. */
export function providerTable({ providers }: TimingReport): ReportTable {
  return {
    title: "Calls of providers",
    columns: [
      { title: "provider", isFlexible: true },
      ...LATENCY,
      { title: "permit p90", align: "right", dropOrder: 5 },
      { title: "in flight", align: "right", dropOrder: 3 },
      { title: "at limit", align: "right", dropOrder: 4 },
      { title: "retries", align: "right", dropOrder: 2 },
    ],
    rows: Object.entries(providers).map(([provider, use]) => [
      provider,
      ...latencyCells(use.service),
      msOf(use.permit_wait.p90_ms),
      `${formatFigure(Number(use.mean_in_flight.toFixed(2)))} of ${use.concurrency}`,
      formatShare(use.share_at_limit, 1),
      formatCount(Object.values(use.retries).reduce((sum, count) => sum + count, 0)),
    ]),
  };
}

const LATENCY: readonly ReportColumn[] = [
  { title: "count", align: "right" },
  { title: "p50", align: "right" },
  { title: "p90", align: "right" },
  { title: "p99", align: "right" },
  { title: "max", align: "right", dropOrder: 1 },
];

function latencyCells({ count, p50_ms, p90_ms, p99_ms, max_ms }: LatencySummary): readonly string[] {
  return [formatCount(count), ...[p50_ms, p90_ms, p99_ms, max_ms].map(msOf)];
}

/** Times below a millisecond have two digits. */
function msOf(ms: number | null): string {
  if (ms === null) return "-";
  return ms > 0 && ms < 10 ? `${ms < 0.01 ? "< 0.01" : Number(ms.toFixed(2))} ms` : formatDuration(ms);
}
