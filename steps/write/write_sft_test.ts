import { FastDistillError, type Json, type Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import writeSft from "./write_sft.ts";

const ROWS = [{ question: "How many?", sql: "SELECT 1", id: 7 }];

async function samplesOf(
  config: Record<string, Json>,
  rows: readonly Row[] = ROWS,
): Promise<readonly unknown[]> {
  const run = await runStep(writeSft, { config: { path: "train.jsonl", ...config }, rows });
  assertEquals(run.rows, rows);
  return run.files["train.jsonl"]!.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

Deno.test("write_sft keeps the contract of steps", async () => {
  await testStep(writeSft, [
    { config: { path: "train.jsonl" }, rows: ROWS },
    {
      config: {
        path: "t.jsonl",
        format: "alpaca",
        prompt: "Q: {{ question }}",
        system: "S {{ id }}",
        metadata: ["id"],
      },
      rows: ROWS,
    },
  ]);
});

Deno.test("write_sft writes the four formats", async () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["chat", {
      messages: [{ role: "user", content: "How many?" }, { role: "assistant", content: "SELECT 1" }],
    }],
    ["alpaca", { instruction: "How many?", input: "", output: "SELECT 1" }],
    ["sharegpt", {
      conversations: [{ from: "human", value: "How many?" }, { from: "gpt", value: "SELECT 1" }],
    }],
    ["prompt_completion", { prompt: "How many?", completion: "SELECT 1" }],
  ];
  for (const [format, sample] of cases) assertEquals(await samplesOf({ format }), [sample], format);
});

Deno.test("write_sft puts the system message where the format has it", async () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["chat", { role: "system", content: "You know SQL" }],
    ["sharegpt", { from: "system", value: "You know SQL" }],
  ];
  for (const [format, turn] of cases) {
    const [sample] = await samplesOf({ format, system: "You know SQL" });
    assertEquals(Object.values(sample as Record<string, readonly unknown[]>)[0]?.[0], turn);
  }
  const [alpaca] = await samplesOf({ format: "alpaca", system: "For {{ id }}" });
  assertEquals(alpaca, { instruction: "How many?", input: "", output: "SELECT 1", system: "For 7" });
  const error = await assertRejects(
    () => samplesOf({ format: "prompt_completion", system: "x" }),
    FastDistillError,
  );
  assertEquals(error.code, "config.invalid_value");
});

Deno.test("write_sft takes columns, templates and metadata", async () => {
  const config = {
    format: "prompt_completion",
    prompt: "Write SQL.\n{{ question }}",
    completion: "id",
    metadata: ["id", "sql"],
  };
  assertEquals(await samplesOf(config), [
    { prompt: "Write SQL.\nHow many?", completion: "7", metadata: { id: 7, sql: "SELECT 1" } },
  ]);
});

Deno.test("write_sft finds prompt and completion by their usual names", async () => {
  const row = { response: "r", generation: "g", question: "q", instruction: "i" };
  const cases: readonly (readonly [Row, string, string])[] = [
    [row, "i", "g"],
    [{ ...row, prompt: "p", completion: "c" }, "p", "c"],
    [{ ...row, answer: "a" }, "i", "a"],
    [{ ...row, answer: "a", sql: "s" }, "i", "s"],
    [{ question: "q", response: "r" }, "q", "r"],
  ];
  for (const [given, prompt, completion] of cases) {
    assertEquals(await samplesOf({ format: "prompt_completion" }, [given]), [{ prompt, completion }]);
  }
});

Deno.test("write_sft says at plan time when it finds none", async () => {
  const refusal = async (row: Row) => await assertRejects(() => samplesOf({}, [row]), FastDistillError);
  const noPrompt = await refusal({ sql: "s", text: "t" });
  assertEquals([noPrompt.code, noPrompt.message, noPrompt.hint], [
    "graph.missing_column",
    "write_sft looks for a prompt, and no column is named prompt, instruction, question",
    "Name the column with prompt: <column>; there are sql, text",
  ]);
  const noCompletion = await refusal({ prompt: "p" });
  assertEquals(noCompletion.message.includes("looks for a completion"), true);
});

Deno.test("write_sft requires what it names, and says where", async () => {
  const config = {
    path: "t.jsonl",
    prompt: "{{ question }}",
    completion: "sql",
    system: "{{ id }}",
    metadata: ["id"],
  };
  const { flow } = await runStep(writeSft, { config, rows: ROWS });
  assertEquals(flow.requires, [
    { column: "question", template: true, at: ["prompt"] },
    { column: "sql", at: ["completion"] },
    { column: "id", template: true, at: ["system"] },
    { column: "id", at: ["metadata", 0] },
  ]);
});

Deno.test("write_sft writes no sample without a prompt or a completion", async () => {
  const rows = [{ question: "q", sql: null }, { question: " ", sql: "s" }, { question: "q", sql: "s" }];
  const run = await runStep(writeSft, { config: { path: "t.jsonl", format: "prompt_completion" }, rows });
  assertEquals(run.failed.map(({ error }) => [error.code, error.message]), [
    ["data.invalid_sample", "Write a sample for fine-tuning, found an empty completion"],
    ["data.invalid_sample", "Write a sample for fine-tuning, found an empty prompt"],
  ]);
  assertEquals(run.files["t.jsonl"], '{"prompt":"q","completion":"s"}\n');
  assertEquals(run.report?.files[0]?.rows, 1);
});
