import type { StepComponent, TaskComponent } from "../step/mod.ts";
import {
  configProblems,
  countProblems,
  flowProblems,
  reportProblems,
  rowProblems,
  runFingerprint,
} from "./_contract.ts";
import { deepFreeze } from "./_deep_freeze.ts";
import { MemoryEffects } from "./memory_effects.ts";
import { abandonSink, type HarnessOptions, runStepInOrder } from "./run_step.ts";
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

/** What is wrong with a component in each of the cases. */
export async function problemsOfCases(
  component: StepComponent | TaskComponent,
  cases: readonly StepCase[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [index, one] of cases.entries()) {
    const found = await caseProblems(component, deepFreeze(one));
    problems.push(...found.map((problem) => `case ${one.name ?? index}: ${problem}`));
  }
  return problems;
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
    ...countProblems(first),
    ...reportProblems(first),
  ];
  if (runFingerprint(first) !== runFingerprint(second)) {
    problems.push("the same input gave other output again");
  }
  if (second.effects.performed > 0) problems.push("the same input asked for other effects again");
  if (component.component === "step" && component.definition.kind === "sink") {
    const left = await abandonSink(component, { ...one, effects });
    if (left.length > 0) problems.push(`a sink that is cut off leaves files behind: ${left.join(", ")}`);
  }
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
