import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import type { Row } from "../record/mod.ts";
import {
  type ColumnFlow,
  defineStep,
  defineTask,
  type Outcome,
  pass,
  reject,
  type RowContext,
  type StepComponent,
} from "../step/mod.ts";
import { testStep } from "./test_step.ts";

type Process = (row: Row, context: RowContext) => Outcome | Promise<Outcome>;

function rowStep(process: Process, flow: ColumnFlow = {}): StepComponent {
  return defineStep({
    kind: "row",
    name: "tested",
    version: 1,
    summary: "A test step",
    config: z.strictObject({}),
    columns: () => flow,
    open: () => ({ process }),
  });
}

async function problemsOf(
  component: StepComponent,
  rows: readonly Row[] = [{ a: 1 }, { a: 2 }],
): Promise<string> {
  return (await assertRejects(() => testStep(component, [{ rows }]), Error)).message;
}

Deno.test("testStep() accepts a step that keeps the contract", async () => {
  await testStep(
    rowStep((row) => row.a === 2 ? reject("two") : pass({ ...row, b: "x" }), { adds: { b: "string" } }),
    [
      { rows: [{ a: 1 }, { a: 2 }] },
      { rows: [{ a: 1, b: null }] },
      { rows: [] },
    ],
  );
  await testStep(rowStep(({ a }) => pass({ a: a! }), { keeps: ["a"] }), [{ rows: [{ a: 1, b: 2 }] }]);
});

Deno.test("testStep() finds columns that are not as stated", async () => {
  const cases: readonly (readonly [Process, ColumnFlow, string])[] = [
    [(row) => pass(row), { adds: { b: "string" } }, 'lacks the column "b"'],
    [(row) => pass({ ...row, b: 1 }), {}, 'has the column "b"'],
    [
      (row) => pass({ ...row, b: 1 }),
      { adds: { b: "string" } },
      'the column "b" is stated as string, found number',
    ],
    [(row) => pass(row), { removes: ["a"] }, 'has the column "a"'],
    [(row) => pass(row), { keeps: ["z"] }, 'has the column "a"'],
    [() => pass({}), {}, 'lacks the column "a"'],
  ];
  for (const [process, flow, expected] of cases) {
    const problems = await problemsOf(rowStep(process, flow));
    assertEquals(problems.includes(expected), true, problems);
  }
});

Deno.test("testStep() finds rows that are changed in place", async () => {
  const problems = await problemsOf(rowStep((row) => {
    (row as Record<string, number>).a = 5;
    return pass(row);
  }));
  assertEquals(problems.includes("it changes the row that it was given"), true, problems);
});

Deno.test("testStep() finds output that is not the same again", async () => {
  let count = 0;
  const problems = await problemsOf(rowStep(() => pass({ a: count++ })));
  assertEquals(problems.includes("the same input gave other output again"), true, problems);
});

Deno.test("testStep() finds row steps that depend on the order", async () => {
  const step = defineStep({
    kind: "row",
    name: "tested",
    version: 1,
    summary: "Lets only the first row pass",
    config: z.strictObject({}),
    columns: () => ({}),
    open: () => {
      let seen = 0;
      return { process: (row) => seen++ === 0 ? pass(row) : reject("late") };
    },
  });
  assertEquals((await problemsOf(step)).includes("depend on the order of the rows"), true);
});

Deno.test("testStep() finds effects that are not asked for again", async () => {
  let count = 0;
  const problems = await problemsOf(rowStep(async (row, { effect }) => {
    const input = { count: count++ };
    await effect({ kind: "x", version: 1, input }, () => Promise.resolve(1));
    return pass(row);
  }));
  assertEquals(problems.includes("the same input asked for other effects again"), true, problems);
});

Deno.test("testStep() finds errors that are not ours, and rows that are not JSON", async () => {
  const thrown = await problemsOf(rowStep(() => {
    throw new RangeError("out of it");
  }));
  assertEquals(thrown.includes("The step threw: out of it"), true, thrown);
  const strange = await problemsOf(rowStep(() => pass({ a: Number.NaN })));
  assertEquals(strange.includes("a passed row is not JSON"), true, strange);
});

Deno.test("testStep() finds loose schemas, impure columns and bad introductions", async () => {
  let calls = 0;
  const step = defineStep({
    kind: "row",
    name: "tested",
    version: 0,
    summary: " ",
    config: z.looseObject({}),
    columns: () => ({ removes: [`gone_${calls++}`] }),
    open: () => ({ process: pass }),
  });
  const problems = await problemsOf(step);
  for (
    const expected of ["the version 0", "the summary", "takes keys that it does not know", "the second time"]
  ) {
    assertEquals(problems.includes(expected), true, problems);
  }
});

Deno.test("testStep() runs tasks with their answers", async () => {
  const task = (grade: string) =>
    defineTask({
      name: "graded",
      version: 1,
      promptVersion: 1,
      summary: "Grades",
      config: z.strictObject({}),
      columns: () => ({ adds: { [grade]: "string" } }),
      open: () => ({
        prompt: () => ({ messages: [{ role: "user", content: "Grade" }] }),
        parse: (text) => ({ grade: text }),
      }),
    });
  await testStep(task("grade"), [{ rows: [{ a: 1 }], answers: ["good", "bad"], n: 2 }]);
  await assertRejects(
    () => testStep(task("other"), [{ rows: [{ a: 1 }], answers: "good" }]),
    Error,
    '"other"',
  );
  await assertRejects(() => testStep(task("grade"), [{ rows: [{ a: 1 }] }]), TypeError, "with answers");
});

Deno.test("testStep() wants at least one case", async () => {
  await assertRejects(() => testStep(rowStep(pass), []), TypeError);
});
