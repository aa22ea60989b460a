/** The demo's own data: the database that a script builds, and the questions with the queries that are accepted. */
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";

const EXAMPLE = join(import.meta.dirname!, "../examples/text2sql");
const SCRIPT = "bike_shop.sql";

const CATEGORIES = [
  "aggregate",
  "date",
  "filter",
  "group_by",
  "join",
  "null",
  "ratio",
  "set",
  "subquery",
  "window",
];

interface Question {
  readonly id: string;
  readonly database: string;
  readonly category: string;
  readonly question: string;
  readonly gold_sql: readonly string[];
}

type Cells = Readonly<Record<string, unknown>>;

/** What of `node:sqlite` is used here. */
interface Database extends Disposable {
  readonly all: (sql: string) => readonly Cells[];
}

async function openBikeShop(): Promise<Database> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  database.exec(await Deno.readTextFile(join(EXAMPLE, SCRIPT)));
  database.exec("PRAGMA query_only = ON");
  return {
    all: (sql) => {
      const statement = database.prepare(sql);
      const names = statement.columns().map(({ name }) => name);
      assertEquals(new Set(names).size, names.length, `two columns have one name: ${sql}`);
      return statement.all() as readonly Cells[];
    },
    [Symbol.dispose]: () => database.close(),
  };
}

async function readQuestions(): Promise<readonly Question[]> {
  const text = await Deno.readTextFile(join(EXAMPLE, "questions.jsonl"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function tableNames(database: Database): readonly string[] {
  return database.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .map(({ name }) => String(name));
}

/** Whether the order of its rows is part of a query's answer. */
function ordersRows(sql: string): boolean {
  return /\bORDER BY [^()]*(\(\*\))?[^()]*$/.test(sql) && !sql.endsWith("LIMIT 1");
}

/** The rows as texts of their values; sorted, unless their order counts. */
function answer(database: Database, sql: string): readonly string[] {
  const rows = database.all(sql).map((row) => JSON.stringify(Object.values(row)));
  return ordersRows(sql) ? rows : rows.toSorted();
}

Deno.test("bike_shop.sql builds at least eight tables and some thousand rows, with valid foreign keys", async () => {
  using database = await openBikeShop();
  const tables = tableNames(database);
  assert(tables.length >= 8, `found ${tables.join(", ")}`);
  const counts = tables.map((table) => Number(database.all(`SELECT count(*) AS n FROM ${table}`)[0]!.n));
  assert(counts.every((count) => count > 0));
  assert(counts.reduce((sum, count) => sum + count, 0) > 5000);
  const references = tables.flatMap((table) => database.all(`PRAGMA foreign_key_list(${table})`));
  assert(references.length >= 12, `found ${references.length} foreign keys`);
  assertEquals(database.all("PRAGMA foreign_key_check"), []);
});

Deno.test("bike_shop.sql leaves no temporary table, and the same rows in every release of SQLite", async () => {
  using database = await openBikeShop();
  assertEquals(database.all("SELECT name FROM temp.sqlite_schema"), []);
  const digest = createHash("sha256");
  for (const table of tableNames(database)) {
    digest.update(`${table}\n`);
    for (const row of database.all(`SELECT * FROM ${table} ORDER BY 1`)) {
      digest.update(`${JSON.stringify(Object.values(row))}\n`);
    }
  }
  assertEquals(digest.digest("hex"), "df8c6bfea3e0f30f8f6b3cf5f1910d4019d10150df0d3c8d8f99cc2682daf778");
});

Deno.test("bike_shop.sql has books that add up and dates in order", async () => {
  using database = await openBikeShop();
  const none = (sql: string) => assertEquals(database.all(sql), [], sql);
  none(`
    WITH bills AS (SELECT order_id, sum(quantity * unit_price_cents) AS due FROM order_items GROUP BY order_id),
      paid AS (SELECT order_id, sum(amount_cents) AS amount FROM payments GROUP BY order_id)
    SELECT order_id FROM orders JOIN bills USING (order_id) LEFT JOIN paid USING (order_id)
    WHERE coalesce(amount, 0) <> CASE WHEN status IN ('completed', 'shipped') THEN due ELSE 0 END`);
  none("SELECT order_id FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_items)");
  none("SELECT order_id FROM orders WHERE (store_id IS NULL) <> (employee_id IS NULL)");
  none("SELECT order_id FROM orders JOIN stores USING (store_id) WHERE ordered_on < opened_on");
  none("SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE ordered_on < joined_on");
  none(`
    SELECT order_id FROM orders JOIN employees USING (employee_id)
    WHERE ordered_on NOT BETWEEN hired_on AND coalesce(left_on, '9999')`);
  none(`
    SELECT shipment_id FROM shipments JOIN orders USING (order_id)
    WHERE store_id IS NOT NULL OR shipped_on <= ordered_on OR delivered_on <= shipped_on`);
});

Deno.test("questions.jsonl has enough questions of every category, on the database that is there", async () => {
  const questions = await readQuestions();
  assert(questions.length >= 64);
  assertEquals(new Set(questions.map(({ id }) => id)).size, questions.length);
  assertEquals([...new Set(questions.map(({ category }) => category))].sort(), CATEGORIES);
  assert(questions.filter(({ category }) => category === "filter").length >= 16);
  for (const category of CATEGORIES) {
    assert(questions.filter((question) => question.category === category).length >= 5, category);
  }
  assertEquals([...new Set(questions.map(({ database }) => database))], [SCRIPT]);
});

Deno.test("questions.jsonl has four planted duplicates, for the pipeline to find", async () => {
  const questions = await readQuestions();
  const groups = Map.groupBy(questions, ({ database, question }) => JSON.stringify([database, question]));
  const repeated = [...groups.values()].filter(({ length }) => length > 1);
  assertEquals(repeated.map(({ length }) => length), [2, 2, 2, 2]);
  for (const [first, second] of repeated) assertEquals(second, { ...first!, id: second!.id });
});

Deno.test("questions.jsonl accepts only queries that give an answer, and the same one for each question", async () => {
  using database = await openBikeShop();
  for (const { id, gold_sql } of await readQuestions()) {
    assert(gold_sql.length >= 1, id);
    const [first, ...others] = gold_sql.map((sql) => answer(database, sql));
    assert(first!.length >= 1, `${id} has an empty answer`);
    assert(first!.some((row) => row !== "[null]"), `${id} has no answer but null`);
    for (const other of others) assertEquals(other, first, id);
  }
});

Deno.test("questions.jsonl orders rows only where the question asks for an order", async () => {
  for (const { question, gold_sql } of await readQuestions()) {
    const asked = /\b(first|in order of time)\b/.test(question);
    for (const sql of gold_sql) assertEquals(ordersRows(sql), asked, `${question} ${sql}`);
  }
});
