/** Whose SQL a text is written in. */
export type SqlDialect = "sqlite" | "duckdb";

/**
 * What a token of SQL is. `word` is a keyword or plain identifier, `name` a quoted one, `variable` a bind parameter,
 * `end` a semicolon, `open` a literal, name or character that is not closed or not known.
 */
export type SqlTokenKind = "word" | "name" | "string" | "number" | "variable" | "symbol" | "end" | "open";

/** One token of SQL; white space and comments are none. */
export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** As written; words in capitals. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Parentheses around it; those themselves stand outside. */
  readonly depth: number;
}

/** A statement of a longer text. */
export interface SqlStatement {
  /** From its first token to its last, without the semicolon. */
  readonly text: string;
  /** Position of its first character. */
  readonly start: number;
  /** Position after its semicolon, or after its last token when it has none. */
  readonly end: number;
  /** Whether it ends with a semicolon. */
  readonly isComplete: boolean;
  readonly tokens: readonly SqlToken[];
}

interface Lexis {
  readonly patterns: readonly (readonly [SqlTokenKind, RegExp])[];
  /** White space and comments; without those in `/*` where they can be nested. */
  readonly skipped: RegExp;
  readonly nestsComments: boolean;
  /** Brackets that make what stands in them one level deeper. */
  readonly opening: string;
  readonly closing: string;
}

const NUMBER = /(?:0[xX][\da-fA-F]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const END = /;/y;

const SQLITE: Lexis = {
  patterns: [
    ["string", /[xX]?'[^']*(?:''[^']*)*'/y],
    ["name", /"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\[[^\]]*\]/y],
    ["number", NUMBER],
    ["variable", /\?\d*|[:@$][\w$\u0080-\uffff]+(?:::\w+)*/y],
    ["word", WORD],
    ["end", END],
    ["symbol", /->>?|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|~<>=().,]/y],
  ],
  skipped: /(?:[ \t\n\f\r\ufeff]+|--[^\n]*|\/\*[^]*?(?:\*\/|$))+/y,
  nestsComments: false,
  opening: "(",
  closing: ")",
};
/** Source: duckdb.org, "SQL Introduction", and the rules of PostgreSQL's scanner, which DuckDB has. */
const DUCKDB: Lexis = {
  patterns: [
    ["string", /[eE]'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'|[xXbB]?'[^']*(?:''[^']*)*'/y],
    ["string", /\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?\$\1\$/y],
    ["name", /"[^"]*(?:""[^"]*)*"/y],
    ["number", NUMBER],
    ["variable", /\?\d*|\$\w+/y],
    ["word", WORD],
    ["end", END],
    ["symbol", /->>?|\|\||<<|>>|<=|>=|<>|==|!=|::|:=|=>|\*\*|\/\/|[-+*/%&|~<>=().,[\]{}:^@#!]/y],
  ],
  skipped: /(?:[ \t\n\f\r\v\ufeff]+|--[^\n\r]*)+/y,
  nestsComments: true,
  opening: "([{",
  closing: ")]}",
};
const OPEN = /['"`[][^]*|[^]/uy;

/**
 * The tokens of a text as SQLite or DuckDB reads them, in one pass and without recursion. Nothing is refused: what is
 * not closed or not known is a token of kind `open`.
 *
 * Source: sqlite.org, "SQL As Understood By SQLite", and the sources' `tokenize.c`.
 */
export function* sqlTokens(sql: string, dialect: SqlDialect = "sqlite"): Generator<SqlToken> {
  const lexis = dialect === "sqlite" ? SQLITE : DUCKDB;
  let at = 0;
  let depth = 0;
  while (true) {
    at = skippedEnd(sql, at, lexis);
    if (at >= sql.length) return;
    const { kind, end } = tokenAt(sql, at, lexis);
    const written = sql.slice(at, end);
    if (kind === "symbol" && lexis.closing.includes(written)) depth = Math.max(0, depth - 1);
    yield { kind, text: kind === "word" ? written.toUpperCase() : written, start: at, end, depth };
    if (kind === "symbol" && lexis.opening.includes(written)) depth++;
    if (kind === "end") depth = 0;
    at = end;
  }
}

function skippedEnd(sql: string, from: number, { skipped, nestsComments }: Lexis): number {
  let at = from;
  while (true) {
    skipped.lastIndex = at;
    if (skipped.test(sql)) at = skipped.lastIndex;
    if (!nestsComments || !sql.startsWith("/*", at)) return at;
    at = commentEnd(sql, at);
  }
}

/** Where a comment ends that may hold others; the end of the text when it is not closed. */
function commentEnd(sql: string, from: number): number {
  const borders = /\/\*|\*\//g;
  borders.lastIndex = from;
  let depth = 0;
  for (let found = borders.exec(sql); found !== null; found = borders.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return borders.lastIndex;
  }
  return sql.length;
}

function tokenAt(
  sql: string,
  at: number,
  { patterns }: Lexis,
): { readonly kind: SqlTokenKind; readonly end: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    if (pattern.test(sql)) return { kind, end: pattern.lastIndex };
  }
  OPEN.lastIndex = at;
  OPEN.test(sql);
  return { kind: "open", end: OPEN.lastIndex };
}

/**
 * The statements of a text. Semicolons in literals, comments, quoted names and bodies of triggers end none; a
 * statement without tokens is none.
 */
export function* sqlStatements(sql: string, dialect: SqlDialect = "sqlite"): Generator<SqlStatement> {
  let tokens: SqlToken[] = [];
  for (const token of sqlTokens(sql, dialect)) {
    if (token.kind === "end" && !(isTrigger(tokens) && !endsTrigger(tokens))) {
      if (tokens.length > 0) yield statementOf(sql, tokens, token);
      tokens = [];
    } else tokens.push(token);
  }
  if (tokens.length > 0) yield statementOf(sql, tokens, undefined);
}

function statementOf(
  sql: string,
  tokens: readonly SqlToken[],
  semicolon: SqlToken | undefined,
): SqlStatement {
  const { start } = tokens[0]!;
  const { end } = tokens.at(-1)!;
  return {
    text: sql.slice(start, end),
    start,
    end: semicolon?.end ?? end,
    isComplete: semicolon !== undefined,
    tokens,
  };
}

function isTrigger(tokens: readonly SqlToken[]): boolean {
  if (tokens[0]?.text !== "CREATE") return false;
  const second = tokens[1]?.text;
  return second === "TRIGGER" ||
    ((second === "TEMP" || second === "TEMPORARY") && tokens[2]?.text === "TRIGGER");
}

/** The body of a trigger closes with `; END`, as SQLite's own shell decides it. */
function endsTrigger(tokens: readonly SqlToken[]): boolean {
  return tokens.at(-1)?.text === "END" && tokens.at(-2)?.kind === "end";
}
