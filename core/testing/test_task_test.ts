import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { defineTask, type TaskComponent, type TaskRunner } from "../step/mod.ts";
import { testTask } from "./test_task.ts";

const STRICT: TaskRunner = {
  prompt: (row) => ({ messages: [{ role: "user", content: `Grade ${row.text}` }] }),
  parse: (text) => {
    if (!/^[1-5]$/.test(text)) throw new FastDistillError("step.parse", "Read a grade, found none");
    return { grade: Number(text) };
  },
};

function task(runner: Partial<TaskRunner> = {}): TaskComponent {
  return defineTask({
    name: "tested",
    version: 1,
    promptVersion: 1,
    summary: "A test task",
    config: z.strictObject({}),
    columns: () => ({ requires: [{ column: "text" }], adds: { grade: "number" } }),
    open: () => ({ ...STRICT, ...runner }),
  });
}

async function problemsOf(component: TaskComponent, answers = "4"): Promise<string> {
  const cases = [{ rows: [{ text: "hi" }], answers, unreadable: ["Great!"] }];
  return (await assertRejects(() => testTask(component, cases), Error)).message;
}

Deno.test("testTask() accepts a task that keeps the contract", async () => {
  await testTask(task(), [{ rows: [{ text: "hi" }], answers: ["1", "5"], n: 2, unreadable: ["", "6"] }]);
});

Deno.test("testTask() finds what testStep() finds", async () => {
  const problems = await problemsOf(task({ parse: () => ({ other: 1 }) }));
  assertStringIncludes(problems, 'lacks the column "grade"');
});

Deno.test("testTask() finds answers that are read although they cannot be", async () => {
  const problems = await problemsOf(task({ parse: () => ({ grade: 3 }) }));
  assertStringIncludes(problems, 'it reads "Great!", which the case says cannot be read');
});

Deno.test("testTask() finds answers that fail with something else than step.parse", async () => {
  const parse = (text: string) => {
    if (text !== "4") throw new RangeError("no grade");
    return { grade: 4 };
  };
  assertStringIncludes(await problemsOf(task({ parse })), '"Great!" fails with RangeError: no grade');
});

Deno.test("testTask() finds prompts that are empty, of no role, or other ones again", async () => {
  let calls = 0;
  const cases: readonly (readonly [TaskRunner["prompt"], string])[] = [
    [() => ({ messages: [] }), "a prompt has no messages"],
    [() => ({ messages: [{ role: "user", content: "" }] }), 'of the role "user" says nothing'],
    [() => ({ messages: [{ role: "boss" as "user", content: "Do" }] }), 'the unknown role "boss"'],
    [
      () => ({ messages: [{ role: "user", content: `Call ${calls++}` }] }),
      "the same rows are asked something else again",
    ],
  ];
  for (const [prompt, expected] of cases) assertStringIncludes(await problemsOf(task({ prompt })), expected);
});

Deno.test("testTask() finds a case in which no answer can be read", async () => {
  assertStringIncludes(await problemsOf(task(), "six"), "no row passes with the answers of the case");
});

Deno.test("testTask() wants at least one case", async () => {
  const { message } = await assertRejects(() => testTask(task(), []), TypeError);
  assertEquals(message, "A contract is tested with at least one case");
});
