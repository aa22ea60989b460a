import { isSameResult, resultSignature, rowKey, type SqlResult } from "./_result_signature.ts";
import {
  type NamedSqlResult,
  type SqlConnection,
  type SqlErrorKind,
  SqlFailure,
  type SqlQuery,
} from "./_sql_connection.ts";
import type { SqlOrder, SqlOrderTerm } from "./_sql_statement.ts";

const KEPT_CELLS_MAX = 1_000_000;

/** The query to judge: it is run, and its result kept until the next one. */
export interface CandidateRequest {
  readonly do: "candidate";
  /** Absolute path. */
  readonly database: string;
  readonly sql: string;
  /** The same, bounded to one row more than `rows_max`. */
  readonly bounded: string;
  readonly rows_max: number;
  readonly timeout_ms: number;
  readonly is_ordered: boolean;
}

/** A query whose result is the right one: it is run once, then remembered, and compared with the candidate's. */
export interface GoldRequest {
  readonly do: "gold";
  readonly database: string;
  readonly sql: string;
  /** The same, bounded to one row more than `rows_max`. */
  readonly bounded: string;
  readonly rows_max: number;
  readonly timeout_ms: number;
  readonly tolerance: number;
  /** Whether there is a candidate's result to compare with. */
  readonly compare: boolean;
  /** `null` when order does not count, `fixed` when it does without a reason in the query. */
  readonly order: SqlOrder | "fixed" | null;
}

/** What the worker answers. */
export type SqlReply =
  | { readonly error: SqlErrorKind | "database"; readonly message: string }
  | { readonly error: null; readonly row_count: number; readonly signature: string }
  | { readonly error: null; readonly is_match: boolean };

/** A gold result, with the ends of the groups of rows that may stand in any order among each other. */
interface GoldResult extends SqlResult {
  readonly groupEnds: readonly number[];
}

/** How databases are opened. */
export interface SqlOpener {
  /** @param path absolute @throws {SqlFailure} `database` */
  readonly open: (path: string) => Promise<SqlConnection>;
  /** Databases that may be open at a time. */
  readonly connectionsMax: number;
}

/** Runs queries in a helper process, and compares what they give. */
export class SqlJudge {
  readonly #opener: SqlOpener;
  readonly #connections: Map<string, SqlConnection> = new Map();
  readonly #golds: Map<string, GoldResult> = new Map();
  #keptCells = 0;
  #candidate: SqlResult | undefined;

  /** Opens nothing yet. */
  constructor(opener: SqlOpener) {
    this.#opener = opener;
  }

  /** Answers one request. */
  async answer(request: CandidateRequest | GoldRequest): Promise<SqlReply> {
    try {
      const connection = await this.#connect(request.database);
      return request.do === "candidate" ? this.#run(connection, request) : this.#compare(connection, request);
    } catch (thrown) {
      if (thrown instanceof SqlFailure) return { error: thrown.kind, message: thrown.message };
      throw thrown;
    }
  }

  #run(connection: SqlConnection, request: CandidateRequest): SqlReply {
    this.#candidate = undefined;
    const result = connection.query(queryOf(request));
    this.#candidate = result;
    const signature = resultSignature(result, request.is_ordered);
    return { error: null, row_count: result.rows.length, signature };
  }

  #compare(connection: SqlConnection, request: GoldRequest): SqlReply {
    const gold = this.#gold(connection, request);
    if (!request.compare || this.#candidate === undefined) return { error: null, is_match: false };
    const comparison = { tolerance: request.tolerance, groupEnds: gold.groupEnds };
    return { error: null, is_match: isSameResult(this.#candidate, gold, comparison) };
  }

  #gold(connection: SqlConnection, request: GoldRequest): GoldResult {
    const { database, sql, rows_max, timeout_ms, order } = request;
    const key = JSON.stringify([database, sql, rows_max, order]);
    const known = this.#golds.get(key);
    if (known !== undefined) return known;
    const result = connection.query(queryOf(request));
    const gold = {
      columns: result.columns,
      rows: result.rows,
      groupEnds: groupEnds(connection, { sql, order, result, timeoutMs: timeout_ms }),
    };
    this.#keep(key, gold);
    return gold;
  }

  /** The oldest results make room. */
  #keep(key: string, gold: GoldResult): void {
    this.#golds.set(key, gold);
    this.#keptCells += cellsOf(gold);
    for (const [oldKey, old] of this.#golds) {
      if (this.#keptCells <= KEPT_CELLS_MAX || oldKey === key) break;
      this.#golds.delete(oldKey);
      this.#keptCells -= cellsOf(old);
    }
  }

  async #connect(path: string): Promise<SqlConnection> {
    const known = this.#connections.get(path);
    if (known !== undefined && !known.isBroken) return known;
    const [oldest] = this.#connections;
    if (known !== undefined) this.#drop(path, known);
    else if (this.#connections.size >= this.#opener.connectionsMax && oldest !== undefined) {
      this.#drop(...oldest);
    }
    const connection = await this.#opener.open(path);
    this.#connections.set(path, connection);
    return connection;
  }

  #drop(path: string, connection: SqlConnection): void {
    this.#connections.delete(path);
    connection.close();
  }
}

