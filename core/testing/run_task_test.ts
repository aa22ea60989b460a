import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { defineTask } from "../step/mod.ts";
import { runTask } from "./run_task.ts";

const TASK = defineTask({
  name: "grade",
  version: 1,
  promptVersion: 1,
  summary: "Grades a text",
  config: z.strictObject({ field: z.string().default("text") }),
  columns: ({ field }) => ({
    requires: [{ column: field }],
    adds: { grade: "number", by: "string", sample: "number" },
  }),
  open: ({ field }) => ({
    prompt: (row) => {
      if (row[field] === "") throw new FastDistillError("step.template", "Nothing to grade");
      return { messages: [{ role: "user", content: `Grade: ${row[field]}` }] };
    },
    parse: (text, _row, { model, sample_index }) => {
      const grade = Number(text);
      if (Number.isNaN(grade)) throw new FastDistillError("step.parse", `Not a grade: ${text}`);
      return { grade, by: model, sample: sample_index };
    },
  }),
});

Deno.test("runTask() prompts every row and parses every answer", async () => {
  const run = await runTask(TASK, {
    rows: [{ text: "a" }, { text: "b" }],
    answers: ["1", "2"],
    model: "judge-1",
  });
  assertEquals(run.rows, [
    { text: "a", grade: 1, by: "judge-1", sample: 0 },
    { text: "b", grade: 2, by: "judge-1", sample: 0 },
  ]);
  assertEquals(run.prompts.map(({ messages }) => messages[0]?.content), ["Grade: a", "Grade: b"]);
});

Deno.test("runTask() expands a row into its samples", async () => {
  const run = await runTask(TASK, {
    rows: [{ text: "a" }],
    n: 3,
    answers: ({ sampleIndex }) => sampleIndex === 1 ? "bad" : `${sampleIndex}`,
  });
  assertEquals(run.rows.map((row) => row.sample), [0, 2]);
  assertEquals(run.failed.map(({ error, evidence }) => [error.code, evidence]), [["step.parse", "bad"]]);
  assertEquals(run.outcomes[0]?.outcome.kind, "expand");
});

Deno.test("runTask() turns a failing prompt and a failing model into failed rows", async () => {
  const run = await runTask(TASK, {
    rows: [{ text: "" }, { text: "a" }],
    answers: new FastDistillError("provider.overloaded", "Busy"),
  });
  assertEquals(run.failed.map(({ error }) => error.code), ["step.template", "provider.overloaded"]);
  assertEquals(run.prompts.length, 1);
});

Deno.test("runTask() says when the script is too short", async () => {
  await assertRejects(() => runTask(TASK, { rows: [{ text: "a" }], n: 2, answers: ["1"] }), RangeError);
});

Deno.test("runTask() refuses a wrong configuration and a missing column", async () => {
  const codeOf = async (config: Record<string, string>) =>
    (await assertRejects(
      () => runTask(TASK, { rows: [{ text: "a" }], config, answers: "1" }),
      FastDistillError,
    )).code;
  assertEquals(await codeOf({ n: "4" }), "config.unknown_key");
  assertEquals(await codeOf({ field: "txt" }), "graph.missing_column");
});
