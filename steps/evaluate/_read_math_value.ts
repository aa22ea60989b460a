import { cleanMath } from "./_math_clean.ts";
import { matchingBracket, splitAt } from "./_math_brackets.ts";
import { type MathExpression, negated, NotMath, parseExpression } from "./_math_expression.ts";
import { isSameExpression } from "./_math_numbers.ts";
import { variablesOf } from "./_math_points.ts";
import { type MathToken, mathTokens } from "./_math_tokens.ts";
import type { MathValue } from "./_math_value.ts";
import { parseCompound, parseQuantity } from "./_read_math_quantity.ts";

const CHARS_MAX = 2000;
const ITEMS_MAX = 100;
const RELATIONS = "=<>≤≥≠";
const TEXT = /\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox)\s*\{([^{}]*)\}/g;
/** A number, then words that say of what: `18 breakfast eggs`. */
const LABELLED = /^(.*[\d%)}])[ -]?((?:\p{L}{3,}|(?<= )\p{L}{2,})[\p{L} .'’()-]*)$/u;
/** Words after a number that make something else of it: `3 pm`, `5 or more`. */
const NO_LABEL = /^[ap]\.? ?m\b|\b(?:or|to|than|minus|plus|times|over|not|divided)\b/i;

/** Reads an answer of any kind; what is no mathematics, or longer than 2,000 characters, is text. */
export function readMathValue(answer: string): MathValue {
  if (answer.length > CHARS_MAX) return { kind: "text", text: answer.trim().toLowerCase() };
  const cleaned = cleanMath(answer);
  const text = cleaned.replaceAll(TEXT, "$1").replaceAll(/\s+/g, " ").replace(/[.!]+$/, "").trim()
    .toLowerCase();
  return attempt(() => parseStatement(tokensOf(cleaned))) ?? attempt(() => parseLabelled(cleaned)) ??
    { kind: "text", text };
}

function attempt(parse: () => MathValue): MathValue | undefined {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof NotMath) return undefined;
    throw cause;
  }
}

function tokensOf(text: string): readonly MathToken[] {
  const tokens = mathTokens(text);
  if (tokens === undefined || tokens.length === 0) throw new NotMath();
  return tokens;
}

function parseLabelled(cleaned: string): MathValue {
  const [, number, label] = LABELLED.exec(cleaned) ?? [];
  if (number === undefined || NO_LABEL.test(label!)) throw new NotMath();
  const value = parseStatement(tokensOf(number));
  if (value.kind !== "quantity" || variablesOf(value.expression).length > 0) throw new NotMath();
  return value;
}

function parseStatement(tokens: readonly MathToken[]): MathValue {
  const compound = parseCompound(tokens);
  if (compound !== undefined) return compound;
  const parts = splitAt(
    tokens,
    (token) =>
      token.kind === "sign" ? token.text === "," || token.text === ";" : /^(?:or|and)$/i.test(token.text),
  );
  if (parts.length === 1) return parseRelation(parts[0]!);
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length > ITEMS_MAX || filled.length === 0) throw new NotMath();
  return { kind: "set", items: withoutSharedName(filled.map(parseRelation)) };
}

/** `x = 1 or x = 2`, and `x = 1, 2`, are about one variable. */
function withoutSharedName(values: readonly MathValue[]): readonly MathValue[] {
  const [first, ...others] = values;
  if (first?.kind !== "assignment") return values;
  const isShared = others.every((value) =>
    value.kind === "assignment" ? value.name === first.name : value.kind === "quantity"
  );
  return isShared ? values.map((value) => value.kind === "assignment" ? value.value : value) : values;
}

function parseRelation(tokens: readonly MathToken[]): MathValue {
  const isRelation = (token: MathToken) => token.kind === "sign" && RELATIONS.includes(token.text);
  const member = splitAt(tokens, (token) => token.kind === "sign" && token.text === "∈");
  if (member.length === 2) return parseValue(member[1]!);
  const sides = splitAt(tokens, isRelation);
  if (sides.length === 1) return parseValue(tokens);
  const operators = operatorsOf(tokens, isRelation);
  if (operators.every((operator) => operator === "=")) return parseEquation(sides);
  return parseInequality(sides.map((side) => expressionOf(parseValue(side))), operators);
}