function queryOf({ sql, bounded, rows_max, timeout_ms }: CandidateRequest | GoldRequest): SqlQuery {
  return { sql, bounded, rowsMax: rows_max, timeoutMs: timeout_ms };
}

function cellsOf({ columns, rows }: SqlResult): number {
  return 1 + columns * rows.length;
}

interface Ordered {
  readonly sql: string;
  readonly order: SqlOrder | "fixed" | null;
  readonly result: NamedSqlResult;
  readonly timeoutMs: number;
}

/** Rows that are equal in all that the query orders by may stand in any order among each other. */
function groupEnds(connection: SqlConnection, ordered: Ordered): readonly number[] {
  const { order, result } = ordered;
  const count = result.rows.length;
  if (order === null) return [count];
  const everyRow = result.rows.map((_, index) => index + 1);
  if (order === "fixed") return everyRow;
  const keys = sortKeys(connection, { ...ordered, order });
  if (keys === undefined) return everyRow;
  return everyRow.filter((end) => end === count || keys[end] !== keys[end - 1]);
}

/** What each row is ordered by, as text; `undefined` when that cannot be found out. */
function sortKeys(
  connection: SqlConnection,
  { sql, order, result, timeoutMs }: Ordered & { readonly order: SqlOrder },
): readonly string[] | undefined {
  const places = order.terms.map((term) => outputColumn(term, result.names));
  const missing = order.terms.filter((_, index) => places[index] === undefined);
  let rows = result.rows;
  if (missing.length > 0) {
    if (order.columnsEnd === null) return undefined;
    const more = missing.map(({ text }) => `, (${text})`).join("");
    const widened = `${sql.slice(0, order.columnsEnd)}${more} ${sql.slice(order.columnsEnd)}`;
    const query = { sql: widened, bounded: widened, rowsMax: rows.length, timeoutMs };
    const found = queryOrUndefined(connection, query);
    if (found === undefined || !isWidened(found, result)) return undefined;
    rows = found.rows;
  }
  let next = result.columns;
  const indexes = places.map((place) => place ?? next++);
  return rows.map((row) =>
    resultSignature({ columns: 1, rows: [indexes.map((index) => row[index]!)] }, true)
  );
}

/** SQLite and DuckDB take a bare name in `ORDER BY` for the column of the result that has it. */
function outputColumn({ ordinal, name }: SqlOrderTerm, names: readonly string[]): number | undefined {
  if (ordinal !== null) return ordinal - 1;
  if (name === null) return undefined;
  const at = names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  return at < 0 ? undefined : at;
}

/** A query that we made from another one need not be one. */
function queryOrUndefined(connection: SqlConnection, query: SqlQuery): NamedSqlResult | undefined {
  try {
    return connection.query(query);
  } catch (thrown) {
    if (thrown instanceof SqlFailure) return undefined;
    throw thrown;
  }
}

/** Whether a result is another one, row by row, with more columns. */
function isWidened(wide: SqlResult, { columns, rows }: SqlResult): boolean {
  return wide.rows.length === rows.length &&
    wide.rows.every((row, index) => rowKey(row.slice(0, columns)) === rowKey(rows[index]!));
}
