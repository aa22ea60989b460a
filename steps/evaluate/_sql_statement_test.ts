import { assert, assertEquals } from "@std/assert";
import { boundedSql, checkSqlReads, topLevelOrder } from "./_sql_statement.ts";

function refusalOf(sql: string): string {
  return checkSqlReads(sql).refusal ?? "none";
}

function orderOf(sql: string): ReturnType<typeof topLevelOrder> {
  const verdict = checkSqlReads(sql);
  assert(verdict.refusal === undefined, verdict.refusal);
  return topLevelOrder(verdict.statement);
}

Deno.test("checkSqlReads() lets queries pass", () => {
  const queries = [
    "SELECT 1",
    " select 1 ; -- done",
    "VALUES (1), (2)",
    "WITH a AS (SELECT 1), b(x) AS MATERIALIZED (SELECT 2) SELECT * FROM a, b",
    "with recursive delete_me(x) as (values (1) union all select x + 1 from delete_me where x < 3) select * from delete_me",
    "WITH replace AS (SELECT 1) SELECT * FROM replace",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN WITH a AS (SELECT 1) SELECT * FROM a",
    "SELECT 'DROP TABLE x; DELETE' AS \"a;b\" /* ; */",
    `SELECT ${"(".repeat(500)}1${")".repeat(500)}`,
    "SELECT update_time FROM t WHERE replace(name, 'a', 'b') = 'c'",
  ];
  for (const sql of queries) assertEquals(refusalOf(sql), "none", sql);
});

Deno.test("checkSqlReads() refuses everything else, with a stable reason", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "empty"],
    ["  ;; -- nothing\n/* */ ", "empty"],
    ["DELETE FROM t", "not_read_only"],
    ["drop table t", "not_read_only"],
    ["INSERT INTO t SELECT 1", "not_read_only"],
    ["REPLACE INTO t VALUES (1)", "not_read_only"],
    ["WITH a AS (SELECT 1) DELETE FROM t", "not_read_only"],
    ["WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "not_read_only"],
    ["EXPLAIN DELETE FROM t", "not_read_only"],
    ["ATTACH 'x.sqlite' AS x", "not_read_only"],
    ["PRAGMA writable_schema = 1", "not_read_only"],
    ["VACUUM INTO 'copy.sqlite'", "not_read_only"],
    ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", "not_read_only"],
    ["SELECT 1; DROP TABLE t", "multiple_statements"],
    ["SELECT 1;SELECT 2;", "multiple_statements"],
    ["SELECT load_extension('x')", "not_allowed"],
    ["SELECT \"load_extension\"('x')", "not_allowed"],
    ["SELECT * FROM pragma_database_list", "not_allowed"],
    ["SELECT * FROM t WHERE a = ?", "unbound_parameter"],
    ["SELECT * FROM t WHERE a = :name", "unbound_parameter"],
    ["I am sorry, I cannot", "syntax"],
    ["(SELECT 1)", "syntax"],
    ["SELECT 'never closed", "syntax"],
    ["SELECT 1\0; DROP TABLE t", "multiple_statements"],
    ["SELECT 1\0", "syntax"],
    [`SELECT ${"(".repeat(501)}1${")".repeat(501)}`, "too_complex"],
    [`SELECT ${"1,".repeat(100_001)}1`, "too_large"],
  ];
  for (const [sql, refusal] of cases) assertEquals(refusalOf(sql), refusal, sql.slice(0, 80));
});

