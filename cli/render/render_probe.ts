import type { Forecast, RunProbe } from "@fastdistill/core";
import { formatCount, formatDuration, formatMoney } from "./figures.ts";
import type { PlanView } from "./render_plan.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN } from "./style.ts";

/** What some rows say of the whole run. */
export function renderProbe(
  probe: RunProbe,
  { style = PLAIN, width = 100 }: PlanView = {},
): readonly string[] {
  const figures: readonly (readonly [string, Forecast | null, (value: number) => string])[] = [
    ["USD", probe.cost_usd, formatMoney],
    ["tokens", probe.tokens, formatCount],
    ["wall time", probe.wall_ms, formatDuration],
    ["kept rows", probe.kept, formatCount],
  ];
  const cellOf = (name: keyof Forecast) => ([, forecast, format]: typeof figures[number]) =>
    forecast === null ? "unknown" : format(forecast[name]);
  const [heading, ...lines] = renderTable(figures, [
    { title: "whole run", cell: ([title]) => title },
    { title: "p10", cell: cellOf("p10"), align: "right" },
    { title: "p50", cell: cellOf("p50"), align: "right" },
    { title: "p90", cell: cellOf("p90"), align: "right" },
  ], width);
  return [...probeLines(probe), "", style.bold(heading!), ...lines, "", ...NOTES, ""];
}

const NOTES: readonly string[] = [
  "Method: bootstrap over the probed rows, 2,000 draws, widened for their number (t interval)",
  "Every call counts, recorded or not; wall time is that of the calls, at the providers' limits",
];

function probeLines({ sources, is_random, probe, target }: RunProbe): readonly string[] {
  const rows = sources.map(({ step, rows, probed }) =>
    `${formatCount(probed)} of ${formatCount(rows)} rows of ${step}`
  );
  const how = is_random ? "drawn with the seed" : "the first ones";
  const failed = Object.entries(probe.failed).map(([code, count]) => `${formatCount(count)} ${code}`);
  return [
    `Probed ${rows.join(", ")}, ${how}: ${formatCount(probe.kept)} kept, ${
      formatCount(probe.tokens)
    } tokens, ` +
    `${formatMoney(probe.spent_usd)} USD spent, in ${formatDuration(probe.elapsed_ms)}`,
    ...(failed.length === 0 ? [] : [`Failed: ${failed.join(", ")}`]),
    ...(target === undefined ? [] : [
      `Target of ${formatCount(target.wanted)} rows: about ${formatCount(target.candidates)} candidates, ` +
      "by what the probe let through; the forecast is for as many",
    ]),
  ];
}
