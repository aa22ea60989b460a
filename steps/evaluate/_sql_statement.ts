import { type SqlStatement, sqlStatements, type SqlToken } from "../_shared/sql_tokens.ts";

const SQL_CHARS_MAX = 200_000;
/** Versions of SQLite differ in what they take; this is below all of them. */
const DEPTH_MAX = 500;
/** What a statement that changes something, or reaches outside of its database, begins with. */
const NOT_READING: ReadonlySet<string> = new Set(
  ("ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END INSERT PRAGMA REINDEX RELEASE REPLACE ROLLBACK " +
    "SAVEPOINT UPDATE VACUUM").split(" "),
);
const AFTER_WITH: ReadonlySet<string> = new Set([
  "SELECT",
  "VALUES",
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
]);
/** Functions that reach outside of the database or describe the connection; SQLite has no others. */
const NOT_ALLOWED = /^(?:load_extension|fts3_tokenizer|pragma_\w+)$/i;
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

/** Whether a text is one statement that only reads: `SELECT`, `WITH ... SELECT`, `VALUES`, or `EXPLAIN` of those. */
export function checkSqlReads(sql: string): SqlVerdict {
  if (sql.length > SQL_CHARS_MAX) {
    return { refusal: "too_large", message: `The SQL is longer than ${SQL_CHARS_MAX} characters` };
  }
  const [statement, second] = sqlStatements(sql);
  if (statement === undefined) return { refusal: "empty", message: "There is no SQL" };
  if (second !== undefined) {
    return { refusal: "multiple_statements", message: `A second statement begins: ${excerpt(second.text)}` };
  }
  return checkTokens(statement) ?? { statement };
}

function checkTokens(statement: SqlStatement): SqlVerdict | undefined {
  const verb = verbOf(statement.tokens);
  if (verb !== "SELECT" && verb !== "VALUES") {
    const message = `A query begins with SELECT, WITH or VALUES, found: ${excerpt(statement.text)}`;
    return { refusal: verb !== undefined && NOT_READING.has(verb) ? "not_read_only" : "syntax", message };
  }
  for (const { kind, text, depth } of statement.tokens) {
    if (depth > DEPTH_MAX) {
      return { refusal: "too_complex", message: `Parentheses are nested deeper than ${DEPTH_MAX}` };
    }
    if (kind === "open") return { refusal: "syntax", message: `unrecognized token: ${excerpt(text)}` };
    if (kind === "variable") {
      return { refusal: "unbound_parameter", message: `There is no value for the parameter ${text}` };
    }
    if ((kind === "word" || kind === "name") && NOT_ALLOWED.test(unquote(text))) {
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
  const isClosed = tokens.some(({ depth, kind, text }) =>
    depth === 0 && kind === "word" && (text === "LIMIT" || text === "VALUES")
  );
  return isClosed ? `SELECT * FROM (${text}\n) LIMIT ${rowsMax + 1}` : `${text}\nLIMIT ${rowsMax + 1}`;
}

/** The word that decides what a statement does: the first, past `EXPLAIN` and past the tables of `WITH`. */
function verbOf(tokens: readonly SqlToken[]): string | undefined {
  let at = 0;
  if (tokens[at]?.text === "EXPLAIN") at = tokens[1]?.text === "QUERY" && tokens[2]?.text === "PLAN" ? 3 : 1;
  if (tokens[at]?.text !== "WITH") return tokens[at]?.kind === "word" ? tokens[at]!.text : undefined;
  return tokens.find((token, index) =>
    index > at && token.depth === 0 && token.kind === "word" && AFTER_WITH.has(token.text) &&
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
