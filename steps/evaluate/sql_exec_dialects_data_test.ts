import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject, Row } from "@fastdistill/core";
import { runStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import sqlExec from "./sql_exec.ts";

const folder = new URL("../../../shared/data/text2sql/", import.meta.url);
const isAbsent = !existsSync(folder);
// deno-lint-ignore no-console -- whoever runs the tests is told what was left out
if (isAbsent) console.log("Skipped: no text2sql data in ../shared/data/text2sql");

const ROWS_PER_INSERT = 500;

interface Question extends Row {
  readonly database: string;
  readonly gold_sql: readonly string[];
}

async function readQuestions(): Promise<readonly Question[]> {
  const text = await readFile(new URL("questions.jsonl", folder), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** A SQLite database as a script that DuckDB reads: each column has the type that all of its values have. */
function scriptOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return tables.map(({ name }) => tableScript(database, String(name))).join("\n");
  } finally {
    database.close();
  }
}

function tableScript(database: DatabaseSync, table: string): string {
  const columns = database.prepare(`PRAGMA table_info(${quoted(table)})`).all().map(({ name }) =>
    String(name)
  );
  const rows = database.prepare(`SELECT * FROM ${quoted(table)}`).all();
  const types = columns.map((column) => typeOf(rows.map((row) => row[column])));
  const literals = rows.map((row) =>
    `(${columns.map((column, at) => literal(row[column], types[at]!)).join(", ")})`
  );
  const inserts = Array.from(
    { length: Math.ceil(rows.length / ROWS_PER_INSERT) },
    (_, at) =>
      `INSERT INTO ${quoted(table)} VALUES ${
        literals.slice(at * ROWS_PER_INSERT, (at + 1) * ROWS_PER_INSERT).join(", ")
      };`,
  );
  const defined = columns.map((column, at) => `${quoted(column)} ${types[at]}`).join(", ");
  return [`CREATE TABLE ${quoted(table)} (${defined});`, ...inserts].join("\n");
}

function typeOf(values: readonly unknown[]): "BIGINT" | "DOUBLE" | "VARCHAR" {
  const found = values.filter((value) => value !== null);
  if (found.length === 0 || found.some((value) => typeof value !== "number")) return "VARCHAR";
  return found.every(Number.isSafeInteger) ? "BIGINT" : "DOUBLE";
}

function literal(value: unknown, type: string): string {
  if (value === null || value === undefined) return "NULL";
  return type === "VARCHAR" ? `'${String(value).replaceAll("'", "''")}'` : String(value);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function execute(rows: readonly Row[], config: JsonObject, baseDir: string): Promise<readonly Row[]> {
  const run = await runStep(sqlExec, { config: { timeout_ms: 60_000, ...config }, rows, baseDir });
  assertEquals(run.failed, []);
  return run.rows;
}

Deno.test({
  name: "sql_exec gives portable queries of the text2sql data the same verdict on SQLite and DuckDB",
  ignore: isAbsent,
  fn: async () => {
    const scripts = await mkdtemp(join(tmpdir(), "sql-dialects-"));
    try {
      const questions = await readQuestions();
      for (const name of new Set(questions.map(({ database }) => database))) {
        const script = scriptOf(fileURLToPath(new URL(name, folder)));
        await writeFile(join(scripts, name.replace(/\.\w+$/, ".sql")), script);
      }
      const duckdb = { database: "{{ script }}", dialect: "duckdb" };
      const sqlite = { database: "{{ database }}" };
      const golds = questions.flatMap(({ database, gold_sql }) =>
        gold_sql.map((sql) => ({ database, script: database.replace(/\.\w+$/, ".sql"), sql }))
      );
      const running = (await execute(golds, duckdb, scripts)).filter(({ exec_pass }) => exec_pass === true);
      const pairs = running.flatMap((row, index) => {
        const others = [row, running[(index + 1) % running.length]!, running[(index + 2) % running.length]!];
        return others.filter(({ database }) => database === row.database)
          .map(({ database, script, sql }) => ({ database, script, sql, gold: row.sql } as Row));
      });
      const [here, there] = [
        await execute(pairs, { ...sqlite, gold: "gold" }, fileURLToPath(folder)),
        await execute(pairs, { ...duckdb, gold: "gold" }, scripts),
      ];
      const agreeing = pairs.filter((_, at) =>
        here[at]!.gold_match === there[at]!.gold_match && here[at]!.exec_pass === there[at]!.exec_pass
      );
      const matching = here.filter(({ gold_match }) => gold_match === true).length;
      // deno-lint-ignore no-console -- the figures are what the test is for
      console.log(
        `${running.length} of ${golds.length} queries run on both engines; ` +
          `${agreeing.length} of ${pairs.length} verdicts agree, ${matching} of them matches`,
      );
      assert(running.length >= 0.8 * golds.length);
      assertEquals(pairs.filter((pair) => !agreeing.includes(pair)), []);
    } finally {
      await rm(scripts, { recursive: true });
    }
  },
});
