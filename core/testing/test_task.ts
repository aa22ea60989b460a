import { isFastDistillError } from "../errors/mod.ts";
import { canonicalJson } from "../record/mod.ts";
import type { TaskComponent, TaskPrompt } from "../step/mod.ts";
import { problemsOfCases, type StepCase } from "./_case_problems.ts";
import { definitionProblems } from "./_contract.ts";
import { deepFreeze } from "./_deep_freeze.ts";
import { runTask, type TaskQuestion } from "./run_task.ts";
import type { Script } from "./script.ts";

/** One use of a task that its contract is tested with. */
export interface TaskCase extends StepCase {
  /** What the model says, once per row and sample. */
  readonly answers: Script<TaskQuestion>;
  /** Answers that the task cannot read; each has to fail its row with `step.parse`. @default {[]} */
  readonly unreadable?: readonly string[];
}

/**
 * The contract suite of tasks. Besides what {@linkcode testStep} checks of any component, it checks in every case that
 *
 * - each prompt has messages of known roles with content, and is JSON;
 * - the same row is asked the same again, which effects are found by;
 * - a row gets an answer that can be read, so that the case tests something;
 * - an answer that cannot be read fails its row with `step.parse`, and leads to no row with made-up values.
 *
 * @throws {Error} that lists every problem
 *
 * @example Inside any test runner
 * ```ts
 * import { defineTask, FastDistillError } from "@fastdistill/core";
 * import { testTask } from "@fastdistill/core/testing";
 * import { assertRejects } from "@std/assert";
 * import { z } from "zod";
 *
 * const grade = (fallback?: number) =>
 *   defineTask({
 *     name: "grade",
 *     version: 1,
 *     promptVersion: 1,
 *     summary: "Grades a text from 1 to 5",
 *     config: z.strictObject({}),
 *     columns: () => ({ requires: [{ column: "text" }], adds: { grade: "number" } }),
 *     open: () => ({
 *       prompt: (row) => ({ messages: [{ role: "user", content: `Grade from 1 to 5: ${row.text}` }] }),
 *       parse: (text) => {
 *         const grade = /^[1-5]$/.test(text) ? Number(text) : fallback;
 *         if (grade === undefined) throw new FastDistillError("step.parse", "Read a grade, found none");
 *         return { grade };
 *       },
 *     }),
 *   });
 * const cases = [{ rows: [{ text: "hi" }], answers: "4", unreadable: ["Great!"] }];
 * await testTask(grade(), cases);
 * await assertRejects(() => testTask(grade(3), cases), Error, 'reads "Great!"');
 * ```
 */
export async function testTask(component: TaskComponent, cases: readonly TaskCase[]): Promise<void> {
  if (cases.length === 0) throw new TypeError("A contract is tested with at least one case");
  const problems = [
    ...definitionProblems(component.definition),
    ...await problemsOfCases(component, cases),
  ];
  for (const [index, one] of cases.entries()) {
    const case_ = deepFreeze(one);
    const found = [...await askingProblems(component, case_), ...await readingProblems(component, case_)];
    problems.push(...found.map((problem) => `case ${one.name ?? index}: ${problem}`));
  }
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new Error(`"${component.definition.name}" breaks the contract of tasks:${list}`);
}

async function askingProblems(component: TaskComponent, one: TaskCase): Promise<readonly string[]> {
  const [first, second] = [await runTask(component, one), await runTask(component, one)];
  const problems = first.prompts.flatMap(promptProblems);
  if (problems.length === 0 && canonicalJson(first.prompts) !== canonicalJson(second.prompts)) {
    problems.push("the same rows are asked something else again");
  }
  const { rows = [] } = one;
  if (rows.length > 0 && first.rows.length === 0) problems.push("no row passes with the answers of the case");
  return [...new Set(problems)];
}

const ROLES: readonly string[] = ["system", "user", "assistant", "tool"];

function promptProblems({ messages, ...rest }: TaskPrompt): string[] {
  const problems: string[] = [];
  if (messages.length === 0) problems.push("a prompt has no messages");
  for (const message of messages) {
    if (!ROLES.includes(message.role)) problems.push(`a message has the unknown role "${message.role}"`);
    if (message.content === "") problems.push(`a message of the role "${message.role}" says nothing`);
  }
  try {
    canonicalJson({ messages, ...rest });
  } catch (cause) {
    problems.push(`a prompt is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return problems;
}

async function readingProblems(component: TaskComponent, one: TaskCase): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const text of one.unreadable ?? []) {
    const shown = JSON.stringify(text);
    const { rows, failed } = await runTask(component, { ...one, answers: text });
    if (rows.length > 0) problems.push(`it reads ${shown}, which the case says cannot be read`);
    const other = failed.find(({ error }) => error.code !== "step.parse");
    if (other === undefined) continue;
    const { code, cause } = other.error;
    const thrown = isFastDistillError(cause) || cause === undefined ? code : String(cause);
    problems.push(`${shown} fails with ${thrown}, not with step.parse`);
  }
  return problems;
}
