import {
  expand,
  fail,
  type Outcome,
  pass,
  type TaskComponent,
  type TaskPrompt,
  type TaskRunner,
} from "../step/mod.ts";
import { applyColumnFlow } from "../step/mod.ts";
import { type Row, sourceRowId } from "../record/mod.ts";
import { checkRequirements, validConfig } from "./_check_config.ts";
import { failureOf } from "./_process_rows.ts";
import { makeScratchFolder } from "./_scratch_folder.ts";
import { type HarnessOptions, setupOf, type StepNotes } from "./run_step.ts";
import { playScript, type Script } from "./script.ts";
import { choiceOf } from "./scripted_model.ts";
import { type SettledRow, sortOutcomes, type StepRun } from "./step_run.ts";

/** What a task asks in {@linkcode runTask}. */
export interface TaskQuestion {
  /** What the model is asked. */
  readonly prompt: TaskPrompt;
  /** The row that it is asked for. */
  readonly row: Row;
  /** Position among the samples of the row, from 0. */
  readonly sampleIndex: number;
}

/** What {@linkcode runTask} needs. */
export interface RunTaskOptions extends HarnessOptions {
  /** What the model says, once per row and sample. */
  readonly answers: Script<TaskQuestion>;
  /** Samples per row. @default {1} */
  readonly n?: number;
  /** The model's version string. @default {"scripted-model"} */
  readonly model?: string;
}

/** What a task did with its rows. */
export interface TaskRun extends StepRun {
  /** The prompt of each row, in order; a row whose prompt could not be made has none. */
  readonly prompts: readonly TaskPrompt[];
}

/**
 * Runs one task with scripted answers: prompts every row, parses every answer.
 *
 * @throws {FastDistillError} what planning would throw, and what opening the task throws
 *
 * @example
 * ```ts
 * import { defineTask } from "@fastdistill/core";
 * import { runTask } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const shout = defineTask({
 *   name: "shout",
 *   version: 1,
 *   promptVersion: 1,
 *   summary: "Says it louder",
 *   config: z.strictObject({}),
 *   columns: () => ({ requires: [{ column: "text" }], adds: { loud: "string" } }),
 *   open: () => ({
 *     prompt: (row) => ({ messages: [{ role: "user", content: `Louder: ${row.text}` }] }),
 *     parse: (text) => ({ loud: text }),
 *   }),
 * });
 * const run = await runTask(shout, { rows: [{ text: "hi" }], answers: ["HI!"] });
 * assertEquals(run.rows, [{ text: "hi", loud: "HI!" }]);
 * ```
 */
export async function runTask(component: TaskComponent, options: RunTaskOptions): Promise<TaskRun> {
  const { definition } = component;
  const rows = options.rows ?? [];
  await using folder = await makeScratchFolder(options.files ?? {});
  const config = validConfig(definition.name, definition.config, options.config ?? {});
  const notes: StepNotes = { warnings: [], quarantined: [] };
  const setup = setupOf(definition.name, options, { folder, notes });
  await definition.inspect?.(config, setup);
  const flow = definition.columns(config, setup.columns);
  checkRequirements(definition.name, flow, setup.columns);
  const runner = await definition.open(config, setup);
  const asking = { runner, options, answer: playScript(options.answers), prompts: [] as TaskPrompt[] };
  const settled: SettledRow[] = [];
  for (const [index, input] of rows.entries()) {
    settled.push({ input, rowId: sourceRowId("rows", index), outcome: await ask(asking, input) });
  }
  return {
    ...sortOutcomes(settled),
    prompts: asking.prompts,
    ...await folder.exported(),
    ...notes,
    flow,
    columns: { before: setup.columns, after: applyColumnFlow(setup.columns, flow) },
    effects: { performed: 0, reused: 0 },
  };
}

interface Asking {
  readonly runner: TaskRunner;
  readonly options: RunTaskOptions;
  readonly answer: ReturnType<typeof playScript<TaskQuestion>>;
  readonly prompts: TaskPrompt[];
}

type Sample = Exclude<Outcome, { readonly kind: "expand" }>;

async function ask(asking: Asking, row: Row): Promise<Outcome> {
  const { n = 1 } = asking.options;
  let prompt: TaskPrompt;
  try {
    prompt = await asking.runner.prompt(row);
  } catch (cause) {
    return failureOf(cause);
  }
  asking.prompts.push(prompt);
  const samples: Sample[] = [];
  for (let sampleIndex = 0; sampleIndex < n; sampleIndex++) {
    samples.push(await sample(asking, { prompt, row, sampleIndex }));
  }
  return n === 1 ? samples[0]! : expand(samples);
}

async function sample({ runner, options, answer }: Asking, question: TaskQuestion): Promise<Sample> {
  const played = await answer(question);
  if (played instanceof Error) return failureOf(played);
  const { row, sampleIndex } = question;
  const model = played.model ?? options.model ?? "scripted-model";
  try {
    const answered = { ...choiceOf(played), model, sample_index: sampleIndex };
    return pass({ ...row, ...await runner.parse(played.content, row, answered) });
  } catch (cause) {
    return fail(failureOf(cause).error, played.content);
  }
}
