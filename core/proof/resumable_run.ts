import { readInvocation, type RunInvocation } from "../artifact/mod.ts";
import { effectDifferences } from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { componentsOf, type Plan } from "../run/mod.ts";
import { parsePipeline, readPipelineOfRun } from "./_pipeline_of_run.ts";

const CHANGES_MAX = 8;

/** Whether there is nothing left to do of a run: every row was settled, whatever gates said of them. */
export function isCompleteRun({ status, partial }: Pick<RunSummary, "status" | "partial">): boolean {
  return (status === "done" || status === "gate_failed") && !partial;
}

/**
 * Reads how a run was started, for who starts it again.
 *
 * @throws {FastDistillError} `run.not_resumable` when that is not known, or a part of it was a secret; `data.invalid_manifest`
 */
export async function resumableRun({ run_id, run_dir }: RunSummary): Promise<RunInvocation> {
  const invocation = await readInvocation(run_dir);
  if (invocation === undefined) {
    throw new FastDistillError(
      "run.not_resumable",
      `Cannot resume ${run_id}: its folder does not say how it was started`,
      { hint: "A run that a program started goes on when the program is run again" },
    );
  }
  const { withheld } = invocation.layers;
  if (withheld.length === 0) return invocation;
  throw new FastDistillError(
    "run.not_resumable",
    `Cannot resume ${run_id}: the value of ${
      withheld.join(", ")
    } was not recorded, since it looks like a secret`,
    { hint: "Run the same command as before again: it goes on where it stopped" },
  );
}

/**
 * Holds a plan against the run that it is to go on with.
 *
 * @throws {FastDistillError} `run.changed`, which names the keys of the pipeline, the inputs and the components that changed
 */
export async function requireUnchanged(
  plan: Plan,
  { run_dir, invocation }: Pick<RunSummary, "run_dir"> & { readonly invocation: RunInvocation },
): Promise<void> {
  if (plan.runId === invocation.run_id) return;
  const now = parsePipeline(plan.pipeline.source, invocation.layers.file);
  const changes = [
    ...changesOf(await readPipelineOfRun(run_dir), now, ""),
    ...changesOf(digestsOf(invocation.inputs), digestsOf(plan.inputs), "the input "),
    ...changesOf(invocation.components, componentsOf(plan), "the code of "),
  ];
  const [shown, more] = [changes.slice(0, CHANGES_MAX), changes.length - CHANGES_MAX];
  const what = shown.length === 0
    ? "what its placeholders stand for has changed, or FastDistill itself"
    : `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} changed`;
  throw new FastDistillError(
    "run.changed",
    `Cannot resume ${invocation.run_id}: ${what} since it was started`,
    {
      context: { run_id: invocation.run_id, found: plan.runId },
    },
  );
}

function digestsOf(inputs: readonly { readonly name: string; readonly sha256: string }[]): JsonObject {
  return Object.fromEntries(inputs.map(({ name, sha256 }) => [name, sha256]));
}

function changesOf(before: JsonObject, after: JsonObject, what: string): readonly string[] {
  return effectDifferences(before, after).map(({ path }) => `${what}${path}`);
}
