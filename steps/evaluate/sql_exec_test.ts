import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, type Row, systemClock } from "@fastdistill/core";
import { MemoryEffects, runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sqlExec from "./sql_exec.ts";

const SCRIPT = `-- A shop; with a semicolon
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT, joined TEXT);
INSERT INTO customer VALUES (1, 'Ann; the first', 'Rome', '2024-01-01'), (2, 'Bob', 'Oslo', '2024-02-01'),
  (3, 'Cid', NULL, '2024-03-01');
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, amount REAL);
INSERT INTO sale VALUES (1, 1, 10.5), (2, 1, 4.5), (3, 2, 15), (4, 3, 0.1), (5, 3, 0.2);
CREATE TRIGGER log AFTER DELETE ON sale BEGIN UPDATE customer SET city = 'x;y'; DELETE FROM sale; END;
`;

/** What the step adds to a row, in a database made of the script above. */
async function execute(
  sql: string | null,
  more: { readonly gold?: string | string[]; config?: JsonObject } = {},
) {
  const { rows, failed } = await runStep(sqlExec, {
    config: { database: "shop.sql", ...(more.gold === undefined ? {} : { gold: "gold" }), ...more.config },
    columns: { sql: "string", gold: "any" },
    rows: [{ sql, gold: more.gold ?? null }],
    files: { "shop.sql": SCRIPT },
  });
  if (failed[0] !== undefined) throw failed[0].error;
  return rows[0] as unknown as {
    readonly exec_pass: boolean;
    readonly exec_error: string | null;
    readonly exec_message: string | null;
    readonly gold_match: boolean | null;
    readonly result_signature: string | null;
    readonly row_count: number | null;
  };
}

async function isMatch(
  sql: string,
  gold: string | string[],
  config: JsonObject = {},
): Promise<boolean | null> {
  const { exec_pass, exec_message, gold_match } = await execute(sql, { gold, config });
  assert(exec_pass, exec_message ?? "");
  return gold_match;
}

interface Folder extends AsyncDisposable {
  readonly path: string;
  readonly sha256: (file: string) => Promise<string>;
}

/** A folder with the database `shop.sqlite`, for one test. */
async function shopFolder(pragma = ""): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "sql-exec-"));
  const database = new DatabaseSync(join(path, "shop.sqlite"));
  database.exec(pragma + SCRIPT);
  database.close();
  return {
    path,
    sha256: async (file) => createHash("sha256").update(await readFile(join(path, file))).digest("hex"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

Deno.test("sql_exec keeps the contract of steps", async () => {
  await testStep(sqlExec, [{
    config: { database: "{{ db }}.sql", gold: "gold" },
    rows: [
      { db: "shop", sql: "SELECT name FROM customer", gold: "SELECT name FROM customer ORDER BY id" },
      { db: "shop", sql: "SELECT nothing", gold: ["SELECT 1", "SELECT 2"] },
      { db: "shop", sql: "SELECT 2", gold: ["SELECT 1", "SELECT 2"] },
      { db: "shop", sql: "", gold: null },
      { db: "missing", sql: "SELECT 1", gold: null },
    ],
    files: { "shop.sql": SCRIPT },
  }]);
});

Deno.test("sql_exec reports what a query gives", async () => {
  const { result_signature, ...outcome } = await execute("SELECT name, city FROM customer;");
  const expected = { exec_pass: true, exec_error: null, exec_message: null, gold_match: null, row_count: 3 };
  assertEquals(
    outcome,
    { sql: "SELECT name, city FROM customer;", gold: null, ...expected } as typeof outcome,
  );
  assertEquals(result_signature?.length, 64);
  const other = await execute("SELECT name AS n, city FROM customer ORDER BY id DESC");
  assertEquals(other.result_signature, result_signature);
});

Deno.test("sql_exec gives every failure a stable reason", async () => {
  const cases: readonly (readonly [string | null, string])[] = [
    [null, "empty"],
    ["", "empty"],
    ["-- nothing", "empty"],
    ["SELEC name FROM customer", "syntax"],
    ["SELECT name FROM customer WHERE", "syntax"],
    ["SELECT nme FROM customer", "no_such_column"],
    ["SELECT name FROM client", "no_such_table"],
    ["SELECT DATEDIFF(joined, joined) FROM customer", "no_such_function"],
    ["SELECT id FROM customer JOIN sale ON true", "ambiguous_column"],
    ["SELECT substr(name) FROM customer", "wrong_arguments"],
    ["SELECT name FROM customer WHERE id = ?", "unbound_parameter"],
    ["SELECT 1; SELECT 2", "multiple_statements"],
    ["DELETE FROM customer", "not_read_only"],
    [
      "SELECT a.id FROM customer a, customer b, customer c, customer d, customer e, customer f",
      "too_many_rows",
    ],
    ["SELECT CASE column1 WHEN 2 THEN abs(-9223372036854775807 - 1) END FROM (VALUES (1), (2))", "runtime"],
    ["SELECT json('{')", "runtime"],
  ];
  for (const [sql, reason] of cases) {
    const outcome = await execute(sql, { gold: "SELECT 1", config: { max_rows: 100 } });
    assertEquals([outcome.exec_pass, outcome.exec_error], [false, reason], `${sql}: ${outcome.exec_message}`);
    assertEquals([outcome.gold_match, outcome.result_signature, outcome.row_count], [false, null, null]);
    assert(outcome.exec_message);
  }
});

Deno.test("sql_exec keeps messages short", async () => {
  const { exec_error, exec_message } = await execute(`SELECT ${"x".repeat(100_000)} FROM customer`);
  assertEquals([exec_error, exec_message?.length], ["no_such_column", 503]);
});

Deno.test("sql_exec allows texts in double quotes, as SQLite does", async () => {
  assertEquals((await execute('SELECT id FROM customer WHERE name = "Bob"')).row_count, 1);
});

Deno.test("sql_exec matches results, not texts", async () => {
  const gold =
    "SELECT city, count(*), sum(amount) FROM customer c JOIN sale s ON s.customer_id = c.id GROUP BY city";
  const same =
    "SELECT c.city AS town, COUNT(s.id) * 1.0, TOTAL(s.amount) + 1e-9 FROM sale AS s, customer AS c " +
    "WHERE c.id = s.customer_id GROUP BY 1 ORDER BY 2 DESC";
  assertEquals(await isMatch(same, gold), true);
  assertEquals(await isMatch(`${same} LIMIT 2`, gold), false);
  assertEquals(await isMatch("SELECT name, city FROM customer", "SELECT city, name FROM customer"), false);
  assertEquals(await isMatch("SELECT '1'", "SELECT 1"), false);
  assertEquals(await isMatch("SELECT NULL", "SELECT ''"), false);
  assertEquals(await isMatch("SELECT 1.001", "SELECT 1"), false);
  assertEquals(await isMatch("SELECT 1.001", "SELECT 1", { float_tolerance: 0.01 }), true);
});

Deno.test("sql_exec takes any of several gold queries", async () => {
  assertEquals(await isMatch("SELECT 2", ["SELECT 1", "SELECT 2"]), true);
  assertEquals(await isMatch("SELECT 3", ["SELECT 1", "SELECT 2"]), false);
  assertEquals((await execute("SELECT 3", { gold: [] })).gold_match, null);
});

Deno.test("sql_exec counts the order of rows where the gold query orders", async () => {
  const [up, down] = ["SELECT name FROM customer ORDER BY id", "SELECT name FROM customer ORDER BY id DESC"];
  assertEquals(await isMatch(down, "SELECT name FROM customer"), true);
  assertEquals(await isMatch(up, up), true);
  assertEquals(await isMatch(down, up), false);
  assertEquals(await isMatch(down, up, { order: "never" }), true);
  assertEquals(await isMatch(down, "SELECT name FROM customer", { order: "always" }), false);
  assertEquals(await isMatch(down, "SELECT name FROM (SELECT * FROM customer ORDER BY id)"), true);
});

Deno.test("sql_exec lets rows change places that the gold query does not tell apart", async () => {
  const tied = (order: string) =>
    `SELECT column1 AS n FROM (VALUES ('a', 1), ('b', 2), ('c', 2), ('d', 3)) ORDER BY ${order}`;
  const byColumn = tied("column2");
  assertEquals(await isMatch(tied("column2, n DESC"), byColumn), true);
  assertEquals(await isMatch(tied("column2, n"), byColumn), true);
  assertEquals(await isMatch(tied("n DESC"), byColumn), false);
  const byAlias = "SELECT customer_id AS c, id FROM sale ORDER BY C";
  assertEquals(await isMatch("SELECT customer_id, id FROM sale ORDER BY 1, 2 DESC", byAlias), true);
  assertEquals(await isMatch("SELECT customer_id, id FROM sale ORDER BY 2 DESC", byAlias), false);
  const byExpression = "SELECT name FROM customer ORDER BY (city IS NULL) DESC LIMIT 3";
  assertEquals(
    await isMatch("SELECT name FROM customer ORDER BY id = 3 DESC, name DESC", byExpression),
    true,
  );
  assertEquals(await isMatch("SELECT name FROM customer ORDER BY name", byExpression), false);
});

Deno.test("sql_exec fails a row whose gold query does not run, whatever the candidate does", async () => {
  for (const sql of ["SELECT 1", "SELECT nothing", ""]) {
    const error = await assertRejects(() => execute(sql, { gold: ["SELECT 1", "SELECT nme FROM customer"] }));
    assertEquals((error as { code?: string }).code, "data.database");
    assertStringIncludes((error as Error).message, "no such column: nme, in: SELECT nme FROM customer");
  }
  const slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
  const error = await assertRejects(() => execute("SELECT 1", { gold: slow, config: { timeout_ms: 100 } }));
  assertStringIncludes((error as Error).message, "A gold query cannot be run: it took longer than 100 ms");
});

Deno.test("sql_exec fails a row whose columns are of the wrong kind", async () => {
  const run = await runStep(sqlExec, {
    config: { database: "shop.sql", gold: "gold" },
    columns: { sql: "any", gold: "any" },
    rows: [{ sql: 1, gold: null }, { sql: "SELECT 1", gold: [1] }],
    files: { "shop.sql": SCRIPT },
  });
  assertEquals(run.failed.map(({ error }) => error.code), ["graph.column_type", "graph.column_type"]);
});

const BOMBS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "endless rows",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
    ["too_many_rows"],
  ],
  [
    "endless aggregate",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    ["timeout"],
  ],
  [
    "endless sort",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n ORDER BY -x",
    [
      "out_of_memory",
      "timeout",
    ],
  ],
  [
    "cross join",
    `SELECT count(*) FROM ${Array.from({ length: 20 }, (_, index) => `sale s${index}`).join(", ")}`,
    ["timeout"],
  ],
  ["attach", "ATTACH 'other.sqlite' AS other", ["not_read_only"]],
  ["attach in memory", "ATTACH ':memory:' AS other", ["not_read_only"]],
  ["writable schema", "PRAGMA writable_schema = 1", ["not_read_only"]],
  ["pragma function", "SELECT * FROM pragma_database_list", ["not_allowed"]],
  ["load extension", "SELECT load_extension('./evil')", ["not_allowed"]],
  ["two statements", "SELECT 1; DROP TABLE sale", ["multiple_statements"]],
  ["hidden statement", "SELECT 1 /* ; */ ; -- '\nDELETE FROM sale", ["multiple_statements"]],
  ["drop", "DROP TABLE sale", ["not_read_only"]],
  ["delete", "DELETE FROM sale", ["not_read_only"]],
  ["insert", "INSERT INTO sale VALUES (9, 1, 1)", ["not_read_only"]],
  ["delete behind with", "WITH a AS (SELECT 1) DELETE FROM sale", ["not_read_only"]],
  ["delete behind explain", "EXPLAIN DELETE FROM sale", ["not_read_only"]],
  ["returning", "DELETE FROM sale RETURNING *", ["not_read_only"]],
  ["temporary table", "CREATE TEMP TABLE t AS SELECT 1", ["not_read_only"]],
  ["temporary view", "CREATE TEMPORARY VIEW v AS SELECT 1", ["not_read_only"]],
  ["pragma in a comment", "/**/PRAGMA/**/writable_schema = 1", ["not_read_only"]],
  ["schema", "UPDATE sqlite_schema SET sql = ''", ["not_read_only"]],
  ["detach", "DETACH main", ["not_read_only"]],
  ["transaction", "BEGIN EXCLUSIVE", ["not_read_only"]],
  ["quoted extension", `SELECT "load_extension"('./evil')`, ["not_allowed"]],
  ["quoted pragma", "SELECT * FROM [pragma_table_info]('sale')", ["not_allowed"]],
  ["other database", "SELECT * FROM other.sqlite_schema", ["no_such_table"]],
  ["tables of the engine", "SELECT * FROM sqlite_dbpage", ["no_such_table"]],
  ["copy", "VACUUM INTO 'copy.sqlite'", ["not_read_only"]],
  ["read a file", "SELECT readfile('shop.sqlite')", ["no_such_function"]],
  ["write a file", "SELECT writefile('x', 'y')", ["no_such_function"]],
  ["edit a file", "SELECT edit('shop.sqlite')", ["no_such_function"]],
  ["list files", "SELECT * FROM fsdir('/')", ["no_such_table"]],
  ["zip file", "SELECT * FROM zipfile('x.zip')", ["no_such_table"]],
  ["random blob", "SELECT length(randomblob(2000000000))", ["too_large", "out_of_memory"]],
  ["many blobs", "SELECT group_concat(hex(zeroblob(3000000))) FROM sale, customer", [
    "too_large",
    "out_of_memory",
  ]],
  [
    "growing text",
    "WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
    ["too_large", "out_of_memory"],
  ],
  ["huge text", "SELECT printf('%.*c', 1500000000, 'x')", ["too_large", "out_of_memory"]],
  ["large text", "SELECT printf('%.*c', 400000000, 'x')", ["too_large", "out_of_memory"]],
  ["huge blob", "SELECT zeroblob(2000000000)", ["too_large", "out_of_memory"]],
  ["huge hex", "SELECT hex(zeroblob(400000000))", ["too_large", "out_of_memory"]],
  [
    "huge replace",
    "SELECT replace(printf('%.*c', 60000, 'x'), 'x', printf('%.*c', 60000, 'y'))",
    ["too_large", "out_of_memory"],
  ],
  ["many large texts", "SELECT printf('%.*c', 7000000, 'x') FROM sale, customer", [
    "too_large",
    "out_of_memory",
  ]],
  ["deep parentheses", `SELECT ${"(".repeat(50_000)}1${")".repeat(50_000)}`, [
    "too_complex",
    "out_of_memory",
  ]],
  ["deep expression", `SELECT ${"-".repeat(1)}${"1 + ".repeat(20_000)}1`, ["too_complex"]],
  ["many columns", `SELECT ${"1, ".repeat(5000)}1`, ["too_complex"]],
  ["many tables", `SELECT 1 FROM ${Array.from({ length: 70 }, (_, i) => `sale t${i}`).join(", ")}`, [
    "too_complex",
  ]],
  ["many unions", Array.from({ length: 2000 }, () => "SELECT 1").join(" UNION "), ["too_complex"]],
  ["no end of text", `SELECT '${"x".repeat(300_000)}'`, ["too_large"]],
  ["nul byte", "SELECT 1\0", ["syntax"]],
];

