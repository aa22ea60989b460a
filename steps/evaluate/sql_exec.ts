import {
  defineStep,
  FastDistillError,
  type Json,
  type JsonObject,
  pass,
  type Row,
  type RowContext,
  type RowRunner,
  type StepComponent,
  type StepSetup,
  type StepSpec,
  stepSpec,
  templateCompiler,
  type TemplateVariables,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { templateRequirements } from "../_shared/template_requirements.ts";
import { duckDbEngine } from "./_duckdb_engine.ts";
import { fingerprintDatabase, type SqlSource } from "./_sql_database.ts";
import { type SqlEngine, sqliteEngine } from "./_sql_engine.ts";
import { runSql } from "./_sql_runner.ts";
import { fingerprintTables } from "./_sql_tables.ts";

const compileTemplate = await templateCompiler();

const CONFIG = z.strictObject({
  database: z.string().min(1).optional().describe(
    "Path of a database file, or of a .sql script that builds one; a template that the row fills",
  ),
  tables: z.record(z.string().regex(/^[A-Za-z_]\w{0,62}$/), z.string().min(1)).optional().describe(
    "Tables of DuckDB, by name, and the files that hold their rows: CSV, Parquet, JSON lines and what else read_files reads; " +
      "path or pattern, a template that the row fills. With them database is a .sql script or absent",
  ),
  dialect: z.enum(["sqlite", "duckdb"]).default("sqlite").describe(
    "Engine that runs the queries, whose SQL they are written in",
  ),
  sql: z.string().min(1).default("sql").describe("Column that holds the query"),
  gold: z.string().min(1).optional().describe(
    "Column that holds a query whose result is the right one, or a list of such queries; null for none",
  ),
  timeout_ms: z.int().min(1).max(600_000).default(2000).describe("Milliseconds that one query may take"),
  max_rows: z.int().min(1).max(1_000_000).default(10_000).describe("Rows that a result may have"),
  float_tolerance: z.number().min(0).max(1).default(1e-6).describe(
    "Relative difference that two numbers may have when at least one is not whole",
  ),
  order: z.enum(["auto", "always", "never"]).default("auto").describe(
    "When the order of rows counts: where the gold query orders at its top level, always, never",
  ),
}).superRefine(({ database, tables, dialect }, { addIssue }) => {
  const isEmpty = Object.keys(tables ?? {}).length === 0;
  if (database === undefined && isEmpty) {
    addIssue({
      code: "custom",
      path: ["database"],
      message: "Name a database, or tables with dialect: duckdb",
    });
  }
  if (!isEmpty && dialect !== "duckdb") {
    addIssue({
      code: "custom",
      path: ["tables"],
      message: "Files become tables in DuckDB only: dialect: duckdb",
    });
  }
});

type Config = z.infer<typeof CONFIG>;

/**
 * Runs a query against a SQLite or DuckDB database and says whether it works and whether its result is the right one. A
 * query that does not work is no failure of the row: it has `exec_pass: false` and a reason in `exec_error`.
 *
 * Results are compared row by row, as multisets where order does not count. Columns are compared by position, their
 * names do not count; `1` equals `1.0`, texts must be the same to the letter, null equals null, numbers may differ by
 * `float_tolerance`. With `order: auto` order counts where the gold query has an `ORDER BY` at its top level; rows that
 * are equal in all that it orders by may change places, as far as that can be found out (not for a `DISTINCT` or
 * compound query that orders by something it does not return).
 *
 * With `dialect: duckdb` queries run in DuckDB compiled to WebAssembly (the package `@duckdb/duckdb-wasm`, whose results
 * the package `apache-arrow` reads), in helper processes that may read those packages and the folder of the database.
 *
 * DuckDB has its database from a file of its own, from a script, or from `tables`: files that the step reads, as `read_files`
 * does, and makes tables of before any query runs. Queries reach neither those files nor any other.
 *
 * A row fails with `data.database` when its database cannot be read or one of its gold queries does not run.
 */
const sqlExecStep: StepComponent = defineStep({
  kind: "row",
  name: "sql_exec",
  version: 1,
  summary:
    "Runs a query against a SQLite or DuckDB database and compares its result with that of gold queries",
  citation:
    "T. Yu et al., Spider: a large-scale human-labeled dataset for complex and cross-domain semantic parsing and text-to-SQL task (arXiv:1809.08887)",
  config: CONFIG,
  columns: ({ database, tables, sql, gold }) => ({
    requires: [
      ...templatesOf({ database, tables }).flatMap(({ template, at }) => templateRequirements(template, at)),
      { column: sql, type: "string", at: ["sql"] },
      ...(gold === undefined ? [] : [{ column: gold, at: ["gold"] }]),
    ],
    adds: {
      exec_pass: "boolean",
      exec_error: "string",
      exec_message: "string",
      gold_match: "boolean",
      result_signature: "string",
      row_count: "number",
    },
  }),
  inspect: async (config, context) => {
    if (templatesOf(config).some(({ template }) => template.variables.length > 0)) return {};
    const { path, tables } = sourceRenderer(config)({});
    const files = Object.values(await fingerprintTables(tables, context.files)).flat();
    const script = path === undefined
      ? []
      : [{ name: path, ...await fingerprintDatabase(context.files, path) }];
    return { inputs: [...script, ...files] };
  },
  open: (config, setup) => new SqlExecution(config, setup),
});

export default sqlExecStep;

class SqlExecution implements RowRunner {
  readonly #config: Config;
  readonly #engine: SqlEngine;
  readonly #sourceOf: (row: Row) => SqlSource;

  constructor(config: Config, { files, cacheDir }: StepSetup) {
    this.#config = config;
    this.#engine = (config.dialect === "duckdb" ? duckDbEngine : sqliteEngine)({ files, cacheDir });
    this.#sourceOf = sourceRenderer(config);
  }

  async process(row: Row, context: RowContext): Promise<ReturnType<typeof pass>> {
    const { timeout_ms, max_rows, float_tolerance, order } = this.#config;
    const rules = { timeout_ms, max_rows, float_tolerance, order };
    const sql = sqlOf(row, this.#config.sql);
    const golds = this.#config.gold === undefined ? [] : goldsOf(row, this.#config.gold);
    const engine = this.#engine;
    const database = await engine.databases.find(this.#sourceOf(row));
    const input = { database: database.sha256, sql, gold: golds, ...rules, ...await engine.identity() };
    const outcome = await context.effect<JsonObject>(
      { kind: "sql_exec", version: 1, input },
      async (signal) => ({ ...await runSql(engine, { database, sql, golds, rules }, signal) }),
    );
    return pass({ ...row, ...outcome });
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

type Sources = Pick<Config, "database" | "tables">;

interface PlacedTemplate {
  readonly template: ReturnType<typeof compileTemplate>;
  /** Its place in the configuration. */
  readonly at: readonly string[];
}

function templatesOf({ database, tables = {} }: Sources): readonly PlacedTemplate[] {
  const paths: readonly (readonly [readonly string[], string])[] = [
    ...(database === undefined ? [] : [[["database"], database] as const]),
    ...Object.entries(tables).map(([table, path]) => [["tables", table], path] as const),
  ];
  return paths.map(([at, text]) => ({ at, template: compileTemplate(text, { name: at.join(".") }) }));
}

/** Says for a row where its database is. */
function sourceRenderer(sources: Sources): (row: Row) => SqlSource {
  const templates = templatesOf(sources);
  return (row) => {
    const rendered = templates.map(({ at, template }) => [at, template.render(row)] as const);
    const tables = rendered.flatMap(([[, table], path]) =>
      table === undefined ? [] : [[table, path] as const]
    );
    return {
      path: rendered.find(([at]) => at.length === 1)?.[1],
      tables: Object.fromEntries(tables),
    };
  };
}

function sqlOf(row: Row, column: string): string {
  const sql = row[column] ?? "";
  if (typeof sql === "string") return sql;
  throw columnFailure(column, "SQL", sql);
}

function goldsOf(row: Row, column: string): readonly string[] {
  const gold = row[column] ?? [];
  if (typeof gold === "string") return [gold];
  if (Array.isArray(gold) && gold.every((one) => typeof one === "string")) return gold;
  throw columnFailure(column, "SQL or a list of SQL", gold);
}

function columnFailure(column: string, wanted: string, found: Json): FastDistillError {
  const text = JSON.stringify(found).slice(0, 80);
  return new FastDistillError("graph.column_type", `Read the column "${column}" as ${wanted}, found ${text}`);
}

/** Configuration of {@linkcode sqlExec}. */
export interface SqlExecConfig<
  Database extends string,
  Sql extends string,
  Gold extends string,
  Table extends string = never,
> {
  /** Path of a database file, or of a `.sql` script that builds one; a template that the row fills. */
  readonly database?: Database;
  /** Tables of DuckDB by name, and paths or patterns of the files that hold their rows; templates. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** Engine that runs the queries, whose SQL they are written in. @default {"sqlite"} */
  readonly dialect?: "sqlite" | "duckdb";
  /** Column that holds the query. @default {"sql"} */
  readonly sql?: Sql;
  /** Column that holds a query whose result is the right one, or a list of such queries. */
  readonly gold?: Gold;
  /** Milliseconds that one query may take. @default {2000} */
  readonly timeout_ms?: number;
  /** Rows that a result may have. @default {10000} */
  readonly max_rows?: number;
  /** Relative difference that two numbers may have when at least one is not whole. @default {1e-6} */
  readonly float_tolerance?: number;
  /** When the order of rows counts. @default {"auto"} */
  readonly order?: "auto" | "always" | "never";
}

/** The columns that {@linkcode sqlExec} adds. */
export interface SqlExecColumns {
  /** Whether the query ran within its limits. */
  readonly exec_pass: boolean;
  /** Why it did not, in one stable word. */
  readonly exec_error: string | null;
  /** Why it did not, for people. */
  readonly exec_message: string | null;
  /** Whether its result is that of a gold query; null without one. */
  readonly gold_match: boolean | null;
  /** Digest that equal results share. */
  readonly result_signature: string | null;
  /** How many rows the result has. */
  readonly row_count: number | null;
}

/**
 * Runs a query against a SQLite or DuckDB database and compares its result with that of gold queries, in a TypeScript
 * pipeline.
 *
 * @example
 * ```ts
 * import { sqlExec } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sqlExec({ database: "{{ database }}", gold: "gold_sql" }).use, "sql_exec");
 * ```
 */
export function sqlExec<
  const Database extends string = never,
  const Sql extends string = "sql",
  const Gold extends string = never,
  const Table extends string = never,
>(
  config: SqlExecConfig<Database, Sql, Gold, Table>,
): StepSpec<
  & Record<TemplateVariables<Database>, Json>
  & Record<TemplateVariables<Table>, Json>
  & Record<NoInfer<Sql>, string | null>
  & Record<NoInfer<Gold>, string | readonly string[] | null>,
  SqlExecColumns
> {
  return stepSpec("sql_exec", { ...config });
}
