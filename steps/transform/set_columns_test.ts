import { FastDistillError } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import setColumns from "./set_columns.ts";

const ROWS = [{ q: "How many?", n: 2 }, { q: "Who?", n: 5 }];
const CONFIG = {
  set: { split: "train", tags: ["a"], none: null },
  expr: { large: "n > 3", twice: "n * 2" },
  template: { prompt: "Q: {{ q }} ({{ n }})" },
};

Deno.test("set_columns keeps the contract of steps", async () => {
  await testStep(setColumns, [
    { config: CONFIG, rows: ROWS },
    { config: { set: { n: "replaced" } }, rows: ROWS },
    { config: { expr: { n: "n + 1" }, template: { q: "{{ q | upper }}" } }, rows: ROWS },
  ]);
});

Deno.test("set_columns sets constants, expressions and templates", async () => {
  const run = await runStep(setColumns, { config: CONFIG, rows: ROWS });
  const constants = { split: "train", tags: ["a"], none: null };
  assertEquals(run.rows, [
    { ...ROWS[0], ...constants, large: false, twice: 4, prompt: "Q: How many? (2)" },
    { ...ROWS[1], ...constants, large: true, twice: 10, prompt: "Q: Who? (5)" },
  ]);
  const { split, tags, none, large, prompt } = run.columns.after;
  assertEquals([split, tags, none, large, prompt], ["string", "array", "any", "any", "string"]);
});

Deno.test("set_columns reads the row as it came in", async () => {
  const run = await runStep(setColumns, { config: { expr: { n: "n + 1", m: "n + 1" } }, rows: [{ n: 1 }] });
  assertEquals(run.rows, [{ n: 2, m: 2 }]);
});

Deno.test("set_columns names where a missing column is read", async () => {
  const { flow } = await runStep(setColumns, { config: CONFIG, rows: ROWS });
  assertEquals(flow.requires, [
    { column: "n", at: ["expr", "large"] },
    { column: "n", at: ["expr", "twice"] },
    { column: "q", template: true, at: ["template", "prompt"] },
    { column: "n", template: true, at: ["template", "prompt"] },
  ]);
});

Deno.test("set_columns fails the rows that an expression or a template does not work on", async () => {
  const rows = [{ n: null }, { n: 1 }];
  const run = await runStep(setColumns, { config: { expr: { more: "n > 3" } }, rows });
  assertEquals([run.rows, run.failed.map(({ error }) => error.code)], [[{ n: 1, more: false }], [
    "step.expression",
  ]]);
  const trimmed = await runStep(setColumns, { config: { template: { t: "{{ n | abs }}" } }, rows });
  assertEquals([trimmed.rows, trimmed.failed.map(({ error }) => error.code)], [[{ n: 1, t: "1" }], [
    "step.template",
  ]]);
});

Deno.test("set_columns refuses to set nothing, or one column twice, or what cannot be read", async () => {
  const codeOf = async (config: typeof CONFIG | Record<string, Record<string, string>>) =>
    (await assertRejects(() => runStep(setColumns, { config, rows: ROWS }), FastDistillError)).code;
  assertEquals(await codeOf({}), "config.invalid_value");
  assertEquals(await codeOf({ set: { a: "1" }, expr: { a: "1" } }), "config.invalid_value");
  assertEquals(await codeOf({ expr: { a: "n +" } }), "step.expression");
  assertEquals(await codeOf({ template: { a: "{{ n" } }), "step.template");
});