function operatorsOf(
  tokens: readonly MathToken[],
  isRelation: (token: MathToken) => boolean,
): readonly string[] {
  return tokens.filter(isRelation).map(({ text }) => text);
}

function parseEquation(sides: readonly (readonly MathToken[])[]): MathValue {
  const [first, last] = [sides[0]!, sides.at(-1)!];
  const name = nameOf(first);
  if (name !== undefined) {
    const value = parseValue(last);
    if (value.kind !== "quantity" || !variablesOf(value.expression).includes(name)) {
      return { kind: "assignment", name, value };
    }
  }
  const turned = sides.length === 2 ? nameOf(last) : undefined;
  if (turned !== undefined && name === undefined) {
    const value = parseValue(first);
    if (value.kind !== "quantity" || !variablesOf(value.expression).includes(turned)) {
      return { kind: "assignment", name: turned, value };
    }
  }
  const values = sides.map(parseValue);
  const expressions = values.map(expressionOf);
  const isTrue = variablesOf(...expressions).length === 0 &&
    expressions.every((one) => isSameExpression(one, expressions[0]!, 1e-6));
  if (isTrue) return values.at(-1)!;
  if (sides.length !== 2) throw new NotMath();
  return { kind: "relation", operator: "=", left: expressions[0]!, right: expressions[1]! };
}

/** A variable, or a function of variables as in `f(x)`; a word or two, as in `total cost`. */
function nameOf(tokens: readonly MathToken[]): string | undefined {
  const [name, open] = tokens;
  if (name === undefined) throw new NotMath();
  if (tokens.every((token) => token.kind === "words" || (token.kind === "name" && token.text.length > 3))) {
    return tokens.map(({ text }) => text).join(" ");
  }
  if (name.kind !== "name" || (!name.isCommand && name.text.length > 1)) return undefined;
  if (tokens.length > 1 && open?.text === "(") {
    return matchingBracket(tokens, 1) === tokens.length - 1
      ? tokens.map(({ text }) => text).join("")
      : undefined;
  }
  try {
    const expression = parseExpression(tokens);
    return expression.kind === "symbol" && expression.name !== "pi" ? expression.name : undefined;
  } catch (cause) {
    if (cause instanceof NotMath) return undefined;
    throw cause;
  }
}

function expressionOf(value: MathValue): MathExpression {
  if (value.kind !== "quantity") throw new NotMath();
  return value.expression;
}

/** Where a variable stands alone it becomes an interval; otherwise it stays a relation. */
function parseInequality(sides: readonly MathExpression[], operators: readonly string[]): MathValue {
  const isDown = operators.every((operator) => operator === ">" || operator === "≥");
  const isUp = operators.every((operator) => operator === "<" || operator === "≤");
  if (!isDown && !isUp && operators[0] !== "≠") throw new NotMath();
  const ordered = isDown ? sides.toReversed() : sides;
  const closed = (isDown ? operators.toReversed() : operators).map((one) => one === "≤" || one === "≥");
  const [low, middle, high] = ordered;
  if (operators.length === 1 && operators[0] === "≠") {
    return { kind: "relation", operator: "≠", left: sides[0]!, right: sides[1]! };
  }
  if (ordered.length === 3 && middle!.kind === "symbol" && isConstant(low!) && isConstant(high!)) {
    return interval([low!, high!], [closed[0]!, closed[1]!]);
  }
  if (ordered.length !== 2) throw new NotMath();
  const infinity: MathExpression = { kind: "symbol", name: "infinity" };
  if (low!.kind === "symbol" && isConstant(middle!)) {
    return interval([negated(infinity), middle!], [false, closed[0]!]);
  }
  if (middle!.kind === "symbol" && isConstant(low!)) return interval([low!, infinity], [closed[0]!, false]);
  return { kind: "relation", operator: closed[0]! ? "≤" : "<", left: low!, right: middle! };
}

