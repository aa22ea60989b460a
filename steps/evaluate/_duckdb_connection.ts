import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { WorkerTools } from "./_code_protocol.ts";
import type { DuckDbFile } from "./_duckdb_files.ts";
import type { ArrowTable, DuckDb, DuckDbPackage } from "./_duckdb_package.ts";
import { makeTables } from "./_duckdb_tables.ts";
import { castingSql, cellsOf, isNative, isWideInteger } from "./_duckdb_values.ts";
import {
  boundedResult,
  type NamedSqlResult,
  RESULT_CHARS_MAX,
  type SqlConnection,
  type SqlErrorKind,
  SqlFailure,
  type SqlQuery,
} from "./_sql_connection.ts";
import type { TableFile } from "./_sql_tables.ts";

const MEMORY_MB_MAX = 256;
/** Rows come column by column, with offsets and marks of nulls. */
const ARROW_BYTES_MAX = 4 * RESULT_CHARS_MAX;
const NAME = "database.duckdb";
const [READ_ONLY, READ_WRITE] = [2, 3];

/**
 * What DuckDB is told before anything else is run: no files but its own, no network, nothing loaded, no more memory than
 * this; and that nothing of it can be changed any more.
 *
 * Source: duckdb.org, "Securing DuckDB".
 */
const LIMITS = (memoryMb: number): readonly string[] => [
  `SET memory_limit = '${memoryMb}MiB'`,
  "SET temp_directory = ''",
  "SET autoinstall_known_extensions = false",
  "SET autoload_known_extensions = false",
  "SET allow_community_extensions = false",
];
const LOCKS: readonly string[] = ["SET enable_external_access = false", "SET lock_configuration = true"];

/** An instance with one database. */
export interface OpenedDuckDb {
  readonly instance: DuckDb;
  readonly files: Map<string, DuckDbFile>;
  /** The file of the database, among `files`. */
  readonly name: string;
}

/** What a new database is made with. */
export interface DuckDbMaking {
  readonly memoryMb: number;
  readonly tables: readonly TableFile[];
}

/** Makes a new database in memory, with tables. @throws {Error} as DuckDB has it, {@linkcode TableFailure} */
export async function createDuckDb(
  duckdb: DuckDbPackage,
  { memoryMb, tables: given }: DuckDbMaking,
): Promise<OpenedDuckDb> {
  const files = new Map<string, DuckDbFile>();
  const instance = await duckdb.instantiate(files);
  instance.open({ path: NAME, accessMode: READ_WRITE, useDirectIO: true });
  const opened: (DuckDbFile & { readonly close: () => void })[] = [];
  const tables = given.map((one, table) => ({
    ...one,
    files: one.files.map((path, index) => {
      const [name, file] = [`table${table}_${index}.csv`, openFile(path)];
      opened.push(file);
      files.set(name, file);
      return name;
    }),
  }));
  try {
    runAll(instance, LIMITS(memoryMb));
    makeTables({ instance, files }, tables);
    runAll(instance, LOCKS);
  } finally {
    for (const file of opened) file.close();
  }
  return { instance, files, name: NAME };
}

function runAll(instance: DuckDb, statements: readonly string[]): void {
  const connection = instance.connect();
  for (const sql of statements) instance.runQuery(connection._conn, sql);
  connection.close();
}

/**
 * Opens a database file read-only, in an instance of its own.
 * @throws {SqlFailure} `database` when it cannot be read
 */
export async function openDuckDbConnection(
  path: string,
  duckdb: DuckDbPackage,
  tools: WorkerTools,
): Promise<SqlConnection> {
  const file = openFile(path);
  try {
    const instance = await duckdb.instantiate(new Map([[NAME, file]]));
    instance.open({ path: NAME, accessMode: READ_ONLY, useDirectIO: true });
    runAll(instance, [...LIMITS(MEMORY_MB_MAX), ...LOCKS]);
    return new DuckDbConnection({ instance, arrow: duckdb.arrow, timeLimit: tools.timeLimit, file });
  } catch (cause) {
    file.close();
    throw new SqlFailure("database", messageOf(cause));
  }
}

interface Opened {
  readonly instance: DuckDb;
  readonly arrow: DuckDbPackage["arrow"];
  readonly timeLimit: WorkerTools["timeLimit"];
  readonly file: { readonly close: () => void };
}

class DuckDbConnection implements SqlConnection {
  readonly #opened: Opened;
  #isBroken = false;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** In a session of its own, so that nothing is left for the next query. */
  query({ sql, bounded, rowsMax, timeoutMs }: SqlQuery): NamedSqlResult {
    const { instance, timeLimit } = this.#opened;
    const isOver = timeLimit(timeoutMs);
    try {
      checkSingle(instance, bounded);
      const session = instance.connect();
      try {
        const run = (text: string) => this.#run(session._conn, text, isOver);
        const table = run(bounded);
        const names = table.schema.fields.map(({ name }) => name);
        const rows = isNative(table) ? cellsOf(table) : castRows(run, { sql, rowsMax });
        return boundedResult({ names, columns: names.length, rows }, rowsMax);
      } finally {
        session.close();
      }
    } catch (thrown) {
      if (thrown instanceof SqlFailure) throw thrown;
      const failure = failureOf(thrown);
      this.#isBroken ||= failure.isFatal;
      throw new SqlFailure(failure.kind, failure.message);
    }
  }

