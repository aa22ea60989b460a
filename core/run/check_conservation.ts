import { FastDistillError } from "../errors/mod.ts";
import type { Graph } from "../graph/mod.ts";
import type { StepProgress } from "../report/mod.ts";

/** What {@linkcode checkConservation} looks at. */
export interface Conservation {
  readonly graph: Graph;
  readonly steps: readonly StepProgress[];
  /** Whether rows may have been left behind on purpose: then none may have come from nowhere. */
  readonly isCut: boolean;
}

/**
 * Checks that no row was lost and none came from nowhere: in every step what came in and what was added by expansion is
 * what went on, was rejected, failed or was shed; and every reader was given what the steps before it handed on. The
 * result is the error of the first step that does not add up.
 */
export function checkConservation({ graph, steps, isCut }: Conservation): FastDistillError | undefined {
  const byName = new Map(steps.map((step) => [step.step, step]));
  for (const name of graph.order) {
    const step = byName.get(name);
    if (step === undefined) continue;
    const inputs = graph.nodes.get(name)!.inputs;
    const given = inputs.reduce((sum, input) => sum + handedOn(byName.get(input), name), 0);
    const wrong = (inputs.length === 0 ? undefined : unequal(given, step.rows_in, isCut)) ??
      unequal(step.rows_in + step.expanded, settled(step), isCut);
    if (wrong !== undefined) return rowsLost(step, { given: inputs.length === 0 ? undefined : given });
  }
  return undefined;
}

function handedOn(step: StepProgress | undefined, reader: string): number {
  if (step === undefined) return 0;
  return step.routed === undefined ? step.rows_out : step.routed[reader] ?? 0;
}

function unequal(expected: number, found: number, isCut: boolean): true | undefined {
  return (isCut ? found > expected : found !== expected) ? true : undefined;
}

function settled({ rows_out, rejected, failed, shed = {} }: StepProgress): number {
  return rows_out + sum(rejected) + sum(failed) + sum(shed);
}

function rowsLost(step: StepProgress, { given }: { readonly given: number | undefined }): FastDistillError {
  const { step: name, rows_in, expanded, rows_out, rejected, failed, shed = {} } = step;
  const handed = given === undefined ? "" : `${given} handed to it, `;
  const message =
    `Step "${name}" does not account for every row: ${handed}${rows_in} in, ${expanded} added by ` +
    `expansion; ${rows_out} out, ${sum(rejected)} rejected, ${sum(failed)} failed, ${sum(shed)} shed`;
  return new FastDistillError("run.rows_lost", message, {
    context: { step: name, rows_in, expanded, rows_out },
    hint: "Do not use what this run wrote, and report it with the pipeline and events.jsonl",
  });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
