import { sqlTokens } from "../_shared/sql_tokens.ts";

/** Bounds for answers that go round in circles. */
const PLACES_MAX = 32;
const STARTS_MAX = 256;
const REACH_CHARS_MAX = 20_000;

const REASONING_TAG =
  /<(\/?)(?:think|thinking|thoughts?|analysis|reasoning|reflection|scratchpad)\b[^>\n]{0,200}>|\[(\/?)think\]/gi;
const FINAL_CHANNEL = /^[^]*<\|channel\|>\s*final\s*<\|message\|>/i;
const SPECIAL_TOKEN = /<\|[\w-]+\|>|<\/?s>/g;

const FENCE = /(`{3,}|~{3,})[ \t]*([^]*?)(?:\1|$(?![^]))/g;
const SQL_LABEL =
  /^(?:sql|sqlite3?|mysql|mariadb|postgres(?:ql)?|pgsql|plsql|tsql|mssql|duckdb|bigquery)\b[ \t]*\n?/i;
const OTHER_LABEL = /^([\w+#.-]*)[ \t]*\n/;
const PREFIX =
  /(?:^|\n)[ \t>*#_`-]*(?:[a-z]{1,20} ){0,3}(?:sql|query)(?: (?:query|statement|code|answer))?[*_` \t]*[:：][\s*_`]*/gi;

/**
 * The first SQL statement in a model's answer, without its semicolon; an empty text when there is none.
 *
 * Reasoning is removed first. Then the first of these that holds a statement is taken: a fenced block that is labelled
 * as SQL, a block without a label, any other block, a JSON object with the key `sql` or `query`, what follows a line
 * such as `SQL:`, the whole text.
 */
export function firstSqlStatement(answer: string): string {
  for (const text of placesOfSql(withoutReasoning(answer))) {
    const start = statementStart(text);
    if (start !== undefined) return text.slice(start, statementEnd(text, start));
  }
  return "";
}

/** The text in which SQL was looked for first: for those who take what is no statement, too. */
export function likeliestSql(answer: string): string {
  const [first = ""] = placesOfSql(withoutReasoning(answer));
  return first.trim();
}

/** Drops what is between tags, before a closing tag that nothing opened, and after an opening one that nothing closes. */
function withoutReasoning(answer: string): string {
  const text = answer.replace(FINAL_CHANNEL, "");
  let kept = "";
  let at = 0;
  let isInside = false;
  for (const match of text.matchAll(REASONING_TAG)) {
    const isClosing = match[1] === "/" || match[2] === "/";
    if (!isInside) kept = isClosing ? "" : kept + text.slice(at, match.index);
    isInside = !isClosing;
    at = match.index + match[0].length;
  }
  return (isInside ? kept : kept + text.slice(at)).replace(SPECIAL_TOKEN, "");
}

function* placesOfSql(text: string): Generator<string> {
  const blocks = [...text.matchAll(FENCE).take(PLACES_MAX)].map((match) => blockOf(match[2]!));
  for (const rank of [0, 1, 2]) yield* blocks.filter((block) => block.rank === rank).map(({ body }) => body);
  const json = sqlInJson(text);
  if (json !== undefined) yield json;
  for (const match of text.matchAll(PREFIX).take(PLACES_MAX)) yield text.slice(match.index + match[0].length);
  yield text;
}

interface Block {
  readonly body: string;
  /** 0 when labelled as SQL, 1 without a label, 2 with another one. */
  readonly rank: number;
}

function blockOf(content: string): Block {
  const sql = SQL_LABEL.exec(content);
  if (sql !== null) return { body: content.slice(sql[0].length), rank: 0 };
  const label = OTHER_LABEL.exec(content);
  const body = content.slice(label?.[0].length ?? 0);
  return { body: sqlInJson(body) ?? body, rank: label === null || label[1] === "" ? 1 : 2 };
}