Deno.test("sql_exec survives hostile queries", async (t) => {
  await using folder = await shopFolder();
  const before = await folder.sha256("shop.sqlite");
  const config = { database: "shop.sqlite", gold: "gold", timeout_ms: 1000 };
  for (const [name, sql, reasons] of BOMBS) {
    await t.step(name, async () => {
      const since = systemClock.monotonic();
      const { rows } = await runStep(sqlExec, {
        config,
        rows: [{ sql, gold: "SELECT 3" }, { sql: "SELECT count(*) FROM customer", gold: "SELECT 3" }],
        baseDir: folder.path,
      });
      const [bomb, next] = rows as readonly Row[];
      assert(reasons.includes(String(bomb?.exec_error)), `${bomb?.exec_error}: ${bomb?.exec_message}`);
      assertEquals([bomb?.exec_pass, bomb?.gold_match], [false, false]);
      assertEquals([next?.exec_pass, next?.gold_match], [true, true]);
      assert(systemClock.monotonic() - since < 10_000);
    });
  }
  assertEquals(await folder.sha256("shop.sqlite"), before);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name), ["shop.sqlite"]);
});

Deno.test("sql_exec runs many rows although some take all of their time", async () => {
  const endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
  const { rows } = await runStep(sqlExec, {
    config: { database: "shop.sql", timeout_ms: 500 },
    rows: Array.from({ length: 40 }, (_, index) => ({ sql: index % 10 === 0 ? endless : `SELECT ${index}` })),
    files: { "shop.sql": SCRIPT },
  });
  assertEquals(
    rows.map(({ exec_error }) => exec_error),
    rows.map((_, index) => index % 10 === 0 ? "timeout" : null),
  );
});

