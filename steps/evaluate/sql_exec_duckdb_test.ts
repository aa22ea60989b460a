import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputFiles, JsonObject, Row } from "@fastdistill/core";
import { MemoryEffects, runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { duckDbEngine } from "./_duckdb_engine.ts";
import sqlExec from "./sql_exec.ts";

const SCRIPT = `-- A shop; with a semicolon
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT, joined DATE);
INSERT INTO customer VALUES (1, 'Ann; the first', 'Rome', '2024-01-01'), (2, 'Bob', 'Oslo', '2024-02-01'),
  (3, $$Cid$$, NULL, '2024-03-01');
/* outer /* inner; */ ; */
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, amount DOUBLE);
INSERT INTO sale VALUES (1, 1, 10.5), (2, 1, 4.5), (3, 2, 15), (4, 3, 0.1), (5, 3, 0.2);
CREATE SEQUENCE number;
CREATE MACRO doubled(a) AS a * 2;
`;
const CONFIG = { database: "shop.sql", dialect: "duckdb" } as const;

interface Query {
  readonly sql: string | null;
  readonly gold?: string | readonly string[] | null;
}

/** What the step adds to rows, in a database made of the script above; one pair of processes for all of them. */
async function executeAll(queries: readonly Query[], config: JsonObject = {}): Promise<readonly Row[]> {
  const { rows, failed } = await runStep(sqlExec, {
    config: { ...CONFIG, gold: "gold", ...config },
    columns: { sql: "string", gold: "any" },
    rows: queries.map(({ sql, gold = null }) => ({ sql, gold })),
    files: { "shop.sql": SCRIPT },
  });
  if (failed[0] !== undefined) throw failed[0].error;
  return rows;
}

interface Folder extends AsyncDisposable {
  readonly path: string;
  readonly sha256: () => Promise<string>;
}

/** Stands in for the files of a pipeline: there is the script above, and no other. */
const filesDouble = {
  resolve: (path: string) => path,
  fingerprint: () => Promise.resolve({ sha256: "0".repeat(64), size: SCRIPT.length }),
  readText: () => Promise.resolve(SCRIPT),
} as unknown as InputFiles;

/** A folder with the database `shop.duckdb`, for one test. */
async function shopFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "sql-duckdb-"));
  const cacheDir = join(path, "cache");
  const { databases } = duckDbEngine({ files: filesDouble, cacheDir });
  await rename((await databases.find({ path: "shop.sql", tables: {} })).path, join(path, "shop.duckdb"));
  await rm(cacheDir, { recursive: true });
  return {
    path,
    sha256: async () => createHash("sha256").update(await readFile(join(path, "shop.duckdb"))).digest("hex"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

Deno.test("sql_exec with DuckDB keeps the contract of steps", async () => {
  await testStep(sqlExec, [{
    config: { database: "{{ db }}.sql", dialect: "duckdb", gold: "gold" },
    rows: [
      { db: "shop", sql: "SELECT name FROM customer", gold: "SELECT name FROM customer ORDER BY id" },
      { db: "shop", sql: "SELECT nothing", gold: ["SELECT 1", "SELECT 2"] },
      { db: "missing", sql: "SELECT 1", gold: null },
    ],
    files: { "shop.sql": SCRIPT },
  }]);
});

Deno.test("sql_exec with DuckDB gives every failure the reason that SQLite gives it", async () => {
  const cases: readonly (readonly [string | null, string])[] = [
    [null, "empty"],
    ["-- nothing", "empty"],
    ["SELEC name FROM customer", "syntax"],
    ["SELECT name FROM customer WHERE", "syntax"],
    ["SELECT nme FROM customer", "no_such_column"],
    ["SELECT c.nme FROM customer c", "no_such_column"],
    ["SELECT x.name FROM customer", "no_such_column"],
    ["SELECT name FROM client", "no_such_table"],
    ["SELECT name FROM other.customer", "no_such_table"],
    ["SELECT TOTALLY_NEW(joined) FROM customer", "no_such_function"],
    ["SELECT id FROM customer JOIN sale ON true", "ambiguous_column"],
    ["SELECT substr(name) FROM customer", "wrong_arguments"],
    ["SELECT name FROM customer WHERE id = ?", "unbound_parameter"],
    ["SELECT name FROM customer WHERE id = $1", "unbound_parameter"],
    ["SELECT 1; SELECT 2", "multiple_statements"],
    ["DELETE FROM customer", "not_read_only"],
    ["SELECT a.id FROM customer a, customer b, customer c, customer d, customer e", "too_many_rows"],
    ["SELECT CAST('x' AS INTEGER)", "runtime"],
    ["SELECT id, count(*) FROM customer", "runtime"],
  ];
  const rows = await executeAll(cases.map(([sql]) => ({ sql, gold: "SELECT 1" })), { max_rows: 100 });
  assertEquals(rows.map(({ sql, exec_error }) => [sql, exec_error]), cases.map((one) => [...one]));
  for (const row of rows) {
    assertEquals([row.exec_pass, row.gold_match, row.result_signature], [false, false, null]);
    assert(row.exec_message);
  }
});

Deno.test("sql_exec with DuckDB reads its own forms of queries", async () => {
  const queries = [
    "FROM customer",
    "FROM customer SELECT name ORDER BY id LIMIT 2",
    "TABLE sale",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "PIVOT sale ON customer_id USING sum(amount) GROUP BY id",
    "SELECT * EXCLUDE (id) FROM sale QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY id) = 1",
    "SELECT [1, 2][1], {'a': 1}['a'], 'abc'[1:2], $$it's; one$$, E'\\'', 7 // 2, doubled(2)",
    "SELECT name FROM customer ORDER BY id FETCH FIRST 1 ROWS ONLY",
    "WITH a AS (SELECT 1 AS x) FROM a",
    "SELECT query FROM (SELECT 1 AS query)",
    "SELECT 1 /* /* ; */ ; */ -- ;",
  ];
  const rows = await executeAll(queries.map((sql) => ({ sql })));
  assertEquals(rows.filter(({ exec_pass }) => exec_pass !== true), []);
});

Deno.test("sql_exec with DuckDB compares results as SQLite does", async () => {
  const [up, down] = ["SELECT name FROM customer ORDER BY id", "SELECT name FROM customer ORDER BY id DESC"];
  const cases: readonly (readonly [string, string | readonly string[], boolean])[] = [
    ["SELECT 2", ["SELECT 1", "SELECT 2"], true],
    ["SELECT 3", ["SELECT 1", "SELECT 2"], false],
    [down, "SELECT name FROM customer", true],
    [up, up, true],
    [down, up, false],
    [
      "SELECT name FROM customer ORDER BY id = 3 DESC, name DESC",
      "SELECT name FROM customer ORDER BY (city IS NULL) DESC",
      true,
    ],
    ["SELECT sum(amount) + 1e-9 FROM sale", "SELECT sum(amount) FROM sale", true],
    ["SELECT sum(amount) + 1 FROM sale", "SELECT sum(amount) FROM sale", false],
    ["SELECT sum(id)::HUGEINT FROM sale", "SELECT 15", true],
    ["SELECT 1.50::DECIMAL(9, 2)", "SELECT 1.5::DOUBLE", true],
    ["SELECT 0.1::FLOAT", "SELECT 0.1", true],
    ["SELECT 2.00::DECIMAL(38, 2)", "SELECT 2", true],
    ["SELECT true", "SELECT 1", true],
    ["SELECT '1'", "SELECT 1", false],
    ["SELECT NULL", "SELECT ''", false],
    ["SELECT 9007199254740993", "SELECT 9007199254740992", false],
    [
      "SELECT 170141183460469231731687303715884105727::HUGEINT",
      "SELECT 170141183460469231731687303715884105726::HUGEINT",
      false,
    ],
    [
      "SELECT 340282366920938463463374607431768211455::UHUGEINT",
      "SELECT 340282366920938463463374607431768211455::UHUGEINT",
      true,
    ],
    ["SELECT 5::UHUGEINT", "SELECT 5", true],
    ["SELECT joined FROM customer WHERE id = 1", "SELECT '2024-01-01'", true],
    ["SELECT TIMESTAMP '2024-01-01 10:00:00.5'", "SELECT '2024-01-01 10:00:00.5'", true],
    ["SELECT INTERVAL 2 DAY", "SELECT INTERVAL 3 DAY", false],
    ["SELECT [1, 2, NULL]", "SELECT '[1, 2, NULL]'", true],
    ["SELECT {'a': 1, 'b': 'x'}", "SELECT {'a': 1, 'b': 'y'}", false],
    ["SELECT MAP {'k': 1}", "SELECT MAP {'k': 1}", true],
    ["SELECT '\\xAA'::BLOB", "SELECT '\\xAA'::BLOB", true],
    ["SELECT '\\xAA'::BLOB", "SELECT '\\xAB'::BLOB", false],
    ["SELECT random(), uuid()", "SELECT random(), uuid()", true],
    ["SELECT id, id, joined FROM customer", "SELECT id AS a, id AS b, joined FROM customer", true],
  ];
  const rows = await executeAll(cases.map(([sql, gold]) => ({ sql, gold })));
  assertEquals(
    rows.map(({ sql, gold, gold_match }) => [sql, gold, gold_match]),
    cases.map(([sql, gold, isMatch]) => [sql, typeof gold === "string" ? gold : [...gold], isMatch]),
  );
  assertEquals(rows.filter(({ exec_pass }) => exec_pass !== true), []);
});

const COUNT_UP = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";
const BOMBS: readonly (readonly [string, string, readonly string[]])[] = [
  ["endless rows", `${COUNT_UP} SELECT x FROM n`, ["too_many_rows", "timeout", "out_of_memory"]],
  ["endless aggregate", `${COUNT_UP} SELECT count(*) FROM n`, ["timeout", "out_of_memory"]],
  ["endless sort", `${COUNT_UP} SELECT x FROM n ORDER BY -x`, ["timeout", "out_of_memory"]],
  ["endless range", "SELECT count(*) FROM range(1000000000000)", ["timeout"]],
  [
    "cross join",
    `SELECT count(*) FROM ${Array.from({ length: 20 }, (_, index) => `sale s${index}`).join(", ")}`,
    ["timeout"],
  ],
  ["attach a file", "ATTACH 'other.duckdb' AS other", ["not_read_only"]],
  ["attach in memory", "ATTACH ':memory:' AS other", ["not_read_only"]],
  ["attach over the network", "ATTACH 'https://127.0.0.1:1/x.duckdb' AS other", ["not_read_only"]],
  ["detach", "DETACH database", ["not_read_only"]],
  ["use", "USE system", ["not_read_only"]],
  ["pragma", "PRAGMA database_list", ["not_read_only"]],
  ["set", "SET enable_external_access = true", ["not_read_only"]],
  ["reset", "RESET enable_external_access", ["not_read_only"]],
  ["set a variable", "SET VARIABLE x = 1", ["not_read_only"]],
  ["install", "INSTALL httpfs", ["not_read_only"]],
  ["load", "LOAD httpfs", ["not_read_only"]],
  ["call", "CALL pragma_version()", ["not_read_only"]],
  ["copy to a file", "COPY sale TO 'sale.csv'", ["not_read_only"]],
  ["copy from a file", "COPY sale FROM '/etc/passwd'", ["not_read_only"]],
  ["export", "EXPORT DATABASE 'out'", ["not_read_only"]],
  ["import", "IMPORT DATABASE 'out'", ["not_read_only"]],
  ["checkpoint", "CHECKPOINT", ["not_read_only"]],
  ["vacuum", "VACUUM", ["not_read_only"]],
  ["prepare", "PREPARE p AS SELECT 1", ["not_read_only"]],
  ["secret", "CREATE SECRET (TYPE s3)", ["not_read_only"]],
  ["temporary table", "CREATE TEMP TABLE t AS SELECT 1", ["not_read_only"]],
  ["temporary view", "CREATE TEMPORARY VIEW v AS SELECT 1", ["not_read_only"]],
  ["macro", "CREATE OR REPLACE TEMP MACRO doubled(a) AS a * 3", ["not_read_only"]],
  ["transaction", "BEGIN TRANSACTION", ["not_read_only"]],
  ["drop", "DROP TABLE sale", ["not_read_only"]],
  ["delete", "DELETE FROM sale", ["not_read_only"]],
  ["insert", "INSERT INTO sale VALUES (9, 1, 1)", ["not_read_only"]],
  ["delete behind with", "WITH a AS (SELECT 1) DELETE FROM sale", ["not_read_only"]],
  ["returning", "DELETE FROM sale RETURNING *", ["not_read_only"]],
  ["merge", "MERGE INTO sale USING customer ON true WHEN MATCHED THEN DELETE", ["not_read_only"]],
  ["two statements", "SELECT 1; DROP TABLE sale", ["multiple_statements"]],
  ["statement in a nested comment", "SELECT 1 /* /* */ */ ; DELETE FROM sale", ["multiple_statements"]],
  ["statement behind an escape", "SELECT E'\\'' ; DELETE FROM sale -- '", ["multiple_statements"]],
  ["statement behind dollars", "SELECT $a$ $$ ' $a$ ; DELETE FROM sale -- '", ["multiple_statements"]],
  ["read text", "SELECT * FROM read_text('/etc/passwd')", ["not_allowed"]],
  ["read bytes", "SELECT * FROM read_blob('/etc/passwd')", ["not_allowed"]],
  ["read csv", "SELECT * FROM read_csv('/etc/passwd')", ["not_allowed"]],
  ["read csv, quoted", `SELECT * FROM "read_csv"('/etc/passwd')`, ["not_allowed"]],
  ["read parquet", "SELECT * FROM read_parquet('x.parquet')", ["not_allowed"]],
  ["read json", "SELECT * FROM read_json('x.json')", ["not_allowed"]],
  ["sniff csv", "FROM sniff_csv('/etc/passwd')", ["not_allowed"]],
  ["list files", "SELECT * FROM glob('/*')", ["not_allowed"]],
  ["file as a table", "SELECT * FROM '/etc/passwd'", ["no_such_table", "not_allowed"]],
  ["csv as a table", "SELECT * FROM 'x.csv'", ["not_allowed"]],
  ["quoted csv as a table", 'SELECT * FROM "/etc/x.csv"', ["not_allowed"]],
  ["csv of the network", "SELECT * FROM 'http://127.0.0.1:1/x.csv'", ["not_allowed"]],
  ["its own file", "SELECT * FROM 'database.duckdb'", ["no_such_table", "not_allowed"]],
  ["query in a text", "SELECT * FROM query('FROM read_text(''/etc/passwd'')')", ["not_allowed"]],
  ["other engine", "SELECT * FROM sqlite_scan('x.sqlite', 't')", ["not_allowed"]],
  ["environment", "SELECT getenv('HOME')", ["not_allowed"]],
  ["settings", "SELECT * FROM duckdb_settings()", ["not_allowed"]],
  ["one setting", "SELECT current_setting('memory_limit')", ["not_allowed"]],
  ["pragma function", "SELECT * FROM pragma_database_list()", ["not_allowed"]],
  ["sequence", "SELECT nextval('number')", ["not_allowed"]],
  ["seed", "SELECT setseed(0.5)", ["not_allowed"]],
  ["log", "SELECT write_log('x')", ["not_allowed"]],
  ["huge text", "SELECT repeat('x', 1500000000)", ["too_large", "out_of_memory", "timeout"]],
  ["large text", "SELECT repeat('x', 100000000)", ["too_large", "out_of_memory", "timeout"]],
  ["long list", "SELECT list(x) FROM range(100000000) t(x)", ["out_of_memory", "timeout"]],
  ["many lists", "SELECT max(list_sum(range(x))) FROM range(100000) t(x)", ["out_of_memory", "timeout"]],
  [
    "growing text",
    `WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t`,
    [
      "too_large",
      "out_of_memory",
      "timeout",
      "crashed",
      "runtime",
    ],
  ],
  ["many large texts", "SELECT repeat('x', 7000000) FROM sale, customer", [
    "too_large",
    "out_of_memory",
    "timeout",
  ]],
  ["deep parentheses", `SELECT ${"(".repeat(50_000)}1${")".repeat(50_000)}`, ["too_complex"]],
  ["deep expression", `SELECT ${"1 + ".repeat(20_000)}1`, ["too_complex", "out_of_memory", "crashed"]],
  ["many columns", `SELECT ${"1, ".repeat(50_000)}1`, [
    "too_complex",
    "too_large",
    "timeout",
    "out_of_memory",
  ]],
  ["many tables", `SELECT count(*) FROM ${Array.from({ length: 70 }, (_, i) => `sale t${i}`).join(", ")}`, [
    "too_complex",
    "timeout",
    "out_of_memory",
  ]],
  ["no end of text", `SELECT '${"x".repeat(300_000)}'`, ["too_large"]],
  ["nul byte", "SELECT 1\0", ["syntax"]],
];

Deno.test("sql_exec with DuckDB survives hostile queries", async (t) => {
  await using folder = await shopFolder();
  const before = await folder.sha256();
  const config = { database: "shop.duckdb", dialect: "duckdb", gold: "gold", timeout_ms: 1000 };
  const next = "SELECT count(*), sum(doubled(id)) FROM customer";
  const { rows } = await runStep(sqlExec, {
    config,
    rows: BOMBS.flatMap(([, sql]) => [{ sql, gold: "SELECT 3" }, { sql: next, gold: "SELECT 3, 12" }]),
    baseDir: folder.path,
  });
  for (const [index, [name, , reasons]] of BOMBS.entries()) {
    await t.step(name, () => {
      const [bomb, after] = rows.slice(2 * index, 2 * index + 2);
      assert(reasons.includes(String(bomb?.exec_error)), `${bomb?.exec_error}: ${bomb?.exec_message}`);
      assertEquals([bomb?.exec_pass, bomb?.gold_match], [false, false]);
      assertEquals([after?.exec_pass, after?.gold_match, after?.exec_message], [true, true, null]);
    });
  }
  assertEquals(await folder.sha256(), before);
  assertEquals(await readdir(folder.path), ["shop.duckdb"]);
});

Deno.test("sql_exec performs an execution once for each dialect", async () => {
  const effects = new MemoryEffects();
  const performed = async (dialect: string) =>
    (await runStep(sqlExec, {
      config: { database: "one.sql", dialect },
      rows: [{ sql: "SELECT a FROM one" }],
      files: { "one.sql": "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1);" },
      effects,
    })).effects.performed;
  assertEquals(await performed("sqlite"), 1);
  assertEquals(await performed("duckdb"), 1);
  assertEquals(await performed("duckdb"), 0);
  assertEquals(await performed("sqlite"), 0);
});

Deno.test("sql_exec with DuckDB gives equal results the signature that they have in SQLite", async () => {
  const signatures = async (dialect: string) =>
    (await runStep(sqlExec, {
      config: { database: "one.sql", dialect },
      rows: [{ sql: "SELECT a, b, c FROM one" }],
      files: {
        "one.sql":
          "CREATE TABLE one (a BIGINT, b DOUBLE, c TEXT); INSERT INTO one VALUES (9007199254740993, 1.5, 'x'), (1, 2, NULL);",
      },
    })).rows.map(({ result_signature }) => result_signature);
  const [found] = await signatures("duckdb");
  assertEquals(found, (await signatures("sqlite"))[0]);
  assertNotEquals(found, null);
});

Deno.test("sql_exec with DuckDB says where a script fails", async () => {
  const run = async (script: string) => {
    const { failed } = await runStep(sqlExec, {
      config: { database: "bad.sql", dialect: "duckdb" },
      rows: [{ sql: "SELECT 1" }],
      files: { "bad.sql": script },
    });
    return failed[0]!.error;
  };
  const error = await run("CREATE TABLE a (b INTEGER);\n\nINSERT INTO a VALUES (1, 2);");
  assertEquals([error.code, error.location], ["data.database", { file: "bad.sql", line: 3 }]);
  assertStringIncludes(error.message, "from bad.sql, line 3: Binder Error: table a has 1 columns");
  for (
    const sql of ["CREATE TABLE a AS FROM '/etc/x.csv'", "COPY (SELECT 1) TO 'x.csv'", "ATTACH 'x.duckdb'"]
  ) {
    assertStringIncludes((await run(sql)).message, "Permission Error");
  }
});

Deno.test("sql_exec with DuckDB says that a file is no database, or has a log", async () => {
  await using folder = await shopFolder();
  const run = () =>
    runStep(sqlExec, {
      config: { database: "{{ db }}", dialect: "duckdb" },
      rows: [{ db: "text.duckdb", sql: "SELECT 1" }, { db: "shop.duckdb", sql: "SELECT 1" }],
      baseDir: folder.path,
    });
  await writeFile(join(folder.path, "text.duckdb"), "this is no database".repeat(1000));
  await writeFile(join(folder.path, "shop.duckdb.wal"), "x");
  const { failed } = await run();
  assertEquals(failed.map(({ error }) => error.code), ["data.database", "data.database"]);
  assertStringIncludes(failed[0]!.error.message, "not a valid DuckDB database file");
  assertStringIncludes(failed[1]!.error.message, "only in its log: shop.duckdb.wal");
});

Deno.test("sql_exec with DuckDB fails a row whose gold query does not run", async () => {
  const error = await assertRejects(() =>
    executeAll([{ sql: "SELECT 1", gold: "SELECT nme FROM customer" }])
  );
  assertStringIncludes((error as Error).message, 'Referenced column "nme" not found');
});
