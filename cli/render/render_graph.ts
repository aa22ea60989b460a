import type { EstimateBasis, Plan, PlannedStep, RowEstimate } from "@fastdistill/core";
import { formatCount } from "./figures.ts";
import { type PlanView, renderPlanLine } from "./render_plan.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a graph is shown with. */
export interface GraphView extends PlanView {
  /** Rows that reach each step. */
  readonly rows: readonly RowEstimate[];
}

/** The steps of a plan with what each reads, the segments they run in, and the gates. */
export function renderGraph(plan: Plan, { style = PLAIN, width = 100, rows }: GraphView): readonly string[] {
  const rowsOf = new Map(rows.map((row) => [row.step, row]));
  const [heading, ...lines] = renderTable([...plan.steps.values()], [
    { title: "step", cell: ({ name }) => name },
    { title: "use", cell: ({ config }) => config.use, dropOrder: 1 },
    { title: "kind", cell: kindOf },
    { title: "reads", cell: ({ name }) => plan.graph.nodes.get(name)!.inputs.join(", "), dropOrder: 2 },
    { title: "stage", cell: ({ config }) => config.stage ?? "", dropOrder: 3 },
    { title: "rows in", cell: ({ name }) => rowsText(rowsOf.get(name)!), align: "right" },
  ], width);
  const { gates } = plan.pipeline.config;
  return [
    style.bold(renderPlanLine(plan)),
    "",
    style.bold(heading!),
    ...lines,
    "",
    ...branchLines(plan),
    style.bold("segments"),
    ...plan.segments.map(({ head, steps }, index) => `${index + 1}  ${[head, ...steps].join(", ")}`),
    ...targetLines(plan, style),
    ...(gates.length === 0 ? [] : ["", style.bold("gates")]),
    ...gates.map(gateText),
    "",
  ];
}

function targetLines({ target }: Plan, style: Style): readonly string[] {
  if (target === undefined) return [];
  const { accepted, maxCandidates, step } = target;
  const most = maxCandidates === undefined ? "" : `, of at most ${formatCount(maxCandidates)} candidates`;
  return ["", style.bold("target"), `${formatCount(accepted)} rows that leave ${step}${most}`];
}

function gateText(gate: Plan["pipeline"]["config"]["gates"][number]): string {
  const { stage, metric, min, max, between, confidence, by, no_worse_than: baseline, severity } = gate;
  const [low, high] = [between?.[0] ?? min, between?.[1] ?? max];
  const bounds = [low === undefined ? [] : [`>= ${low}`], high === undefined ? [] : [`<= ${high}`]].flat();
  const limits = bounds.length === 0 ? [] : [
    `${bounds.join(" and ")}${confidence === undefined ? "" : ` with ${confidence} confidence`}`,
  ];
  const compared = baseline === undefined ? [] : [`no worse than in run ${baseline.run}`];
  return `${stage}: ${metric}${by === undefined ? "" : ` by ${by}`} ${
    [...limits, ...compared].join(" and ")
  }${severity === "warn" ? ", or a warning" : ""}`;
}

/** Conditions, routes and joins: what decides on the way of a row. */
function branchLines(plan: Plan): readonly string[] {
  const lines = [...plan.steps.values()].flatMap(({ name, config: { when, route, join } }) => [
    ...(when === undefined ? [] : [`${name}: only rows with ${when}`]),
    ...(route === undefined ? [] : [`${name}: ${routeText(route)}`]),
    ...(join === undefined ? [] : [`${name}: joins ${plan.graph.nodes.get(name)!.inputs.join(", ")}`]),
  ]);
  return lines.length === 0 ? [] : ["branches", ...lines, ""];
}

function routeText(
  { cases = [], otherwise, sample, provider }: NonNullable<PlannedStep["config"]["route"]>,
): string {
  if (sample !== undefined) return `each row to ${sample} of its readers`;
  if (provider !== undefined) return `rows by provider, from ${provider}`;
  const ways = cases.map(({ when, to }) => `${when} -> ${to.join(", ")}`);
  return [...ways, `otherwise -> ${otherwise?.join(", ") ?? "rejected"}`].join("; ");
}

/** A figure with a sign of how far it can be relied on. */
export function doubtText(figure: string, basis: EstimateBasis): string {
  return `${{ exact: "", estimate: "~ ", at_most: "<= ", at_least: ">= " }[basis]}${figure}`;
}

function rowsText({ rows_in, basis }: RowEstimate): string {
  return doubtText(formatCount(rows_in), basis);
}

function kindOf({ component, kind, config }: PlannedStep): string {
  return component.component === "task" ? `task (${config.provider})` : kind;
}
