import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { systemClock } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import cleanSql from "./clean_sql.ts";

const Q = "SELECT name FROM author WHERE aid = 1";
const MULTILINE =
  "SELECT a.name,\n       COUNT(*) AS n\nFROM author AS a\nGROUP BY a.name\n\nORDER BY n DESC";

/** Name, answer, SQL. */
const ANSWERS: readonly (readonly [string, string, string])[] = [
  ["plain", Q, Q],
  ["semicolon", `${Q};`, Q],
  ["space around", `\n\n  ${Q} ;\n`, Q],
  ["several lines", `${MULTILINE};`, MULTILINE],
  ["fence", "```\n" + Q + "\n```", Q],
  ["labelled fence", "```sql\n" + Q + ";\n```", Q],
  ["label in capitals", "```SQL\n" + Q + ";\n```\n", Q],
  ["other dialect's label", "```sqlite\n" + Q + "\n```", Q],
  ["fence in one line", "```sql " + Q + "```", Q],
  ["fence without label in one line", "```" + Q + "```", Q],
  ["fence of tildes", "~~~sql\n" + Q + "\n~~~", Q],
  ["fence that is never closed", "Here you are:\n```sql\n" + Q, Q],
  [
    "fence with chatter",
    "Sure! Here is the query:\n\n```sql\n" + Q + ";\n```\n\nThis query selects the name.",
    Q,
  ],
  [
    "first of two blocks",
    "```sql\n" + Q + ";\n```\nAlternatively, you could write:\n```sql\nSELECT 2;\n```",
    Q,
  ],
  [
    "labelled block behind another",
    "The schema:\n```\nCREATE TABLE author (aid INT);\n```\n```sql\n" + Q + "\n```",
    Q,
  ],
  ["block of another language", "```python\nx = 1\n```\nSQL: " + Q, Q],
  ["SQL inside Python", '```python\ncur.execute("' + Q + '")\n```', Q],
  ["label", `SQL: ${Q}`, Q],
  ["label with full-width colon", `SQL：${Q}`, Q],
  ["bold label", `**SQL Query:**\n${Q}`, Q],
  ["longer label", `Final SQL query: ${Q};`, Q],
  [
    "question before",
    `Question: Who wrote it? Select the best.\nSQL: ${Q}\nExplanation: the key is unique.`,
    Q,
  ],
  ["chatter in the same line", `The query you need is ${Q};`, Q],
  ["prose with the verb", `To select the name with the smallest id, use a SELECT statement:\n\n${Q}`, Q],
  ["prose in capitals", `You need SELECT with a WHERE clause. ${Q}`, Q],
  ["trailing sentence", `${Q}\n\nThis query returns the name; it doesn't need a join.`, Q],
  ["trailing sentence in the next line", `${Q}\nThe query filters by id.`, Q],
  ["trailing paragraph", `${Q}\n\nAuthors are found by their id.`, Q],
  ["trailing list", `${Q}\n\n- **aid** is the key\n- \`name\` is the name`, Q],
  ["trailing heading", `${Q}\n### Explanation\nNone.`, Q],
  ["trailing note in bold", `${Q}\n\n**Note:** aid is unique.`, Q],
  ["trailing Chinese", `以下是查询：\n${Q}\n\n该查询返回作者姓名。`, Q],
  ["second statement", `${Q}; SELECT 2;`, Q],
  ["semicolon in a text", "SELECT 'a;b' FROM t; SELECT 2", "SELECT 'a;b' FROM t"],
  ["semicolon in a name", 'SELECT "a;b" FROM t;', 'SELECT "a;b" FROM t'],
  ["semicolon in a comment", "SELECT a -- not; here\nFROM t; done", "SELECT a -- not; here\nFROM t"],
  ["semicolon in a block comment", "SELECT a /* not; here */ FROM t;", "SELECT a /* not; here */ FROM t"],
  ["quote in a text", "SELECT * FROM t WHERE a = 'it''s; fine';", "SELECT * FROM t WHERE a = 'it''s; fine'"],
  ["fence mark in a text", "```sql\nSELECT '`' FROM t;\n```", "SELECT '`' FROM t"],
  ["comment before", "```sql\n-- All names\n/* of authors */\n" + Q + "\n```", Q],
  ["comment behind", `${Q} -- done\n-- really`, Q],
  ["thinking", `<think>Maybe SELECT 1; no.</think>\n${Q}`, Q],
  ["thinking with a draft in a fence", "<think>\n```sql\nSELECT 1\n```\n</think>\n```sql\n" + Q + "\n```", Q],
  ["thinking whose begin is missing", `The user wants SELECT 1 FROM x.\n</think>\n\n${Q}`, Q],
  ["thinking about tags", `<think>Use <think>? <analysis>no</analysis> SELECT 1</think>\n${Q}`, Q],
  ["thinking that never ends", "<think>I could write SELECT 1 FROM t, but", ""],
  [
    "other tags",
    `<analysis>SELECT 1</analysis><reasoning a="b">SELECT 2</reasoning>[THINK]SELECT 3[/THINK]${Q}`,
    Q,
  ],
  ["channels", `<|channel|>analysis<|message|>SELECT 1<|end|><|channel|>final<|message|>${Q}<|return|>`, Q],
  ["end token", `${Q}<|im_end|>`, Q],
  ["inline code", `Use \`${Q}\`.`, Q],
  ["in double quotes", `"${Q}"`, Q],
  ["JSON", JSON.stringify({ thought: "easy", sql: `${Q};` }), Q],
  ["JSON in a fence", "```json\n" + JSON.stringify({ query: Q }) + "\n```", Q],
  ["lower case", "select name from author where aid = 1;", "select name from author where aid = 1"],
  [
    "mixed case with sentences",
    "Select name\nFrom author\n\nOrder by name desc",
    "Select name\nFrom author\n\nOrder by name desc",
  ],
  [
    "with",
    "Here:\nWITH top AS (\n  SELECT aid FROM author\n)\nSELECT * FROM top;",
    "WITH top AS (\n  SELECT aid FROM author\n)\nSELECT * FROM top",
  ],
  [
    "with in lower case around capitals",
    "with top(a) as materialized (\nSELECT aid FROM author\n)\nSELECT * FROM top",
    "with top(a) as materialized (\nSELECT aid FROM author\n)\nSELECT * FROM top",
  ],
  [
    "query around a query",
    "The answer is SELECT * FROM (\nSELECT aid FROM author\n)",
    "SELECT * FROM (\nSELECT aid FROM author\n)",
  ],
  [
    "compound query",
    "select a from t\nUNION ALL\nSELECT b FROM u",
    "select a from t\nUNION ALL\nSELECT b FROM u",
  ],
  ["subquery in the list", "SELECT (SELECT 1) / (SELECT 2)", "SELECT (SELECT 1) / (SELECT 2)"],
  ["quoted block", `> ${Q}`, Q],
  ["a statement that changes data", "```sql\nDELETE FROM author;\n```", "DELETE FROM author"],
  ["update", "UPDATE author SET name = 'x'; SELECT 1", "UPDATE author SET name = 'x'"],
  ["cut off", "```sql\nSELECT name FROM author WHERE name = 'An", "SELECT name FROM author WHERE name = 'An"],
  ["refusal", "I'm sorry, but I cannot answer that with the given schema.", ""],
  ["nothing", "", ""],
  ["space", " \n ", ""],
  ["empty fence", "```sql\n```", ""],
  ["comment alone", "-- no idea", ""],
];

