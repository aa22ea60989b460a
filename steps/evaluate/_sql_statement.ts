import { type SqlDialect, type SqlStatement, sqlStatements, type SqlToken } from "../_shared/sql_tokens.ts";

const SQL_CHARS_MAX = 200_000;
/** Versions of the engines differ in what they take; this is below all of them. */
const DEPTH_MAX = 500;

interface Rules {
  /** What a statement begins with that reads rows. */
  readonly reading: ReadonlySet<string>;
  /** What a statement begins with that changes something, or reaches outside of its database. */
  readonly changing: ReadonlySet<string>;
  /** What can stand after the tables of `WITH`. */
  readonly afterWith: ReadonlySet<string>;
  /** Functions that reach outside of the database, change something or describe the connection. */
  readonly notAllowed: RegExp;
  /** Whether such a name counts only in front of a parenthesis, because tables and columns may well have it. */
  readonly onlyCalls: boolean;
}

const SQLITE: Rules = {
  reading: words("SELECT VALUES"),
  changing: words(
    "ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END INSERT PRAGMA REINDEX RELEASE REPLACE ROLLBACK " +
      "SAVEPOINT UPDATE VACUUM",
  ),
  afterWith: words("SELECT VALUES INSERT REPLACE UPDATE DELETE"),
  notAllowed: /^(?:load_extension|fts3_tokenizer|pragma_\w+)$/i,
  onlyCalls: false,
};
/** Source: duckdb.org, "Statements Overview" and "Securing DuckDB". */
const DUCKDB: Rules = {
  reading: words("SELECT VALUES FROM TABLE PIVOT UNPIVOT"),
  changing: words(
    "ABORT ALTER ANALYZE ATTACH BEGIN CALL CHECKPOINT COMMENT COMMIT COPY CREATE DEALLOCATE DELETE DETACH DROP END " +
      "EXECUTE EXPORT FORCE IMPORT INSERT INSTALL LOAD MERGE PRAGMA PREPARE REPLACE RESET ROLLBACK SET START TRUNCATE " +
      "UPDATE USE VACUUM",
  ),
  afterWith: words("SELECT VALUES FROM TABLE PIVOT UNPIVOT INSERT UPDATE DELETE MERGE"),
  notAllowed:
    /^(?:read_\w+|\w+_scan|scan_\w+|parquet_\w+|sniff_csv|glob|query|query_table|pragma_\w+|duckdb_\w+|getenv|current_setting|write_log|setseed|nextval|currval|(?:force_)?checkpoint|json_execute_serialized_sql|from_substrait\w*|which_secret)$/i,
  onlyCalls: true,
};
const COMPOUND: ReadonlySet<string> = new Set(["UNION", "INTERSECT", "EXCEPT"]);

/** Why a text is not run, in words that stay the same from release to release. */
export type SqlRefusal =
  | "empty"
  | "syntax"
  | "multiple_statements"
  | "not_read_only"
  | "not_allowed"
  | "unbound_parameter"
  | "too_complex"
  | "too_large";

/** What is thought of a text before it is run. */
export type SqlVerdict =
  | { readonly statement: SqlStatement; readonly refusal?: undefined }
  | { readonly refusal: SqlRefusal; readonly message: string; readonly statement?: undefined };

/** How a query orders its rows at its top level. */
export interface SqlOrder {
  readonly terms: readonly SqlOrderTerm[];
  /**
   * Where another column can be put into the list of columns without changing the rows; `null` for a compound query,
   * `DISTINCT` and `VALUES`.
   */
  readonly columnsEnd: number | null;
}

/** One expression of `ORDER BY`, without its direction. */
export interface SqlOrderTerm {
  readonly text: string;
  /** Set for `ORDER BY 2`: position of the column, from 1. */
  readonly ordinal: number | null;
  /** Set for a bare name, unquoted. */
  readonly name: string | null;
}

/**
 * Whether a text is one statement that only reads: `SELECT`, `WITH ... SELECT`, `VALUES`, or, in SQLite, `EXPLAIN` of
 * those; in DuckDB also `FROM`, `TABLE` and `PIVOT`.
 */
export function checkSqlReads(sql: string, dialect: SqlDialect = "sqlite"): SqlVerdict {
  if (sql.length > SQL_CHARS_MAX) {
    return { refusal: "too_large", message: `The SQL is longer than ${SQL_CHARS_MAX} characters` };
  }
  const [statement, second] = sqlStatements(sql, dialect);
  if (statement === undefined) return { refusal: "empty", message: "There is no SQL" };
  if (second !== undefined) {
    return { refusal: "multiple_statements", message: `A second statement begins: ${excerpt(second.text)}` };
  }
  return checkTokens(statement, dialect === "sqlite" ? SQLITE : DUCKDB) ?? { statement };
}