Deno.test("sql_exec performs an execution once", async () => {
  const effects = new MemoryEffects();
  const options = (sql: string, config: JsonObject = {}) => ({
    config: { database: "shop.sql", gold: "gold", ...config },
    rows: [{ sql, gold: "SELECT 1" }],
    files: { "shop.sql": SCRIPT },
    effects,
  });
  const performed = async (...args: Parameters<typeof options>) =>
    (await runStep(sqlExec, options(...args))).effects.performed;
  assertEquals(await performed("SELECT 1"), 1);
  assertEquals(await performed("SELECT 1"), 0);
  assertEquals(await performed("SELECT 2"), 1);
  assertEquals(await performed("SELECT 2", { max_rows: 5 }), 1);
  assertEquals(await performed("SELECT 2", { timeout_ms: 1000 }), 1);
  assertEquals(await performed("SELECT 2", { float_tolerance: 0 }), 1);
  assertEquals(await performed("SELECT 2", { order: "always" }), 1);
  assertEquals(await performed("SELECT 2", { gold: "sql" }), 1);
});

Deno.test("sql_exec says which database is missing", async () => {
  const rows = [{ sql: "SELECT 1", db: "no.sqlite" }];
  const error = await assertRejects(() => runStep(sqlExec, { config: { database: "no.sqlite" }, rows }));
  assertEquals((error as { code?: string }).code, "data.database");
  assertStringIncludes((error as Error).message, "The database is missing: no.sqlite");
  const { failed } = await runStep(sqlExec, { config: { database: "{{ db }}" }, rows });
  assertEquals(failed.map(({ error }) => [error.code, error.message]), [
    ["data.database", "The database is missing: no.sqlite"],
  ]);
});

