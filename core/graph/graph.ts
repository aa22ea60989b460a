import { didYouMean, FastDistillError, type SourceLocation } from "../errors/mod.ts";
import type { StepKind } from "../step/mod.ts";
import { findCycle } from "./find_cycle.ts";

/** A step as the graph sees it. */
export interface GraphStep {
  /** In the pipeline. */
  readonly name: string;
  /** A task counts as `row`. */
  readonly kind: StepKind;
  /** The steps that it reads, as the pipeline states it; absent means the one before it. */
  readonly from?: readonly string[] | undefined;
  /** Present when rows of its inputs that stem from one row are joined into one. */
  readonly join?: { readonly lists: readonly string[] } | undefined;
}

/** A step with its neighbours. */
export interface GraphNode extends GraphStep {
  /** Steps that it reads, in the order in which they are named; none for a source. */
  readonly inputs: readonly string[];
  /** Steps that read it, in the order of the pipeline. */
  readonly outputs: readonly string[];
  /** Length of the longest way from a source, 0 for a source. */
  readonly depth: number;
}

/** A checked, acyclic graph. */
export interface Graph {
  /** By name, in the order of the pipeline. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Step names such that each stands after all it reads; ties in the order of the pipeline. */
  readonly order: readonly string[];
}

/** Finds where in the configuration something is said, for messages. */
export type Locate = (path: readonly (string | number)[]) => SourceLocation | undefined;

/**
 * Builds the graph of a pipeline. Pure: no reads, no clock.
 *
 * @throws {FastDistillError} `graph.empty`, `graph.unknown_step`, `graph.no_input`, `graph.source_with_input`, `graph.cycle`;
 * all problems of a kind at once, the first as the error, the rest as `related`
 */
export function buildGraph(steps: readonly GraphStep[], locate: Locate = () => undefined): Graph {
  if (steps.length === 0) {
    throw new FastDistillError("graph.empty", "A pipeline has at least one step, found none");
  }
  const inputs = new Map(steps.map((step, index) => [step.name, inputsOf(step, steps[index - 1])]));
  throwAll(steps.flatMap((step) => checkInputs(step, inputs, locate)));
  const cycle = findCycle(inputs);
  if (cycle !== undefined) {
    throw new FastDistillError("graph.cycle", `Steps read each other in a circle: ${cycle.join(" -> ")}`, {
      location: locate(["steps", cycle[0]!, "from"]),
      context: { cycle },
      hint: "An arrow points from a step to one that it reads; let one of them read another step",
    });
  }
  const order = topologicalOrder(steps, inputs);
  return { nodes: nodesOf(steps, inputs, order), order };
}

/** Throws the first of several errors with the others attached; does nothing when there is none. */
export function throwAll(errors: readonly FastDistillError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  throw new FastDistillError(first.code, first.message, {
    hint: first.hint,
    location: first.location,
    context: first.context,
    cause: first.cause,
    related: [...first.related, ...others],
  });
}

function inputsOf(step: GraphStep, previous: GraphStep | undefined): readonly string[] {
  if (step.from !== undefined) return step.from;
  return step.kind === "source" || previous === undefined ? [] : [previous.name];
}

function checkInputs(
  step: GraphStep,
  inputs: ReadonlyMap<string, readonly string[]>,
  locate: Locate,
): readonly FastDistillError[] {
  const from = inputs.get(step.name)!;
  const location = locate(["steps", step.name, "from"]) ?? locate(["steps", step.name]);
  if (step.kind === "source" && from.length > 0) {
    const message = `Step "${step.name}" is a source and reads nothing, found from: ${from.join(", ")}`;
    return [new FastDistillError("graph.source_with_input", message, { location })];
  }
  if (step.kind !== "source" && from.length === 0) {
    const message = `Step "${step.name}" has nothing to read`;
    return [
      new FastDistillError("graph.no_input", message, { location, hint: "Put a source step before it" }),
    ];
  }
  const twice = from.find((name, index) => from.indexOf(name) !== index);
  if (twice !== undefined) {
    return [
      new FastDistillError("graph.unknown_step", `Step "${step.name}" reads "${twice}" twice`, { location }),
    ];
  }
  return from.filter((name) => !inputs.has(name)).map((name) => {
    const message = `Step "${step.name}" reads "${name}", and no step has that name${
      didYouMean(name, inputs.keys())
    }`;
    return new FastDistillError("graph.unknown_step", message, {
      location,
      context: { step: step.name, from: name },
    });
  });
}

function topologicalOrder(
  steps: readonly GraphStep[],
  inputs: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const placed = new Set<string>();
  const order: string[] = [];
  const place = (name: string) => {
    if (placed.has(name)) return;
    placed.add(name);
    for (const input of inputs.get(name)!) place(input);
    order.push(name);
  };
  for (const step of steps) place(step.name);
  return order;
}

function nodesOf(
  steps: readonly GraphStep[],
  inputs: ReadonlyMap<string, readonly string[]>,
  order: readonly string[],
): ReadonlyMap<string, GraphNode> {
  const depths = new Map<string, number>();
  for (const name of order) {
    depths.set(name, Math.max(-1, ...inputs.get(name)!.map((input) => depths.get(input)!)) + 1);
  }
  return new Map(steps.map((step) => {
    const outputs = steps.filter((other) => inputs.get(other.name)!.includes(step.name)).map((other) =>
      other.name
    );
    return [step.name, { ...step, inputs: inputs.get(step.name)!, outputs, depth: depths.get(step.name)! }];
  }));
}