function checkTokens(statement: SqlStatement, rules: Rules): SqlVerdict | undefined {
  const verb = verbOf(statement.tokens, rules);
  if (verb === undefined || !rules.reading.has(verb)) {
    const message = `A query begins with SELECT, WITH or VALUES, found: ${excerpt(statement.text)}`;
    return { refusal: verb !== undefined && rules.changing.has(verb) ? "not_read_only" : "syntax", message };
  }
  for (const [index, { kind, text, depth }] of statement.tokens.entries()) {
    if (depth > DEPTH_MAX) {
      return { refusal: "too_complex", message: `Parentheses are nested deeper than ${DEPTH_MAX}` };
    }
    if (kind === "open") return { refusal: "syntax", message: `unrecognized token: ${excerpt(text)}` };
    if (kind === "variable") {
      return { refusal: "unbound_parameter", message: `There is no value for the parameter ${text}` };
    }
    const isName = kind === "word" || kind === "name";
    const isCalled = !rules.onlyCalls || statement.tokens[index + 1]?.text === "(";
    if (isName && isCalled && rules.notAllowed.test(unquote(text))) {
      return { refusal: "not_allowed", message: `Not allowed in a query: ${text.toLowerCase()}` };
    }
  }
  return undefined;
}

/**
 * The statement, bounded: it gives one row more than allowed when it has too many. Where a `LIMIT` cannot be put at its
 * end it becomes a subquery, which keeps its order, since a subquery with a `LIMIT` is run by itself.
 */
export function boundedSql({ text, tokens }: SqlStatement, rowsMax: number): string {
  if (tokens[0]?.text === "EXPLAIN") return text;
  const isClosed = tokens.some(({ depth, kind, text }, index) =>
    depth === 0 && kind === "word" &&
    (text === "LIMIT" || text === "VALUES" ||
      (text === "FETCH" && /^(?:FIRST|NEXT)$/.test(tokens[index + 1]?.text ?? "")))
  );
  return isClosed ? `SELECT * FROM (${text}\n) LIMIT ${rowsMax + 1}` : `${text}\nLIMIT ${rowsMax + 1}`;
}

/**
 * The word that decides what a statement does: the first, past `EXPLAIN`, past the tables of `WITH` and, in DuckDB,
 * inside of parentheses.
 */
function verbOf(tokens: readonly SqlToken[], rules: Rules): string | undefined {
  let at = 0;
  if (rules === SQLITE && tokens[at]?.text === "EXPLAIN") {
    at = tokens[1]?.text === "QUERY" && tokens[2]?.text === "PLAN" ? 3 : 1;
  }
  while (rules === DUCKDB && tokens[at]?.text === "(") at++;
  const first = tokens[at];
  if (first?.text !== "WITH") return first?.kind === "word" ? first.text : undefined;
  return tokens.find((token, index) =>
    index > at && token.depth === first.depth && token.kind === "word" && rules.afterWith.has(token.text) &&
    tokens[index - 1]?.text === ")"
  )?.text;
}

/** The top-level `ORDER BY` of a query; `null` when it has none. */
export function topLevelOrder({ text, start, tokens }: SqlStatement): SqlOrder | null {
  const at = tokens.findIndex((token, index) =>
    token.depth === 0 && token.text === "ORDER" && token.kind === "word" && tokens[index + 1]?.text === "BY"
  );
  if (at < 0) return null;
  const rest = tokens.slice(at + 2);
  const limit = rest.findIndex(({ depth, kind, text }) => depth === 0 && kind === "word" && text === "LIMIT");
  const terms = splitAtCommas(limit < 0 ? rest : rest.slice(0, limit)).map((term) =>
    orderTerm(text, start, term)
  );
  const end = columnsEnd(tokens);
  return { terms, columnsEnd: end === null ? null : end - start };
}

function splitAtCommas(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.depth === 0 && token.text === ",") parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function orderTerm(sql: string, start: number, written: readonly SqlToken[]): SqlOrderTerm {
  const tokens = withoutDirection(written);
  const [only] = tokens;
  const isSingle = tokens.length === 1;
  return {
    text: sql.slice(tokens[0]!.start - start, tokens.at(-1)!.end - start),
    ordinal: isSingle && only!.kind === "number" ? Number(only!.text) : null,
    name: isSingle && (only!.kind === "word" || only!.kind === "name") ? unquote(only!.text) : null,
  };
}

function withoutDirection(tokens: readonly SqlToken[]): readonly SqlToken[] {
  let end = tokens.length;
  const before = (back: number) => tokens[end - back]?.text;
  if (end > 2 && before(2) === "NULLS" && (before(1) === "FIRST" || before(1) === "LAST")) end -= 2;
  if (end > 1 && (before(1) === "ASC" || before(1) === "DESC")) end -= 1;
  if (end > 2 && before(2) === "COLLATE") end -= 2;
  return tokens.slice(0, end);
}

function columnsEnd(tokens: readonly SqlToken[]): number | null {
  const top = tokens.filter(({ depth, kind }) => depth === 0 && kind === "word");
  const select = top.findIndex(({ text }) => text === "SELECT");
  if (tokens[0]?.text === "EXPLAIN" || top.some(({ text }) => COMPOUND.has(text))) return null;
  if (select < 0 || top[select + 1]?.text === "DISTINCT") return null;
  const from = top.find(({ text }, index) =>
    index > select && text === "FROM" && top[index - 1]?.text !== "DISTINCT"
  );
  return from?.start ?? null;
}

function unquote(text: string): string {
  if (text.startsWith("[")) return text.slice(1, -1);
  const quote = text[0];
  if (quote !== '"' && quote !== "`") return text;
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
