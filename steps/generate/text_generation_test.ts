import { FastDistillError, type FinishReasonKind, type TaskComponent } from "@fastdistill/core";
import { runTask, testTask } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import textGeneration from "./text_generation.ts";

const ROWS = [{ question: "How many?", schema: "t(a)" }];
const CONFIG = { template: "Schema: {{ schema }}\nQuestion: {{ question }}\n" };

function answer(content: string, kind: FinishReasonKind = "stop") {
  return { content, finish_reason: { kind, raw: `raw_${kind}` } };
}

Deno.test("text_generation keeps the contract of tasks", async () => {
  await testTask(textGeneration, [
    { config: CONFIG, rows: ROWS, answers: ["a", "b", ""], n: 3 },
    { config: { ...CONFIG, system_prompt: "Be brief, {{ question }}" }, rows: ROWS, answers: "a" },
    {
      config: { ...CONFIG, to: "answer", model_column: null, sample_column: null, finish_column: null },
      rows: ROWS,
      answers: "a",
    },
  ]);
});

Deno.test("text_generation fills template and system prompt", async () => {
  const config = { ...CONFIG, system_prompt: "You know {{ schema }}" };
  const run = await runTask(textGeneration, { config, rows: ROWS, answers: "SELECT 1" });
  assertEquals(run.prompts, [{
    messages: [
      { role: "system", content: "You know t(a)" },
      { role: "user", content: "Schema: t(a)\nQuestion: How many?" },
    ],
  }]);
});

Deno.test("text_generation adds answer, model, sample and finish reason", async () => {
  const answers = [answer("one"), { ...answer("cut", "length"), model: "other-2" }];
  const run = await runTask(textGeneration, { config: CONFIG, rows: ROWS, answers, n: 2, model: "tiny-1" });
  assertEquals(run.rows, [
    { ...ROWS[0]!, generation: "one", model_name: "tiny-1", sample_index: 0, finish_reason: "stop" },
    { ...ROWS[0]!, generation: "cut", model_name: "other-2", sample_index: 1, finish_reason: "length" },
  ]);
});

Deno.test("text_generation gives its columns other names, or leaves them out", async () => {
  const config = { ...CONFIG, to: "sql", model_column: "by", sample_column: null, finish_column: null };
  const run = await runTask(textGeneration, { config, rows: ROWS, answers: "SELECT 1", model: "tiny-1" });
  assertEquals(run.rows, [{ ...ROWS[0]!, sql: "SELECT 1", by: "tiny-1" }]);
});

Deno.test("text_generation keeps an answer as it is", async () => {
  const run = await runTask(textGeneration, {
    config: CONFIG,
    rows: ROWS,
    answers: "\n  ```sql\nSELECT 1\n```\n",
  });
  assertEquals(run.rows[0]?.generation, "\n  ```sql\nSELECT 1\n```\n");
});

Deno.test("text_generation fails on empty and filtered answers", async () => {
  const answers = [answer(""), answer(" \n", "length"), answer("half a", "content_filter")];
  const run = await runTask(textGeneration, { config: CONFIG, rows: ROWS, answers, n: 3 });
  assertEquals(run.rows, []);
  assertEquals(run.failed.map(({ error, evidence }) => [error.code, error.message, evidence]), [
    ["step.parse", "Read an answer, found an empty one (stop)", ""],
    ["step.parse", "Read an answer, found an empty one (length)", " \n"],
    ["provider.content_filter", "The endpoint's content filter stopped the answer", "half a"],
  ]);
  assertEquals(run.failed[1]?.error.hint, "Raise max_tokens: thinking may have used them all");
  assertEquals(run.failed[0]?.error.context, { finish_reason: "raw_stop", model: "scripted-model" });
});

Deno.test("text_generation requires what its templates name, and says where", async () => {
  const config = { ...CONFIG, system_prompt: "{% if hint is defined %}{{ hint }}{% endif %}{{ schema }}" };
  const { flow } = await runTask(textGeneration, { config, rows: ROWS, answers: "a" });
  assertEquals(flow.requires, [
    { column: "schema", template: true, at: ["template"] },
    { column: "question", template: true, at: ["template"] },
    { column: "schema", template: true, at: ["system_prompt"] },
  ]);
});

Deno.test("text_generation refuses what cannot work before it runs", async () => {
  const errorOf = async (task: TaskComponent, config: Record<string, string>) =>
    await assertRejects(() => runTask(task, { config, rows: ROWS, answers: "a" }), FastDistillError);
  const missing = await errorOf(textGeneration, { template: "{{ questoin }}" });
  assertEquals([missing.code, /did you mean "question"/.test(missing.message)], [
    "step.template_variable",
    true,
  ]);
  assertEquals((await errorOf(textGeneration, { template: "{{ a" })).code, "step.template");
  assertEquals((await errorOf(textGeneration, { ...CONFIG, to: "model_name" })).code, "config.invalid_value");
  assertEquals((await errorOf(textGeneration, { ...CONFIG, n: "4" })).code, "config.unknown_key");
});
