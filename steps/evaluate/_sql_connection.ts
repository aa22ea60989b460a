import type { SqlCell, SqlResult } from "./_result_signature.ts";

/** What all values of a result may have in characters or bytes. */
export const RESULT_CHARS_MAX = 8 * 1024 * 1024;
const HEAP_BYTES_MAX = 128 * 1024 * 1024;

/** Why a query did not give a result, in words that stay the same from release to release. */
export type SqlErrorKind =
  | "ambiguous_column"
  | "crashed"
  | "multiple_statements"
  | "no_such_column"
  | "no_such_function"
  | "no_such_table"
  | "not_allowed"
  | "not_read_only"
  | "out_of_memory"
  | "runtime"
  | "syntax"
  | "timeout"
  | "too_complex"
  | "too_large"
  | "too_many_rows"
  | "wrong_arguments";

/** A failure of a query, or of the database itself, which is no fault of the query. */
export class SqlFailure extends Error {
  readonly kind: SqlErrorKind | "database";

  /** @param message what the engine says, or what limit was met */
  constructor(kind: SqlErrorKind | "database", message: string) {
    super(message);
    this.name = "SqlFailure";
    this.kind = kind;
  }
}

/** A query, and how many rows it may give. */
export interface SqlQuery {
  readonly sql: string;
  /** The same, bounded to one row more than `rowsMax`. */
  readonly bounded: string;
  readonly rowsMax: number;
  /** Kept by an engine that can be asked to stop; of another one the process is ended. */
  readonly timeoutMs: number;
}

/** A result with the names of its columns. */
export interface NamedSqlResult extends SqlResult {
  readonly names: readonly string[];
}

/** A database that is open for reading. */
export interface SqlConnection {
  /** @throws {SqlFailure} */
  readonly query: (query: SqlQuery) => NamedSqlResult;
  /** Whether the engine is in no state to go on. */
  readonly isBroken: boolean;
  readonly close: () => void;
}

/** What is used of `node:sqlite`; the types that come with Deno and Node lag behind. */
interface Sqlite {
  readonly DatabaseSync: new (path: string, options: Readonly<Record<string, unknown>>) => Database;
}

interface Database {
  readonly prepare: (sql: string) => Statement;
  readonly exec: (sql: string) => void;
  readonly close: () => void;
  /** Since Node 24. */
  readonly limits?: { attach: number; length: number };
}

interface Statement {
  readonly columns: () => readonly { readonly name: string }[];
  readonly all: () => readonly (readonly unknown[])[];
  readonly setReadBigInts: (enabled: boolean) => void;
  /** Since Node 22.16. */
  readonly setReturnArrays?: (enabled: boolean) => void;
}

/**
 * Opens a database file read-only, with bounds on what a query may take. Strings in double quotes are allowed, as in
 * SQLite by itself.
 *
 * @throws {SqlFailure} `database` when it cannot be read
 */
export async function openSqlConnection(path: string): Promise<SqlConnection> {
  const { DatabaseSync } = await import("node:sqlite") as unknown as Sqlite;
  let database: Database | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, enableDoubleQuotedStringLiterals: true });
    if (database.limits !== undefined) {
      database.limits.attach = 0;
      database.limits.length = RESULT_CHARS_MAX;
    }
    database.exec(`PRAGMA hard_heap_limit = ${HEAP_BYTES_MAX}; PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF; PRAGMA query_only = ON`);
    database.exec("SELECT count(*) FROM sqlite_schema");
  } catch (cause) {
    database?.close();
    throw new SqlFailure("database", cause instanceof Error ? cause.message : String(cause));
  }
  const opened = database;
  return {
    query: (query) => failing(() => run(opened, query)),
    isBroken: false,
    close: () => opened.close(),
  };
}

function prepare(database: Database, sql: string): Statement {
  const statement = database.prepare(sql);
  if (statement.setReturnArrays === undefined) {
    throw new TypeError("Running SQL needs Node 22.16 or later, or Deno");
  }
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return statement;
}

/** All rows at once: under Deno 2.9 an error on the way ends `iterate()` as if there were no more rows. */
function run(database: Database, { sql, bounded, rowsMax }: SqlQuery): NamedSqlResult {
  const names = prepare(database, sql).columns().map(({ name }) => name);
  const rows = prepare(database, bounded).all().map((values) => values.map(cellOf));
  return boundedResult({ names, columns: names.length, rows }, rowsMax);
}

/** The result, when it is within its bounds. @throws {SqlFailure} `too_many_rows`, `too_large` */
export function boundedResult(result: NamedSqlResult, rowsMax: number): NamedSqlResult {
  if (result.rows.length > rowsMax) {
    throw new SqlFailure("too_many_rows", `The result has more than ${rowsMax} rows`);
  }
  let chars = 0;
  for (const cell of result.rows.flat()) {
    chars += typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 8;
  }
  if (chars > RESULT_CHARS_MAX) {
    throw new SqlFailure("too_large", `The result is larger than ${RESULT_CHARS_MAX} characters`);
  }
  return result;
}

function cellOf(value: unknown): SqlCell {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  return value as SqlCell;
}

function failing<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SqlFailure || !isSqliteError(thrown)) throw thrown;
    throw new SqlFailure(kindOf(thrown), thrown.message);
  }
}

interface SqliteError extends Error {
  readonly errcode: number;
}

function isSqliteError(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Error && typeof (thrown as Partial<SqliteError>).errcode === "number";
}

const KINDS_BY_CODE: Readonly<Record<number, SqlErrorKind | "database">> = {
  5: "database",
  6: "database",
  7: "out_of_memory",
  8: "not_read_only",
  10: "database",
  11: "database",
  14: "database",
  18: "too_large",
  23: "not_allowed",
  26: "database",
};
const KINDS_BY_MESSAGE: readonly (readonly [RegExp, SqlErrorKind])[] = [
  [/^no such table/, "no_such_table"],
  [/^no such column|^table \S+ has no column/, "no_such_column"],
  [/^no such function/, "no_such_function"],
  [/^ambiguous column name/, "ambiguous_column"],
  [/^wrong number of arguments/, "wrong_arguments"],
  [/not authorized|prohibited|^unsafe use of/, "not_allowed"],
  [
    /too many|too large|stack overflow|maximum depth|recursion limit|at most \d+ tables|too complex/i,
    "too_complex",
  ],
  [/syntax error|unrecognized token|incomplete input/, "syntax"],
];

/** Source: sqlite.org, "Result and Error Codes"; code 1 tells errors apart by their message only. */
function kindOf({ errcode, message }: SqliteError): SqlErrorKind | "database" {
  const byCode = KINDS_BY_CODE[errcode & 0xff];
  if (byCode !== undefined) return byCode;
  return KINDS_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? "runtime";
}
