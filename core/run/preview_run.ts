import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { buildGraph, planSegments, type StepColumns } from "../graph/mod.ts";
import type { Row } from "../record/mod.ts";
import type { StepProgress } from "../report/mod.ts";
import { dryPlan } from "./_dry_plan.ts";
import type { Plan } from "./plan.ts";
import { planRun } from "./plan_run.ts";
import { rehearsalOpening } from "./rehearsal_opening.ts";
import { rehearse } from "./rehearse.ts";
import type { RunOptions } from "./run_options.ts";
import { openResources } from "./run_resources.ts";
import { stepProgress } from "./step_progress.ts";

/** What a preview needs besides the pipeline. */
export interface PreviewOptions extends Omit<RunOptions, "limit"> {
  /** Rows of each source, from the first on. @default {3} */
  readonly rows?: number;
  /** Runs what leads to this step, and shows this step only. @default {all steps} */
  readonly step?: string | undefined;
}

/** A row that did not get past a step. */
export interface PreviewedEnd {
  /** How the row ended. */
  readonly state: "rejected" | "failed";
  /** Reason of the rejection, or code of the error. */
  readonly reason: string;
  /** What else was said of it. */
  readonly detail?: string;
  /** The row as it reached the step. */
  readonly row: Row;
}

/** What a step made of the rows. */
export interface PreviewedStep extends Pick<StepProgress, "step" | "use" | "rows_in" | "effects"> {
  /** Names of the columns that the step adds or changes the type of. */
  readonly adds: readonly string[];
  /** The rows that left it, in order. */
  readonly rows: readonly Row[];
  /** The rows that did not, in order. */
  readonly ended: readonly PreviewedEnd[];
}

/** What a pipeline makes of its first rows. */
export interface RunPreview {
  /** Name of the pipeline. */
  readonly name: string;
  /** In the order of the pipeline. */
  readonly steps: readonly PreviewedStep[];
  /** US dollars that the preview spent. */
  readonly spent_usd: number;
}

const ROWS = 3;

/**
 * Runs the first rows of a pipeline for real and gives the rows after each step. Effects are recorded, so the run itself does
 * not pay for them again; nothing else is written. A row that fails ends like one that is rejected, whatever `on_error` says.
 *
 * @throws {FastDistillError} whatever planning finds; `config.usage` for a step that is not there; `budget.exhausted`, and
 * what else ends a run
 */
export async function previewRun(options: PreviewOptions): Promise<RunPreview> {
  const whole = await planRun({ ...options, limit: options.rows ?? ROWS });
  await options.onPlan?.(whole);
  const plan = dryPlan(upTo(whole, options.step), Infinity);
  const resources = await openResources(plan, options, options.onEvent ?? (() => {}));
  try {
    const opening = rehearsalOpening(resources);
    const stop = () =>
      opening.control.abort(new FastDistillError("run.interrupted", "The preview was interrupted"));
    options.signal?.addEventListener("abort", stop, { once: true });
    const rows = new Map([...plan.steps.keys()].map((step) => [step, [] as Row[]]));
    const ended = new Map([...plan.steps.keys()].map((step) => [step, [] as PreviewedEnd[]]));
    const states = await rehearse(opening, {
      onRow: (step, { row }) => void rows.get(step)!.push(row),
      onEnded: ({ step, envelope: { row }, ending }) => {
        if (ending.state === "rejected") {
          const { reason, detail } = ending;
          ended.get(step)!.push({
            state: "rejected",
            reason,
            ...(detail === undefined ? {} : { detail }),
            row,
          });
        } else if (ending.state === "failed" || ending.state === "kept_failed") {
          const { code, message } = ending.error;
          ended.get(step)!.push({ state: "failed", reason: code, detail: message, row });
        }
      },
    });
    const steps = [...states.values()].map((state): PreviewedStep => {
      const { step, use, rows_in, effects } = stepProgress(state);
      const adds = addedBy(state.plan.columns);
      return { step, use, rows_in, effects, adds, rows: rows.get(step)!, ended: ended.get(step)! };
    });
    return {
      name: plan.pipeline.config.name,
      steps: options.step === undefined ? steps : steps.filter(({ step }) => step === options.step),
      spent_usd: resources.budget.spent().usd,
    };
  } finally {
    await resources.close();
  }
}

function addedBy({ before, after }: StepColumns): readonly string[] {
  return Object.keys(after).filter((column) => before[column] !== after[column]);
}

/** The part of a plan that leads to a step. */
function upTo(plan: Plan, step: string | undefined): Plan {
  if (step === undefined) return plan;
  if (!plan.steps.has(step)) {
    const known = [...plan.steps.keys()];
    throw new FastDistillError(
      "config.usage",
      `The pipeline has no step "${step}"${didYouMean(step, known)}`,
      {
        hint: `Steps: ${known.join(", ")}`,
      },
    );
  }
  const wanted = new Set([step]);
  for (const name of [...plan.graph.order].reverse()) {
    if (wanted.has(name)) { for (const input of plan.graph.nodes.get(name)!.inputs) wanted.add(input); }
  }
  const steps = new Map([...plan.steps].filter(([name]) => wanted.has(name)));
  const graph = buildGraph(
    [...steps.values()].map(({ name, kind, config: { join } }) => {
      return { name, kind, join, from: plan.graph.nodes.get(name)!.inputs };
    }),
  );
  return { ...plan, steps, graph, segments: planSegments(graph) };
}
