import type { Plan, PlannedStep } from "@fastdistill/core";
import { formatCount } from "./figures.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** What a plan is shown with. */
export interface PlanView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** What would run, for a person: steps, inputs, the run's id. */
export function renderPlan(plan: Plan, { style = PLAIN, width = 100 }: PlanView = {}): readonly string[] {
  const { steps, inputs, runId, graph } = plan;
  const [heading, ...lines] = renderTable([...steps.values()], [
    { title: "step", cell: ({ name }) => name },
    { title: "use", cell: ({ config }) => config.use },
    { title: "kind", cell: kindOf, dropOrder: 1 },
    { title: "reads", cell: ({ name }) => graph.nodes.get(name)!.inputs.join(", "), dropOrder: 2 },
    {
      title: "columns after it",
      cell: ({ columns }) => Object.keys(columns.after).join(", "),
      isFlexible: true,
      dropOrder: 3,
    },
  ], width);
  return [
    `${style.green("valid")}  ${renderPlanLine(plan)}`,
    "",
    style.bold(heading!),
    ...lines,
    ...(inputs.length === 0 ? [] : ["", style.bold("inputs")]),
    ...inputs.map(({ name, size, sha256 }) =>
      `${name}  ${formatCount(size)} bytes  sha256 ${sha256.slice(0, 12)}`
    ),
    ...(plan.warnings.length === 0 ? [] : [""]),
    ...plan.warnings.map(({ code, message }) => style.yellow(`warning[${code}]: ${message}`)),
    "",
    `It would run as ${runId}`,
  ];
}

/** A plan in one line. */
export function renderPlanLine({ pipeline, steps, providers, inputs }: Plan): string {
  const gates = pipeline.config.gates.length;
  const counts = [
    counted(steps.size, "step"),
    counted(providers.size, "provider"),
    counted(inputs.length, "input file"),
    counted(gates, "gate"),
  ];
  return `${pipeline.config.name}: ${counts.join(", ")}`;
}

function kindOf({ component, kind, config }: PlannedStep): string {
  return component.component === "task" ? `task (${config.provider})` : kind;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
