import type { LoadedPipeline } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Graph, Locate } from "../graph/mod.ts";
import type { PlannedStep } from "./plan.ts";
import type { PlannedTarget } from "./planned_target.ts";

/** What a target is planned from. */
export interface TargetPlanning {
  readonly pipeline: LoadedPipeline;
  readonly graph: Graph;
  readonly steps: ReadonlyMap<string, Omit<PlannedStep, "columns">>;
  readonly locate: Locate;
}

/**
 * Finds the step whose rows a target counts, and what leads to it.
 * @throws {FastDistillError} `graph.unknown_stage`, `graph.target`
 */
export function planTarget(planning: TargetPlanning): PlannedTarget | undefined {
  const { pipeline: { config: { target } }, graph, steps } = planning;
  if (target === undefined) return undefined;
  const step = target.stage === undefined ? endOf(planning) : stageStep(target.stage, planning);
  const leading = stepsBefore(step, graph, ({ kind }) => kind !== "global");
  checkLeading(leading, planning);
  const sources = [...stepsBefore(step, graph, () => true)].filter((name) =>
    graph.nodes.get(name)!.kind === "source"
  );
  return {
    accepted: target.accepted,
    maxCandidates: target.max_candidates,
    step,
    stage: target.stage,
    steps: leading,
    sources: sources.sort((a, b) => steps.get(a)!.ordinal - steps.get(b)!.ordinal),
    isPaced: ![...leading].some((name) => graph.nodes.get(name)!.kind === "global"),
    samples: [...leading].reduce((product, name) => product * (steps.get(name)!.generation?.n ?? 1), 1),
  };
}

function checkLeading(leading: ReadonlySet<string>, { graph, locate }: TargetPlanning): void {
  for (const name of graph.order.filter((name) => leading.has(name))) {
    const { kind } = graph.nodes.get(name)!;
    if (kind !== "sink" && kind !== "batch") continue;
    const why = kind === "sink" ? "would write rows beyond it" : "takes up some rows at a time";
    throw new FastDistillError(
      "graph.target",
      `The target counts rows after the ${kind} step "${name}", which ${why}`,
      { location: locate(["target"]), hint: "Let target.stage name a stage before that step" },
    );
  }
}

function stageStep(stage: string, { steps, locate }: TargetPlanning): string {
  const found = [...steps.values()].find(({ config }) => config.stage === stage);
  if (found !== undefined) return found.name;
  const known = [...steps.values()].flatMap(({ config }) => config.stage ?? []);
  throw new FastDistillError(
    "graph.unknown_stage",
    `The target counts the rows of the stage "${stage}", and no step writes it${didYouMean(stage, known)}`,
    { location: locate(["target", "stage"]) },
  );
}

/** The step after which rows are only written. */
function endOf({ graph, locate }: TargetPlanning): string {
  const ends = new Set<string>();
  const visit = (name: string) => {
    const { kind, inputs } = graph.nodes.get(name)!;
    if (kind === "sink") inputs.forEach(visit);
    else ends.add(name);
  };
  for (const [name, { outputs }] of graph.nodes) if (outputs.length === 0) visit(name);
  const [end, ...others] = ends;
  if (others.length === 0) return end!;
  throw new FastDistillError(
    "graph.target",
    `A target counts the rows of one step, and the pipeline ends in several: ${[...ends].join(", ")}`,
    { location: locate(["target"]), hint: "Give one of them a stage, and name it in target.stage" },
  );
}

/** A step and those before it; beyond one of them only where `goesOn` says so. */
function stepsBefore(
  step: string,
  graph: Graph,
  goesOn: (node: { readonly kind: string }) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    const node = graph.nodes.get(name)!;
    if (goesOn(node)) node.inputs.forEach(visit);
  };
  visit(step);
  return found;
}