Deno.test("checkSqlReads() reads what DuckDB reads", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["FROM t", "none"],
    ["TABLE t", "none"],
    ["((SELECT 1) UNION (SELECT 2))", "none"],
    ["(WITH a AS (SELECT 1) SELECT * FROM a)", "none"],
    ["WITH a AS (SELECT 1) FROM a", "none"],
    ["SELECT [1, 2][1], {'a': 1}, x::INTEGER, $$a;b$$, $t$ $$; $t$, E'\\';', a[1:2] FROM t", "none"],
    ['SELECT glob, query, "read_text" FROM t', "none"],
    ["SELECT 1 /* /* ; */ ; */", "none"],
    ["SELECT 1 /* /* */ */; DROP TABLE t", "multiple_statements"],
    ["SELECT E'\\'' ; DROP TABLE t -- '", "multiple_statements"],
    ["SELECT $a$ ' $a$; DROP TABLE t", "multiple_statements"],
    ["SELECT $1", "unbound_parameter"],
    ["SELECT * FROM read_csv ('x')", "not_allowed"],
    ["SELECT * FROM \"glob\"('*')", "not_allowed"],
    ["COPY t TO 'x'", "not_read_only"],
    ["SET threads = 1", "not_read_only"],
    ["WITH a AS (SELECT 1) DELETE FROM t", "not_read_only"],
    ["((DELETE FROM t))", "not_read_only"],
    ["EXPLAIN SELECT 1", "syntax"],
    ["SELECT 'never closed", "syntax"],
    [`SELECT ${"[".repeat(501)}1${"]".repeat(501)}`, "too_complex"],
  ];
  for (const [sql, refusal] of cases) {
    assertEquals(checkSqlReads(sql, "duckdb").refusal ?? "none", refusal, sql.slice(0, 80));
  }
});

Deno.test("topLevelOrder() finds the order of the whole query only", () => {
  assertEquals(orderOf("SELECT a FROM t"), null);
  assertEquals(orderOf("SELECT a, row_number() OVER (ORDER BY b) FROM t"), null);
  assertEquals(orderOf("WITH x AS (SELECT a FROM t ORDER BY a) SELECT * FROM x"), null);
  assertEquals(orderOf("SELECT group_concat(a ORDER BY a) FROM (SELECT a FROM t ORDER BY a LIMIT 1)"), null);
  assertEquals(orderOf("SELECT a FROM t ORDER BY 1")?.terms.map(({ ordinal }) => ordinal), [1]);
});

Deno.test("topLevelOrder() takes the terms apart", () => {
  const order = orderOf(
    'SELECT a FROM t ORDER BY total DESC NULLS LAST, "my col" COLLATE NOCASE ASC, coalesce(x, y), 2 LIMIT 3 OFFSET 1;',
  );
  assertEquals(order?.terms, [
    { text: "total", ordinal: null, name: "TOTAL" },
    { text: '"my col"', ordinal: null, name: "my col" },
    { text: "coalesce(x, y)", ordinal: null, name: null },
    { text: "2", ordinal: 2, name: null },
  ]);
});

Deno.test("topLevelOrder() says where a column can be added", () => {
  const sql = "  SELECT a, b IS NOT DISTINCT FROM c FROM t ORDER BY d";
  assertEquals(orderOf(sql)?.columnsEnd, sql.trim().lastIndexOf("FROM"));
  assertEquals(orderOf("SELECT DISTINCT a FROM t ORDER BY a")?.columnsEnd, null);
  assertEquals(orderOf("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1")?.columnsEnd, null);
  assertEquals(orderOf("SELECT 1 ORDER BY 1")?.columnsEnd, null);
  const nested = "WITH x AS (SELECT a FROM t) SELECT (SELECT max(a) FROM t) FROM x ORDER BY 1";
  assertEquals(orderOf(nested)?.columnsEnd, nested.lastIndexOf("FROM"));
});

Deno.test("boundedSql() bounds every kind of query", () => {
  const bounded = (sql: string) => {
    const verdict = checkSqlReads(sql);
    assert(verdict.statement !== undefined, verdict.refusal);
    return boundedSql(verdict.statement, 9);
  };
  assertEquals(bounded("SELECT 1 -- one"), "SELECT 1\nLIMIT 10");
  assertEquals(bounded("SELECT a FROM (SELECT 1 LIMIT 5)"), "SELECT a FROM (SELECT 1 LIMIT 5)\nLIMIT 10");
  assertEquals(bounded("SELECT 1 LIMIT 99;"), "SELECT * FROM (SELECT 1 LIMIT 99\n) LIMIT 10");
  assertEquals(bounded("VALUES (1)"), "SELECT * FROM (VALUES (1)\n) LIMIT 10");
  assertEquals(bounded("EXPLAIN SELECT 1"), "EXPLAIN SELECT 1");
});
