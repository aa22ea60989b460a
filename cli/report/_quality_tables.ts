import type { GateVerdict, QualityReport, StageQuality } from "@fastdistill/core";
import { formatCount, formatFigure } from "../render/figures.ts";
import { cappedTable, type ReportTable } from "./report_table.ts";

const GROUPS_MAX = 20;
const GROUP_METRICS_MAX = 4;
const GATE_GROUPS_MAX = 100;

/** The figures of each stage, and those of its groups of rows. */
export function stageTables(
  { stages }: QualityReport,
  order: readonly { readonly stage: string }[],
): readonly ReportTable[] {
  const named = order.map(({ stage }) => [stage, stages[stage]] as const);
  return named.flatMap(([stage, quality]) =>
    quality === undefined ? [] : [
      {
        title: `Stage ${stage}`,
        columns: [{ title: "metric", isFlexible: true }, { title: "value", align: "right" }],
        rows: Object.entries(quality.metrics).map(([name, value]) => [name, figureOf(value)]),
      },
      ...groupTables(stage, quality),
    ]
  );
}

function groupTables(stage: string, { groups, metrics }: StageQuality): readonly ReportTable[] {
  // Shares come first: they are what groups are compared by.
  const all = Object.keys(metrics).filter((name) => name !== "count")
    .toSorted((a, b) => Number(b.endsWith("_rate")) - Number(a.endsWith("_rate")));
  const names = all.slice(0, GROUP_METRICS_MAX);
  const left = all.length - names.length;
  const note = left > 0 ? ` (${formatCount(left)} more metrics: see --format json)` : "";
  return Object.entries(groups).map(([column, byValue]): ReportTable => {
    const values = Object.entries(byValue).toSorted(([, a], [, b]) => b.count - a.count);
    return cappedTable({
      title: `Stage ${stage} by ${column}${note}`,
      columns: [
        { title: column, isFlexible: true },
        { title: "rows", align: "right" },
        ...names.map((title, index) => ({ title, align: "right", dropOrder: index + 1 } as const)),
      ],
      rows: values.map(([value, { count, metrics }]) => [
        value,
        formatCount(count),
        ...names.map((name) => figureOf(metrics[name] ?? null)),
      ]),
    }, GROUPS_MAX);
  });
}

/** What gates said, and of which groups. */
export function gateTables(gates: readonly GateVerdict[]): readonly ReportTable[] {
  const groups = gates.flatMap((gate) => (gate.groups ?? []).map((group) => ({ gate, group })));
  const hasInterval = gates.some(({ interval }) => interval !== undefined);
  return [
    {
      title: "Gates",
      columns: [
        { title: "gate" },
        { title: "value", align: "right", dropOrder: 2 },
        ...(hasInterval ? [{ title: "interval", dropOrder: 1 }] : []),
        { title: "finding", isFlexible: true },
      ],
      rows: gates.map(({ passed, severity, value, interval, message }) => [
        markOf(passed, severity),
        figureOf(value),
        ...(hasInterval
          ? [interval === undefined ? "" : `${figureOf(interval.low)} to ${figureOf(interval.high)}`]
          : []),
        message,
      ]),
    },
    cappedTable({
      title: "Gates by group",
      columns: [
        { title: "gate" },
        { title: "metric", dropOrder: 1 },
        { title: "group", isFlexible: true },
        { title: "rows", align: "right" },
        { title: "value", align: "right" },
      ],
      rows: groups.map(({ gate: { metric, severity, by }, group }) => [
        group.passed === null ? "-" : markOf(group.passed, severity),
        metric,
        `${by ?? ""} ${group.group}`,
        formatCount(group.rows),
        figureOf(group.value),
      ]),
    }, GATE_GROUPS_MAX),
  ];
}

function markOf(passed: boolean, severity: GateVerdict["severity"]): string {
  return passed ? "held" : severity === "warn" ? "warns" : "failed";
}

function figureOf(value: number | null): string {
  return value === null ? "-" : formatFigure(value);
}
