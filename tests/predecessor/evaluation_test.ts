import type { Row } from "@fastdistill/core";
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { runText, stageRows } from "../_run_outputs.ts";
import { inScenario, linesOf, numberedLines, type Scenario } from "./_scenario.ts";

const EXPRESSIONS = [
  `__import__("os").environ`,
  `{{ text }} {% for n in range(9) %}x{% endfor %}`,
  "${env:HOME}",
  "$(id)",
  `globalThis.touched = true`,
  "1 + 1",
];

Deno.test("B29 what a model says is a text and nothing else, whatever it looks like", () =>
  inScenario({
    files: { "rows.jsonl": numberedLines(EXPRESSIONS.length) },
    answers: ({ text }) => EXPRESSIONS[Number(text.slice(5))]!,
  }, async ({ run }) => {
    const summary = await run(`version: 1
name: scenario
providers:
  teacher: { use: scripted }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  ask: { use: text_generation, provider: teacher, with: { template: "{{ text }}" } }
  again: { use: text_generation, provider: teacher, with: { template: "{{ text }}", system_prompt: "{{ generation }}", to: more } }
  number: { use: extract_answer, with: { from: generation, to: answer, style: last_number } }
  set: { use: set_columns, with: { expr: { whole: "generation" }, template: { quoted: "<{{ generation }}>" } } }
  judge: { use: math_equal, with: { answer: generation, reference: text } }
  write: { use: write_jsonl, with: { path: out.jsonl, columns: [generation, whole, quoted, more, solved] } }
`);
    assertEquals([summary.status, summary.rows.failed], ["done", {}]);
    assertEquals(
      await linesOf(summary, "exports/out.jsonl"),
      EXPRESSIONS.map((generation) => ({
        generation,
        whole: generation,
        quoted: `<${generation}>`,
        more: generation,
        solved: false,
      })),
    );
    assertEquals("touched" in globalThis, false);
  }));

const JUDGE = `version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  execute: { use: sql_exec, with: { database: "{{ database }}", sql: sql, gold: gold } }
  score: { use: score_exec, with: {}, stage: judged }
`;
const SCRIPT = "CREATE TABLE item (id INTEGER, name TEXT); INSERT INTO item VALUES (1, 'a'), (2, 'b;c');";
const COUNT = "SELECT count(*) FROM item";

function judged(queries: readonly string[], database: string): string {
  return queries.map((sql) => `${JSON.stringify({ sql, database, gold: COUNT })}\n`).join("");
}

async function makeDatabase(path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec(SCRIPT);
  database.close();
}

async function judge({ run, folder }: Scenario, queries: readonly string[]): Promise<readonly Row[]> {
  await makeDatabase(join(folder, "shop.sqlite"));
  await Deno.writeTextFile(join(folder, "rows.jsonl"), judged(queries, "shop.sqlite"));
  const before = await Deno.readFile(join(folder, "shop.sqlite"));
  const summary = await run(JUDGE);
  assertEquals([summary.status, summary.rows.failed], ["done", {}]);
  assertEquals(await Deno.readFile(join(folder, "shop.sqlite")), before);
  return await stageRows(summary, "judged");
}

Deno.test("B30 an empty query does not pass", () =>
  inScenario({}, async (scenario) => {
    const queries = ["", "   \n", ";", "-- nothing", "/* nothing */"];
    const rows = await judge(scenario, queries);
    for (const { sql, exec_pass, gold_match, score } of rows) {
      assertEquals([exec_pass, gold_match, score], [false, false, 0], `query ${JSON.stringify(sql)}`);
    }
    assertEquals(rows.length, queries.length);
  }));

Deno.test("B30 a query that writes does not pass, and alters neither the database nor what later rows see", () =>
  inScenario({}, async (scenario) => {
    const writing = [
      "DELETE FROM item",
      "DROP TABLE item",
      "UPDATE item SET id = 9",
      "INSERT INTO item VALUES (3, 'd')",
      "INSERT INTO item VALUES (3, 'd') RETURNING id",
      "CREATE TABLE other (id)",
      "WITH gone AS (SELECT 1) DELETE FROM item",
      "ATTACH DATABASE 'other.sqlite' AS other",
      "PRAGMA journal_mode = DELETE",
      "PRAGMA writable_schema = ON",
      "VACUUM INTO 'copy.sqlite'",
      "SELECT 1; DROP TABLE item",
      "BEGIN; DELETE FROM item; COMMIT",
    ];
    const rows = await judge(scenario, writing.flatMap((sql) => [sql, COUNT]));
    assertEquals(
      rows.map(({ sql, exec_pass, gold_match, score }) => [sql, exec_pass, gold_match, score]),
      writing.flatMap((sql) => [[sql, false, false, 0], [COUNT, true, true, 1]]),
    );
    const files = (await Array.fromAsync(Deno.readDir(scenario.folder))).map(({ name }) => name).sort();
    assertEquals(files, ["pipeline.yaml", "rows.jsonl", "runs", "shop.sqlite"]);
  }));

Deno.test("B31 a semicolon inside a literal does not cut a statement off", () =>
  inScenario({
    files: {
      "shop.sql": SCRIPT,
      "rows.jsonl": [
        "SELECT count(*) FROM item WHERE name = 'b;c'; Explanation: it counts",
        "```sql\nSELECT count(*) FROM item -- one; two\nWHERE name = 'b;c' /* ; */;\n```",
        `SQL: SELECT count(*) AS "a;b" FROM item WHERE name = 'b;c'; DROP TABLE item`,
      ].map((generation) => `${JSON.stringify({ generation })}\n`).join(""),
    },
  }, async ({ run }) => {
    const summary = await run(`version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  gold: { use: set_columns, with: { set: { gold: "SELECT 1" } } }
  clean: { use: clean_sql, with: { from: generation, to: sql } }
  execute: { use: sql_exec, with: { database: shop.sql, sql: sql, gold: gold }, stage: judged }
`);
    const rows = await stageRows(summary, "judged");
    assertEquals(rows.map(({ exec_pass, gold_match }) => [exec_pass, gold_match]), [
      [true, true],
      [true, true],
      [true, true],
    ]);
    for (const { sql } of rows) assertMatch(String(sql), /^SELECT[^]*'b;c'[^]*$/);
    assertEquals(rows[0]?.sql, "SELECT count(*) FROM item WHERE name = 'b;c'");
  }));

Deno.test("B33 the report of times is there whatever steps saw no row, and counts those that a step saw", () =>
  inScenario({ files: { "rows.jsonl": numberedLines(5) } }, async ({ run }) => {
    const pipeline = `version: 1
name: scenario
providers:
  teacher: { use: scripted }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  long: { use: rule_filter, with: { field: text, min_chars: 99 } }
  ask: { use: text_generation, provider: teacher, with: { template: "{{ text }}" } }
  best: { use: select, with: { best_of: text, order_by: n }, stage: best }
`;
    const callsIn = async (set: readonly string[]) => {
      const summary = await run(pipeline, set);
      assertEquals(summary.status, "done");
      const { run_id, steps } = JSON.parse(await runText(summary, "reports/timing.json"));
      assertEquals(run_id, summary.run_id);
      return steps.ask?.service.count;
    };
    assertEquals(await callsIn([]), undefined);
    assertEquals(await callsIn(["steps.long.with.min_chars=1"]), 5);
    assertEquals(await callsIn(["steps.long.with.min_chars=2"]), undefined);
  }));