function isConstant(expression: MathExpression): boolean {
  return variablesOf(expression).every((name) => name === "infinity");
}

function interval(ends: readonly MathExpression[], closed: readonly [boolean, boolean]): MathValue {
  const items = ends.map((expression): MathValue => ({ kind: "quantity", expression }));
  return { kind: "list", items, open: closed[0] ? "[" : "(", close: closed[1] ? "]" : ")" };
}

function parseValue(tokens: readonly MathToken[]): MathValue {
  if (tokens.length === 0) throw new NotMath();
  const union = splitAt(tokens, (token) => token.kind === "sign" && token.text === "∪");
  if (union.length > 1) return { kind: "set", items: union.map(parseValue) };
  const [first] = tokens;
  if (first!.kind === "name" && first!.text === "begin") return parseMatrix(tokens);
  if (tokens.length === 1 && first!.kind === "sign" && first!.text === "∅") return { kind: "set", items: [] };
  if (tokens.every((token) => token.kind === "words")) {
    return { kind: "text", text: tokens.map(({ text }) => text).join(" ").toLowerCase() };
  }
  if (
    first!.kind === "sign" && "([{⦃⟨".includes(first!.text) &&
    matchingBracket(tokens, 0) === tokens.length - 1
  ) {
    return parseBracketed(tokens);
  }
  if (tokens.some(({ kind, text }) => kind === "sign" && (text === "±" || text === "∓"))) {
    return { kind: "set", items: [parseQuantity(tokens, 1), parseQuantity(tokens, -1)] };
  }
  return parseQuantity(tokens, 1);
}

function parseBracketed(tokens: readonly MathToken[]): MathValue {
  const [open, close] = [tokens[0]!.text, tokens.at(-1)!.text];
  const inner = tokens.slice(1, -1);
  const isSet = open === "{" || open === "⦃";
  if (inner.length === 0 && isSet) return { kind: "set", items: [] };
  const parts = splitAt(
    inner,
    (token) => token.kind === "sign" && (token.text === "," || token.text === ";"),
  );
  if (parts.length === 1 && (open === "(" || open === "{") && close !== "]") return parseValue(inner);
  if (parts.length > ITEMS_MAX) throw new NotMath();
  const items = parts.map((part) => parseItem(part));
  return isSet ? { kind: "set", items } : { kind: "list", items, open, close };
}

/** An element of a list may be a word. */
function parseItem(tokens: readonly MathToken[]): MathValue {
  if (
    tokens.length > 0 && tokens.every(({ kind }) => kind === "name" || kind === "words") &&
    tokens.some(({ text }) => text.length > 1)
  ) {
    const value = attempt(() => parseValue(tokens));
    return value ?? { kind: "text", text: tokens.map(({ text }) => text).join(" ").toLowerCase() };
  }
  return parseRelation(tokens);
}

/** `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`. */
function parseMatrix(tokens: readonly MathToken[]): MathValue {
  const kind = tokens[2]?.text;
  if (kind === undefined || !/^(?:[pbBvV]?matrix|smallmatrix|array)$/.test(kind)) throw new NotMath();
  let start = 4;
  if (kind === "array" && tokens[4]?.text === "{") start = matchingBracket(tokens, 4) + 1;
  const end = tokens.length - 4;
  if (tokens[end]?.text !== "end" || tokens[end + 2]?.text !== kind) throw new NotMath();
  const lines = splitAt(tokens.slice(start, end), ({ kind, text }) => kind === "sign" && text === "⏎")
    .filter((line) => line.length > 0);
  const rows = lines.map((line) =>
    splitAt(line, ({ kind, text }) => kind === "sign" && text === "&").map(parseValue)
  );
  if (rows.length * (rows[0]?.length ?? 0) > ITEMS_MAX) throw new NotMath();
  return { kind: "matrix", rows };
}