Deno.test("sql_exec says where a script fails", async () => {
  const { failed } = await runStep(sqlExec, {
    config: { database: "bad.sql" },
    rows: [{ sql: "SELECT 1" }],
    files: { "bad.sql": "CREATE TABLE a (b);\n\nINSERT INTO a VALUES (1, 2);" },
  });
  assertStringIncludes(failed[0]!.error.message, "from bad.sql, line 3: table a has 1 columns");
  assertStringIncludes(failed[0]!.error.message, "in: INSERT INTO a VALUES (1, 2)");
  assertEquals(failed[0]!.error.location, { file: "bad.sql", line: 3 });
});

Deno.test("sql_exec says that a file is no database", async () => {
  await using folder = await shopFolder();
  await writeFile(join(folder.path, "text.sqlite"), "this is no database".repeat(100));
  const { failed } = await runStep(sqlExec, {
    config: { database: "text.sqlite" },
    rows: [{ sql: "SELECT 1" }],
    baseDir: folder.path,
  });
  assertEquals(failed[0]?.error.code, "data.database");
  assertStringIncludes(failed[0]!.error.message, "file is not a database");
});

Deno.test("sql_exec reads a database in write-ahead mode without touching its folder", async () => {
  await using folder = await shopFolder("PRAGMA journal_mode = WAL;");
  const before = await folder.sha256("shop.sqlite");
  const { rows } = await runStep(sqlExec, {
    config: { database: "shop.sqlite" },
    rows: [{ sql: "SELECT name FROM customer" }],
    baseDir: folder.path,
  });
  assertEquals([rows[0]?.exec_message, rows[0]?.row_count], [null, 3]);
  assertEquals(await folder.sha256("shop.sqlite"), before);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name), ["shop.sqlite"]);
});

Deno.test("sql_exec refuses a database whose changes are still in its log", async () => {
  await using folder = await shopFolder("PRAGMA journal_mode = WAL;");
  await writeFile(join(folder.path, "shop.sqlite-wal"), "x");
  const { failed } = await runStep(sqlExec, {
    config: { database: "shop.sqlite" },
    rows: [{ sql: "SELECT 1" }],
    baseDir: folder.path,
  });
  assertStringIncludes(failed[0]!.error.message, "only in its log");
});

Deno.test("sql_exec reads databases in several folders", async () => {
  await using one = await shopFolder();
  await using two = await shopFolder();
  const { rows } = await runStep(sqlExec, {
    config: { database: "{{ folder }}/shop.sqlite" },
    rows: [one, two, one].map(({ path }) => ({ folder: path, sql: "SELECT count(*) FROM sale" })),
  });
  assertEquals(rows.map(({ exec_pass }) => exec_pass), [true, true, true]);
});
