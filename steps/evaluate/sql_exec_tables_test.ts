import { gzipSync, zstdCompressSync } from "node:zlib";
import type { InputFiles, Json, JsonObject, Row } from "@fastdistill/core";
import { MemoryEffects, runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import writeFiles from "../write/write_files.ts";
import { TABLE_BYTES_MAX } from "./_sql_tables.ts";
import sqlExec from "./sql_exec.ts";

const SALES: readonly Row[] = [
  { id: 1, city: "Rome", amount: 10.5, day: "2024-01-31", paid: true, note: 'a "b"\nc' },
  { id: 2, city: "Oslo", amount: 4, day: "2024-02-01", paid: false, note: "" },
  { id: 3, city: null, amount: null, day: null, paid: null, note: null },
];
const CSV = `id,city,amount,day,paid,note
1,Rome,10.5,2024-01-31,true,"a ""b""
c"
2,Oslo,4,2024-02-01,false,""
3,,,,,
`;
const JSONL = SALES.map((row) => `${JSON.stringify(row)}\n`).join("");

type Files = Readonly<Record<string, string | Uint8Array>>;

interface Asked {
  readonly tables: Readonly<Record<string, string>>;
  readonly files: Files;
  readonly config?: JsonObject;
  readonly row?: Row;
}

/** What the step says of queries, each with the one whose result it should have. */
async function ask(queries: readonly (readonly [sql: string, gold: string])[], asked: Asked) {
  return await runStep(sqlExec, {
    config: { dialect: "duckdb", gold: "gold", tables: asked.tables, ...asked.config },
    rows: queries.map(([sql, gold]) => ({ sql, gold, ...asked.row })),
    files: asked.files,
  });
}

async function written(path: string): Promise<Uint8Array> {
  const { bytes } = await runStep(writeFiles, { config: { path }, rows: SALES });
  return Object.values(bytes)[0]!;
}

Deno.test("sql_exec with tables keeps the contract of steps", async () => {
  await testStep(sqlExec, [{
    config: { dialect: "duckdb", tables: { sale: "{{ folder }}/*.csv" }, gold: "gold" },
    rows: [
      { folder: "a", sql: "SELECT count(*) FROM sale", gold: "SELECT 3" },
      { folder: "b", sql: "SELECT count(*) FROM sale", gold: "SELECT 3" },
    ],
    files: { "a/sale.csv": CSV },
  }]);
});

Deno.test("sql_exec makes tables of files in every format that is read, compressed or not", async () => {
  const files: Files = {
    "sale.csv": CSV,
    "sale.csv.gz": gzipSync(CSV),
    "sale.tsv": CSV.replaceAll(",", "\t"),
    "sale.jsonl": JSONL,
    "sale.jsonl.zst": zstdCompressSync(JSONL),
    "sale.json": JSON.stringify(SALES),
    "sale.parquet": await written("sale.parquet"),
    "sale.arrow": await written("sale.arrow"),
  };
  const queries = [
    ["SELECT id + 1, amount FROM sale ORDER BY id", "VALUES (2, 10.5), (3, 4), (4, NULL)"],
    ["SELECT city FROM sale WHERE paid", "SELECT 'Rome'"],
    ["SELECT max(day) - min(day) FROM sale", "SELECT 1"],
    ["SELECT length(note) FROM sale WHERE id = 1", "SELECT 7"],
    ["SELECT typeof(id), typeof(day), typeof(paid) FROM sale LIMIT 1", "SELECT 'BIGINT', 'DATE', 'BOOLEAN'"],
  ] as const;
  for (const [path, content] of Object.entries(files)) {
    const { rows, failed } = await ask(queries, { tables: { sale: path }, files: { [path]: content } });
    assertEquals(failed[0]?.error.message, undefined, path);
    assertEquals(
      rows.map(({ gold_match }) => gold_match),
      queries.map(() => true),
      `${path} ${rows[0]?.exec_message}`,
    );
  }
});

Deno.test("sql_exec puts several files and tables into one database, and lets a script go on from there", async () => {
  const { rows, failed } = await ask([
    ["SELECT count(*) FROM sale", "SELECT 4"],
    ["SELECT sum(people) FROM sale JOIN city ON sale.city = city.name", "SELECT 7"],
    ["SELECT * FROM rich", "SELECT 'Rome'"],
  ], {
    tables: { sale: "sales/*.csv", city: "city.jsonl" },
    config: { database: "rest.sql" },
    files: {
      "sales/a.csv": CSV,
      "sales/b.csv": "id,city\n4,\n",
      "city.jsonl": '{"name":"Rome","people":3}\n{"name":"Oslo","people":4}\n',
      "rest.sql": "CREATE VIEW rich AS SELECT city FROM sale WHERE amount > 10;",
    },
  });
  assertEquals(failed[0]?.error.message, undefined);
  assertEquals(rows.map(({ gold_match }) => gold_match), [true, true, true]);
});

Deno.test("sql_exec executes again when a file of a table has changed, and only then", async () => {
  const effects = new MemoryEffects();
  const performed = async (files: Files, tables: JsonObject = { sale: "sale.csv" }) => {
    const config = { dialect: "duckdb", tables };
    const run = await runStep(sqlExec, { config, rows: [{ sql: "SELECT 1" }], files, effects });
    assertEquals(run.failed[0]?.error.message, undefined);
    return run.effects.performed;
  };
  assertEquals(await performed({ "sale.csv": "a\n1\n" }), 1);
  assertEquals(await performed({ "sale.csv": "a\n1\n", "other.csv": "a\n9\n" }), 0);
  assertEquals(await performed({ "sale.csv": "a\n2\n" }), 1);
  assertEquals(await performed({ "sale.csv": "a\n1\n" }, { sold: "sale.csv" }), 1);
});

/** Stands in for a folder with files of these names. */
function filesDouble(names: readonly string[]): InputFiles {
  return {
    list: (path: string) => Promise.resolve(path === "*.csv" ? names : [path]),
    fingerprint: (name: string) => Promise.resolve({ sha256: `digest of ${name}`, size: 1 }),
  } as unknown as InputFiles;
}

Deno.test("sql_exec counts the files of tables among the inputs of a run", async () => {
  const { definition } = sqlExec;
  const config = { dialect: "duckdb", tables: { x: "*.csv", y: "b.jsonl" } };
  const checked = await definition.config["~standard"].validate(config);
  assert(checked.issues === undefined);
  const context = { step: "judge", files: filesDouble(["a.csv", "c.csv"]), env: () => undefined };
  const { inputs } = await definition.inspect!(checked.value, context);
  assertEquals(inputs?.map(({ name, sha256 }) => [name, sha256]), [
    ["a.csv", "digest of a.csv"],
    ["c.csv", "digest of c.csv"],
    ["b.jsonl", "digest of b.jsonl"],
  ]);
});

Deno.test("sql_exec says which table cannot be made, and why", async () => {
  const failure = async (path: string, files: Files, config: JsonObject = {}) => {
    const { failed } = await ask([["SELECT 1", "SELECT 1"]], {
      tables: { sale: "{{ path }}" },
      files,
      config,
      row: { path },
    });
    assertEquals(failed[0]!.error.code, "data.database");
    return failed[0]!.error.message;
  };
  const cases: readonly (readonly [string, Files, string])[] = [
    ["none.csv", {}, "none.csv"],
    ["sale.xyz", { "sale.xyz": "a" }, 'Tell the format of "sale.xyz"'],
    ["bad.jsonl", { "bad.jsonl": "no\n" }, "bad.jsonl:1"],
    ["big.jsonl", { "big.jsonl": '{"a":9007199254740993}\n' }, "big.jsonl:1"],
    ["empty.jsonl", { "empty.jsonl": "" }, "no columns"],
    ["twice.jsonl", { "twice.jsonl": '{"a":1,"A":2}\n' }, "twice.jsonl"],
    ["damaged.csv.gz", { "damaged.csv.gz": gzipSync(CSV).subarray(0, 40) }, "damaged.csv.gz"],
    ["https://127.0.0.1:1/sale.csv", {}, "of files of this machine"],
    ["s3://bucket/sale.csv", {}, "of files of this machine"],
    ["-", {}, "of files of this machine"],
  ];
  for (const [path, files, expected] of cases) {
    const message = await failure(path, files);
    assertStringIncludes(message, 'the table "sale"');
    assertStringIncludes(message, expected);
  }
  const taken = await failure("a.csv", { "a.csv": "a\n1\n", "x.duckdb": "" }, { database: "x.duckdb" });
  assertStringIncludes(taken, "is a file and is never written to");
});

Deno.test("sql_exec refuses tables without DuckDB, without a name of a table, and neither database nor tables", async () => {
  const refused = (config: JsonObject, message: string) =>
    assertRejects(() => runStep(sqlExec, { config, rows: [] }), Error, message);
  await refused({ tables: { a: "a.csv" } }, "dialect: duckdb");
  await refused({ tables: { "a b": "a.csv" }, dialect: "duckdb" }, "tables");
  await refused({ tables: { 'a"; DROP': "a.csv" }, dialect: "duckdb" }, "tables");
  await refused({ dialect: "duckdb" }, "Name a database, or tables");
  await refused({ dialect: "duckdb", tables: {} }, "Name a database, or tables");
});

const WAYS_TO_FILES: readonly string[] = [
  "SELECT * FROM read_csv('table0_0.csv')",
  "SELECT * FROM 'table0_0.csv'",
  'SELECT * FROM "table0_0.csv"',
  "SELECT * FROM read_csv('sale.csv')",
  "SELECT * FROM read_text('secret.csv')",
  "SELECT * FROM read_blob('table0_0.csv')",
  "SELECT * FROM glob('*')",
  "SELECT * FROM query('FROM read_csv(''table0_0.csv'')')",
  "SELECT * FROM sniff_csv('table0_0.csv')",
  "COPY sale TO 'out.csv'",
  "ATTACH 'table0_0.csv' AS x",
  "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
];
/** What stands in a file is data, whatever it looks like; so are the names of columns. */
const SPITEFUL_COLUMN = "a', 'b': 'BIGINT'}); CREATE TABLE stolen AS FROM read_csv('secret.csv') --";

Deno.test("sql_exec lets no query and no content of a file reach a file", async () => {
  const spiteful: Json = { [SPITEFUL_COLUMN]: "'); ATTACH 'x' --", '"; DROP TABLE sale; --': 1 };
  const files = {
    "sale.csv": `a,"${SPITEFUL_COLUMN.replaceAll('"', '""')}"\n1,x\n`,
    "bad.jsonl": `${JSON.stringify(spiteful)}\n`,
    "secret.csv": "secret\n42\n",
  };
  const tables = { sale: "sale.csv", bad: "bad.jsonl" };
  const { rows, failed } = await ask(WAYS_TO_FILES.map((sql) => [sql, "SELECT 1"]), { tables, files });
  assertEquals(failed[0]?.error.message, undefined);
  const reasons = ["not_allowed", "not_read_only", "no_such_table"];
  for (const row of rows) assert(reasons.includes(String(row.exec_error)), `${row.sql}: ${row.exec_message}`);
  const script = { "more.sql": "CREATE TABLE stolen AS FROM read_csv('table0_0.csv');" };
  const built = await ask([["SELECT 1", "SELECT 1"]], {
    tables,
    files: { ...files, ...script },
    config: { database: "more.sql" },
  });
  assertStringIncludes(built.failed[0]!.error.message, "Permission Error");
  const queries = [
    ["SELECT table_name FROM information_schema.tables ORDER BY 1", "VALUES ('bad'), ('sale') ORDER BY 1"],
    [
      "SELECT column_name FROM information_schema.columns WHERE table_name = 'bad' ORDER BY ordinal_position LIMIT 1",
      `SELECT '${SPITEFUL_COLUMN.replaceAll("'", "''")}'`,
    ],
    ["SELECT count(*) FROM sale, bad", "SELECT 1"],
  ] as const;
  const sound = await ask(queries, { tables, files });
  assertEquals(
    sound.rows.map(({ exec_message, gold_match }) => [exec_message, gold_match]),
    queries.map(() => [null, true]),
  );
});

Deno.test("sql_exec bounds the bytes of tables, however small they are when compressed", async () => {
  const bomb = gzipSync(new Uint8Array(TABLE_BYTES_MAX + 1).fill(97));
  const files = { "bomb.csv.gz": bomb };
  const { failed } = await ask([["SELECT 1", "SELECT 1"]], { tables: { bomb: "bomb.csv.gz" }, files });
  assertStringIncludes(failed[0]!.error.message, `may have ${TABLE_BYTES_MAX} bytes`);
});