Deno.test("clean_sql keeps the contract of steps", async () => {
  await testStep(cleanSql, [{
    rows: [{ generation: `SQL: ${Q};` }, { generation: "no" }, { generation: null }, { generation: "" }],
    columns: { generation: "string" },
  }]);
});

Deno.test("clean_sql takes the SQL out of what models say", async (t) => {
  const run = await runStep(cleanSql, { rows: ANSWERS.map(([, generation]) => ({ generation })) });
  for (const [index, [name, , sql]] of ANSWERS.entries()) {
    await t.step(name, () => assertEquals(run.rows[index]?.sql, sql));
  }
});

Deno.test("clean_sql finds the same again in its own result", async () => {
  const rows = ANSWERS.map(([, , generation]) => ({ generation })).filter(({ generation }) =>
    generation !== ""
  );
  const run = await runStep(cleanSql, { rows });
  assertEquals(run.rows.map(({ sql }) => sql), rows.map(({ generation }) => generation));
});

const questions = new URL("../../../shared/data/text2sql/questions.jsonl", import.meta.url);

Deno.test({
  name: "clean_sql finds each query of the text2sql data in its usual wrappings",
  ignore: !existsSync(questions),
  fn: async () => {
    const text = await readFile(questions, "utf8");
    const queries = text.trim().split("\n").flatMap((line) => JSON.parse(line).gold_sql as string[]);
    const wrap: readonly ((sql: string) => string)[] = [
      (sql) => sql,
      (sql) => `<think>Hm; it's SELECT 1?</think>\n\n${sql};\n\nThis query doesn't need a join.`,
      (sql) => `Here is the query:\n\n\`\`\`sql\n${sql};\n\`\`\`\n\n### Explanation\nIt's simple; really.`,
      (sql) => `SQL: ${sql}`,
      (sql) => `The answer is \`${sql}\`.`,
    ];
    const rows = queries.flatMap((sql) => wrap.map((one) => ({ sql, generation: one(sql) })));
    const run = await runStep(cleanSql, { rows, config: { to: "found" } });
    assertEquals([queries.length, run.rows.length], [200, 1000]);
    assertEquals(run.rows.filter(({ sql, found }) => found !== String(sql).replace(/;?\s*$/, "")), []);
  },
});

Deno.test("clean_sql takes an answer without a statement as it is when no keyword is required", async () => {
  const rows = ["```\nname FROM author\n```", "<think>x</think> no ", Q].map((generation) => ({
    generation,
  }));
  const run = await runStep(cleanSql, { config: { require_keyword: false, to: "out" }, rows });
  assertEquals(run.rows.map(({ out }) => out), ["name FROM author", "no", Q]);
});

Deno.test("clean_sql reads long answers in reasonable time", async (t) => {
  const parts = [
    "SELECT ",
    "select x, ",
    "`",
    "```",
    "```sql\n",
    "<think>",
    "</think>",
    "[think]",
    "WITH a AS (",
    "\n> ",
  ];
  const more = [
    "SQL: ",
    "\nSQL: ",
    "\n",
    "a ",
    "(",
    "'",
    "\nsql\n",
    "{",
    "\nThe ",
    "<|channel|>final",
    "-- ",
    "* ",
  ];
  for (const part of [...parts, ...more]) {
    await t.step(JSON.stringify(part), async () => {
      const generation = `${part.repeat(200_000 / part.length)}\nSELECT 1`;
      const since = systemClock.monotonic();
      const run = await runStep(cleanSql, { rows: [{ generation }] });
      assertEquals(run.rows.length, 1);
      assert(systemClock.monotonic() - since < 2000);
    });
  }
});
