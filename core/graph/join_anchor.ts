import { FastDistillError } from "../errors/mod.ts";
import type { Graph, Locate } from "./graph.ts";

/**
 * The step whose rows a joining step puts together again: the last one that all rows of its inputs have passed. Pure.
 *
 * @throws {FastDistillError} `graph.join` when there is none, or when a step in between gives rows another order
 */
export function joinAnchor(graph: Graph, step: string, locate: Locate = () => undefined): string {
  const { inputs } = graph.nodes.get(step)!;
  const location = locate(["steps", step, "join"]) ?? locate(["steps", step]);
  const refuse = (reason: string, hint: string) =>
    new FastDistillError("graph.join", `Step "${step}" joins ${inputs.join(", ")}: ${reason}`, {
      location,
      hint,
    });
  if (inputs.length < 2) throw refuse("a join reads at least two steps", "Name the branches under from");
  const anchor = [...graph.order].reverse().find((name) =>
    inputs.every((input) => passesBy(graph, input, name))
  );
  if (anchor === undefined) {
    throw refuse(
      "their rows do not stem from one step",
      "Join branches of one step; without join, rows are put side by side",
    );
  }
  const wrong = between(graph, { inputs, anchor }).find((name) => graph.nodes.get(name)!.kind === "global");
  if (wrong === undefined) return anchor;
  throw refuse(
    `"${wrong}" stands in between and gives rows another order`,
    "Put the step that needs all rows before the branches or after the join",
  );
}

/** Whether every way from a source to a step leads over another one, or it is that one. */
function passesBy(graph: Graph, step: string, over: string): boolean {
  if (step === over) return true;
  const { inputs } = graph.nodes.get(step)!;
  return inputs.length > 0 && inputs.every((input) => passesBy(graph, input, over));
}

function between(
  graph: Graph,
  { inputs, anchor }: { readonly inputs: readonly string[]; readonly anchor: string },
): readonly string[] {
  const found = new Set<string>();
  const pending = inputs.filter((input) => input !== anchor);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...graph.nodes.get(name)!.inputs.filter((input) => input !== anchor));
  }
  return [...found];
}