function sqlInJson(text: string): string | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) return undefined;
  try {
    const { sql, query } = JSON.parse(trimmed) as { readonly sql?: unknown; readonly query?: unknown };
    const found = sql ?? query;
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

const VERB =
  /\b(?:SELECT|WITH|VALUES|EXPLAIN|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|ATTACH|PRAGMA)\b/gi;
const NAME = '(?:"[^"]+"|`[^`]+`|\\[[^\\]]+\\]|[\\w$]+)';
/** A word that goes on with a sentence, unless what follows shows that it is the name of a column. */
const SENTENCE_WORD =
  "(?:the|a|an|only|those|every|each|which|that|these|statement|query|queries|clause|list|keyword|" +
  "and|or|with|from|to|is)\\b(?!\\s*(?:[,;+*/=<>|-]|\\.\\w|\\.\\*|--|from\\b|as\\b|$))";
/** What follows a verb in a statement, and hardly ever in a sentence. */
const FOLLOWED_BY: Readonly<Record<string, RegExp>> = {
  SELECT: new RegExp(`^\\s+(?!${SENTENCE_WORD})[\\w"'\`\\[(*+:@?.-]|^[(*"'\`\\[]`, "i"),
  WITH: new RegExp(
    `^\\s+(?:RECURSIVE\\s+)?${NAME}\\s*(?:\\([^()]*\\)\\s*)?AS\\s*(?:(?:NOT\\s+)?MATERIALIZED\\s*)?\\(`,
    "i",
  ),
  VALUES: /^\s*\(/,
  EXPLAIN: /^\s+(?:QUERY\s+PLAN\s+)?(?:SELECT|WITH)\b/i,
  INSERT: /^\s+(?:OR\s+\w+\s+)?INTO\b/i,
  REPLACE: /^\s+INTO\b/i,
  UPDATE: new RegExp(`^\\s+(?:OR\\s+\\w+\\s+)?${NAME}\\s+SET\\b`, "i"),
  DELETE: /^\s+FROM\b/i,
  CREATE: /^\s+(?:TEMP\w*\s+|UNIQUE\s+)?(?:TABLE|VIEW|INDEX|TRIGGER)\b/i,
  ALTER: /^\s+TABLE\b/i,
  DROP: /^\s+(?:TABLE|VIEW|INDEX|TRIGGER)\b/i,
  ATTACH: /^\s+(?:DATABASE\s+)?['"]/i,
  PRAGMA: /^\s+\w+\s*(?:[=(;]|$)/i,
};

interface Start {
  readonly at: number;
  /** Lower is likelier: capitals at the begin of a line, a begin of a line, capitals, anything. */
  readonly rank: number;
}

function statementStart(text: string): number | undefined {
  const starts: Start[] = [];
  for (const { 0: word, index } of text.matchAll(VERB)) {
    if (!FOLLOWED_BY[word.toUpperCase()]!.test(text.slice(index + word.length, index + word.length + 500))) {
      continue;
    }
    const isFirst = /(?:^|\n)[ \t>"'`(*-]*$/.test(text.slice(Math.max(0, index - 40), index));
    if (starts.length === STARTS_MAX) break;
    starts.push({ at: index, rank: (isFirst ? 0 : 2) + (word === word.toUpperCase() ? 0 : 1) });
  }
  if (starts.length === 0) return undefined;
  const best = starts.reduce((a, b) => b.rank < a.rank ? b : a);
  return starts.find(({ at }) =>
    at === best.at || (at < best.at && at > best.at - REACH_CHARS_MAX && reaches(text, at, best.at))
  )!.at;
}

/** Whether what begins at one place goes on at another: inside parentheses, or as a part of a compound query. */
function reaches(text: string, start: number, target: number): boolean {
  let last = "";
  for (const token of sqlTokens(text.slice(start))) {
    if (token.start + start >= target) {
      return token.depth > 0 || /^(?:UNION|ALL|INTERSECT|EXCEPT|\))$/.test(last);
    }
    if (token.kind === "end" || token.kind === "open") return false;
    last = token.text;
  }
  return false;
}

/** Lines that explain rather than go on. */
const PROSE: readonly RegExp[] = [
  /^[*_#>\s-]*(?:explanation|explained|reasoning|analysis|answer|final answer|final|notes?|output|results?|expected output|question)\b[^\n]{0,40}?[:：]/i,
  /^(?:```|~~~|\*\*|#{1,6}\s|[-*+•]\s+[A-Z`*]|\d+[.)]\s+[A-Z`*])/,
  /^(?:This|That|The|These|It|Note|I|You|We|Here|Please|However|Alternatively|Let|First|Then|Make|In)\b[ ,']+(?:[a-z]|I\b)/,
  /^[^\n]*[。，：；、！？]/,
];
const PROSE_AFTER_BLANK =
  /^(?!(?:Select|From|Where|Group|Order|Having|Limit|Offset|Union|Intersect|Except|Join|Left|Right|Inner|Full|Cross|Natural|Using|Window|Values|And|Or|On|With|As)\b)[A-Z][a-z]+(?: [a-z']+){2,}/;

/** Where a statement ends: at its semicolon, before a line of prose, before a quote that was opened outside of it. */
function statementEnd(text: string, start: number): number {
  let end = start;
  for (const token of sqlTokens(text.slice(start))) {
    const at = token.start + start;
    if (token.kind === "end" || isProse(text, { end, at, depth: token.depth })) return end;
    if (token.kind === "open" && /^['"`]\W*(?:\n|$)/.test(token.text)) return end;
    end = token.end + start;
  }
  return end;
}

interface Gap {
  readonly end: number;
  readonly at: number;
  readonly depth: number;
}

function isProse(text: string, { end, at, depth }: Gap): boolean {
  const between = text.slice(end, at);
  if (depth > 0 || !between.includes("\n")) return false;
  const line = text.slice(at, at + 200);
  return PROSE.some((pattern) => pattern.test(line)) ||
    (/\n[ \t]*\n/.test(between) && PROSE_AFTER_BLANK.test(line));
}
