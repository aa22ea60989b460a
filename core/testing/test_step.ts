import type { StepComponent, TaskComponent } from "../step/mod.ts";
import {
  configProblems,
  definitionProblems,
  flowProblems,
  rowProblems,
  runFingerprint,
} from "./_contract.ts";
import { deepFreeze } from "./_deep_freeze.ts";
import { MemoryEffects } from "./memory_effects.ts";
import { type HarnessOptions, runStepInOrder } from "./run_step.ts";
import { runTask, type TaskQuestion } from "./run_task.ts";
import type { Script } from "./script.ts";
import type { StepRun } from "./step_run.ts";

/** One use of a component that its contract is tested with. */
export interface StepCase extends HarnessOptions {
  /** What problems call it. @default {its position} */
  readonly name?: string;
  /** For a task: what the model says. */
  readonly answers?: Script<TaskQuestion>;
  /** For a task: samples per row. @default {1} */
  readonly n?: number;
}

/**
 * The contract suite of steps and tasks. In every case it checks that
 *
 * - name, version and summary are there, and the configuration refuses keys that it does not know;
 * - `columns` is pure, and the rows that pass have exactly the columns that it says, of the types that it says;
 * - rows are JSON, the rows that went in are never changed, and nothing throws what is not a `FastDistillError`;
 * - the same input gives the same output again, with the effects of the first time and without a new one;
 * - the outcome of a row step does not depend on the order of the rows.
 *
 * @throws {Error} that lists every problem
 *
 * @example Inside any test runner
 * ```ts
 * import { defineStep, pass } from "@fastdistill/core";
 * import { testStep } from "@fastdistill/core/testing";
 * import { assertRejects } from "@std/assert";
 * import { z } from "zod";
 *
 * const careless = defineStep({
 *   kind: "row",
 *   name: "careless",
 *   version: 1,
 *   summary: "Adds a column that it does not state",
 *   config: z.strictObject({}),
 *   columns: () => ({}),
 *   open: () => ({ process: (row) => pass({ ...row, extra: 1 }) }),
 * });
 * await assertRejects(() => testStep(careless, [{ rows: [{ a: 1 }] }]), Error, "has the column \"extra\"");
 * ```
 */
export async function testStep(
  component: StepComponent | TaskComponent,
  cases: readonly StepCase[],
): Promise<void> {
  if (cases.length === 0) throw new TypeError("A contract is tested with at least one case");
  const problems = [...definitionProblems(component.definition)];
  for (const [index, one] of cases.entries()) {
    const found = await caseProblems(component, deepFreeze(one));
    problems.push(...found.map((problem) => `case ${one.name ?? index}: ${problem}`));
  }
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new Error(`"${component.definition.name}" breaks the contract of steps:${list}`);
}

async function caseProblems(
  component: StepComponent | TaskComponent,
  one: StepCase,
): Promise<readonly string[]> {
  const { definition } = component;
  const config = one.config ?? {};
  const effects = new MemoryEffects();
  const first = await run(component, one, { effects, isReversed: false });
  const second = await run(component, one, { effects, isReversed: false });
  const problems = [
    ...configProblems(definition.config, config),
    ...flowProblems(definition, { config, before: first.columns.before }),
    ...rowProblems(first),
  ];
  if (runFingerprint(first) !== runFingerprint(second)) {
    problems.push("the same input gave other output again");
  }
  if (second.effects.performed > 0) problems.push("the same input asked for other effects again");
  if (component.component === "step" && component.definition.kind === "row") {
    const reversed = await run(component, one, { effects, isReversed: true });
    if (runFingerprint(first) !== runFingerprint(reversed)) {
      problems.push("the outcomes depend on the order of the rows: state that in the kind of the step");
    }
  }
  return problems;
}

function run(
  component: StepComponent | TaskComponent,
  one: StepCase,
  { effects, isReversed }: { readonly effects: MemoryEffects; readonly isReversed: boolean },
): Promise<StepRun> {
  if (component.component === "step") return runStepInOrder(component, { ...one, effects }, { isReversed });
  if (one.answers === undefined) throw new TypeError("The contract of a task is tested with answers");
  return runTask(component, { ...one, answers: one.answers });
}