  close(): void {
    this.#opened.file.close();
  }

  /** Piece by piece: DuckDB comes back about ten times a second, first for the columns, then for the rows. */
  #run(session: number, sql: string, isOver: () => boolean): ArrowTable {
    const { instance, arrow } = this.#opened;
    const wait = (next: () => Uint8Array | null) => {
      for (let bytes = next();; bytes = next()) {
        if (bytes !== null) return bytes;
        if (isOver()) {
          instance.cancelPendingQuery(session);
          throw new SqlFailure("timeout", "The query took too long");
        }
      }
    };
    const isStreamed = false;
    let isFirst = true;
    const parts = [wait(() => {
      if (!isFirst) return instance.pollPendingQuery(session);
      isFirst = false;
      return instance.startPendingQuery(session, sql, isStreamed);
    })];
    let size = parts[0]!.length;
    while (parts.at(-1)!.length > 0) {
      const part = wait(() => instance.fetchQueryResults(session));
      size += part.length;
      if (size > ARROW_BYTES_MAX) {
        throw new SqlFailure("too_large", `The result is larger than ${RESULT_CHARS_MAX} characters`);
      }
      parts.push(part);
    }
    return arrow.tableFromIPC(Buffer.concat(parts));
  }
}

/** The rows of a query with columns of other types: what types they are, only DuckDB can say. */
function castRows(
  run: (sql: string) => ArrowTable,
  { sql, rowsMax }: Pick<SqlQuery, "sql" | "rowsMax">,
): NamedSqlResult["rows"] {
  const described = run(`DESCRIBE ${sql}`);
  const types = Array.from(
    { length: described.numRows },
    (_, row) => String(described.getChildAt(1)!.get(row)),
  );
  return cellsOf(run(castingSql(sql, types, rowsMax)), (column) => isWideInteger(types[column]!));
}

/** That there is one statement only is known from our own reading; this is DuckDB's. */
function checkSingle(instance: DuckDb, sql: string): void {
  const bytes = new TextEncoder().encode(sql);
  const semicolon = ";".charCodeAt(0);
  if (Array.from(instance.tokenize(sql).offsets).some((offset) => bytes[offset] === semicolon)) {
    throw new SqlFailure("multiple_statements", "A second statement begins");
  }
}

/** A file of the machine, for reading. @throws {SqlFailure} `database` */
function openFile(path: string): DuckDbFile & { readonly close: () => void } {
  try {
    const descriptor = openSync(path, "r");
    const { size } = fstatSync(descriptor);
    const refuse = () => {
      throw new TypeError("The database is open for reading only");
    };
    return {
      size: () => size,
      read: (into, at) => readSync(descriptor, into, 0, into.length, at),
      write: refuse,
      resize: refuse,
      close: () => closeSync(descriptor),
    };
  } catch (cause) {
    throw new SqlFailure("database", messageOf(cause));
  }
}

const KINDS: readonly (readonly [RegExp, SqlErrorKind | "database"])[] = [
  [/^Out of Memory Error|Allocation failure|bad_alloc/, "out_of_memory"],
  [/^IO Error/, "database"],
  [/^Permission Error|configuration has been locked|disabled by configuration/, "not_allowed"],
  [/read-only mode/, "not_read_only"],
  [/expression depth limit|maximum depth|recursion/i, "too_complex"],
  [/buffer exceeds maximum|exceeds the maximum|too large to fit/i, "too_large"],
  [/^Binder Error: Ambiguous reference/, "ambiguous_column"],
  [/^Binder Error: (?:Referenced (?:column|table)|.*does not have a column)/, "no_such_column"],
  [/No function matches/, "wrong_arguments"],
  [/Function with name .* (?:does not exist|is not in the catalog)/, "no_such_function"],
  [
    /^(?:Catalog|Binder) Error: (?:Table|Schema|Catalog|View)\b.*(?:does not exist|not found)/,
    "no_such_table",
  ],
  [/^Parser Error/, "syntax"],
];

interface Failure {
  readonly kind: SqlErrorKind | "database";
  readonly message: string;
  /** Whether the instance is in no state to go on. */
  readonly isFatal: boolean;
}

/** Errors are texts here, which begin with their class. */
function failureOf(thrown: unknown): Failure {
  const message = messageOf(thrown);
  if (thrown instanceof RangeError) {
    return { kind: "too_complex", message: "The query is nested too deeply", isFatal: true };
  }
  if (thrown instanceof WebAssembly.RuntimeError || /^(?:INTERNAL|FATAL) Error/.test(message)) {
    return { kind: "crashed", message: `DuckDB failed: ${message}`, isFatal: true };
  }
  const kind = KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? "runtime";
  return { kind, message, isFatal: kind === "out_of_memory" };
}

/** Some errors come as JSON, without their class in front. The place in the query, after an empty line, is left out. */
function messageOf(thrown: unknown): string {
  const written = thrown instanceof Error ? thrown.message : String(thrown);
  const found = /\{"exception_type":"([^"]+)","exception_message":("(?:[^"\\]|\\.)*")/.exec(written);
  const message = found === null ? written : `${found[1]} Error: ${JSON.parse(found[2]!)}`;
  return message.split(/\n\s*\n/)[0]!.replace(/\s+/g, " ").trim();
}
