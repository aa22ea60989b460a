import type { StepComponent, TaskComponent } from "../step/mod.ts";
import { problemsOfCases, type StepCase } from "./_case_problems.ts";
import { definitionProblems } from "./_contract.ts";

/**
 * The contract suite of steps and tasks. In every case it checks that
 *
 * - name, version and summary are there, and the configuration refuses keys that it does not know;
 * - `columns` is pure, and the rows that pass have exactly the columns that it says, of the types that it says;
 * - rows are JSON, the rows that went in are never changed, and nothing throws what is not a `FastDistillError`;
 * - the same input gives the same output again, with the effects of the first time and without a new one;
 * - the outcome of a row step does not depend on the order of the rows;
 * - a batch step answers for each row of a batch, and a global step once for each row, and for no other;
 * - a source that counts its rows gives as many;
 * - a sink reports the files that it wrote, with their sizes and digests, and no other; cut off, it leaves none behind;
 * - a step that asks a model states with `needs` what the model must be able to do.
 *
 * {@linkcode testTask} checks more of a task.
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
  const problems = [
    ...definitionProblems(component.definition),
    ...await problemsOfCases(component, cases),
  ];
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new Error(`"${component.definition.name}" breaks the contract of steps:${list}`);
}
