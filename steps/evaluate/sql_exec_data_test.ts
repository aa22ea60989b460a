import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Row } from "@fastdistill/core";
import { runStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import sqlExec from "./sql_exec.ts";

const folder = new URL("../../../shared/data/text2sql/", import.meta.url);
const isAbsent = !existsSync(folder);
// deno-lint-ignore no-console -- whoever runs the tests is told what was left out
if (isAbsent) console.log("Skipped: no text2sql data in ../shared/data/text2sql");

interface Question extends Row {
  readonly id: string;
  readonly database: string;
  readonly gold_sql: readonly string[];
}

async function readQuestions(): Promise<readonly Question[]> {
  const text = await readFile(new URL("questions.jsonl", folder), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

function execute(rows: readonly Row[]) {
  return runStep(sqlExec, {
    config: { database: "{{ database }}", gold: "gold_sql" },
    rows,
    baseDir: fileURLToPath(folder),
  });
}

Deno.test({
  name: "sql_exec finds every accepted query of the text2sql data right",
  ignore: isAbsent,
  fn: async () => {
    const questions = await readQuestions();
    const rows = questions.flatMap((question) => question.gold_sql.map((sql) => ({ ...question, sql })));
    const run = await execute(rows);
    assertEquals([questions.length, rows.length, run.rows.length], [130, 200, 200]);
    assertEquals(
      run.rows.filter(({ exec_pass, gold_match }) => exec_pass !== true || gold_match !== true),
      [],
    );
  },
});

/**
 * Queries of the next question in the same database that give the result of this one, each looked at: q010 asks for a
 * ratio that happens to be 1, as the next one does; q135 and q136 are one question in two wordings, with one query.
 */
const EQUAL_ANSWERS = ["q010 q011", "q135 q136"];

Deno.test({
  name: "sql_exec finds the queries of the next question of the text2sql data wrong",
  ignore: isAbsent,
  fn: async () => {
    const rows = [...Map.groupBy(await readQuestions(), ({ database }) => database).values()].flatMap((
      group,
    ) =>
      group.flatMap((question, index) => {
        const next = group[(index + 1) % group.length]!;
        return next.gold_sql.map((sql) => ({ ...question, next: next.id, sql }));
      })
    );
    const run = await execute(rows);
    assertEquals(run.rows.length, 200);
    assertEquals(run.rows.filter(({ exec_pass }) => exec_pass !== true), []);
    const matches = run.rows.filter(({ gold_match }) => gold_match === true);
    assertEquals(matches.map(({ id, next }) => `${id} ${next}`), EQUAL_ANSWERS);
  },
});
