import { type MathExpression, NotMath, numberExpression, parseExpression } from "./_math_expression.ts";
import { variablesOf } from "./_math_points.ts";
import type { MathToken } from "./_math_tokens.ts";
import {
  combineUnits,
  currencyOf,
  isSameDimension,
  parseUnit,
  type ScaledUnit,
  type Unit,
} from "./_math_units.ts";
import type { MathQuantity } from "./_math_value.ts";
import { divideRationals, isWhole, type Rational, toFloat, whole } from "./_rational.ts";

/** Tokens that a unit may have. */
const UNIT_TOKENS_MAX = 16;
const CURRENCIES = "$€£¥₹";

/**
 * Reads a number or formula with what belongs to it: currency, percent sign, unit, base.
 * @throws {NotMath}
 */
export function parseQuantity(tokens: readonly MathToken[], plusMinus: 1 | -1): MathQuantity {
  const money = parseMoney(tokens, plusMinus);
  if (money !== undefined) return money;
  const rest = withoutPercent(tokens);
  if (rest !== undefined) return { ...withUnit(rest, plusMinus), isPercent: true };
  return parseNumeral(tokens) ?? withUnit(tokens, plusMinus);
}

/** `5 feet 6 inches`, `1 hour and 30 minutes`: one quantity in the unit of the first. */
export function parseCompound(tokens: readonly MathToken[]): MathQuantity | undefined {
  const groups: MathToken[][] = [];
  for (const token of tokens) {
    if (/^(?:and|,)$/i.test(token.text)) continue;
    if (token.kind === "number") groups.push([]);
    if (groups.length === 0) return undefined;
    groups.at(-1)!.push(token);
  }
  if (groups.length < 2 || groups.length > 4) return undefined;
  const terms: MathExpression[] = [];
  let before: Unit | undefined;
  let first: Unit | undefined;
  for (const [number, ...rest] of groups) {
    const unit = parseUnit(rest)?.unit;
    if (unit === undefined || number!.kind !== "number") return undefined;
    if (
      before !== undefined &&
      (!isSameDimension(before, unit) || toFloat(unit.factor) >= toFloat(before.factor))
    ) {
      return undefined;
    }
    [before, first] = [unit, first ?? unit];
    terms.push(
      scaled(numberExpression(number!.value, number!.isDecimal), divideRationals(unit.factor, first.factor)),
    );
  }
  return { kind: "quantity", expression: { kind: "sum", terms }, unit: first! };
}

function withoutPercent(tokens: readonly MathToken[]): readonly MathToken[] | undefined {
  const last = tokens.at(-1);
  if (tokens.length < 2 || last === undefined) return undefined;
  const isPercent = last.kind === "sign"
    ? last.text === "%"
    : /^(?:percent|per cent|pct|percentage points?)$/i.test(last.text);
  return isPercent ? tokens.slice(0, -1) : undefined;
}

/** An amount with a currency sign before or after it, which may count by something: `$5 per hour`. */
function parseMoney(tokens: readonly MathToken[], plusMinus: 1 | -1): MathQuantity | undefined {
  const at = tokens.findIndex(({ kind, text }) => kind === "sign" && CURRENCIES.includes(text));
  if (at === -1) return undefined;
  const rest = tokens.filter((_, index) => index !== at);
  const currency = currencyOf(tokens[at]!.text)!;
  if (rest.some(({ kind, text }) => kind === "sign" && CURRENCIES.includes(text))) throw new NotMath();
  const { unit, ...amount } = withUnit(rest, plusMinus);
  if (unit === undefined || isSameDimension(unit, currency)) return { ...amount, unit: currency };
  const combined = combineUnits(currency, unit, 1);
  if (combined === undefined) throw new NotMath();
  return { ...amount, unit: combined };
}

/** `101_2`. */
function parseNumeral(tokens: readonly MathToken[]): MathQuantity | undefined {
  const [digits, under, ...index] = tokens;
  const [base] = index.filter(({ kind }) => kind !== "sign");
  if (digits?.kind !== "number" || under?.text !== "_" || base?.kind !== "number") return undefined;
  if (index.length !== 1 && index.length !== 3) return undefined;
  const size = Number(base.value.numerator);
  if (!isWhole(digits.value) || !isWhole(base.value) || size < 2 || size > 10) return undefined;
  if ([...digits.text].some((digit) => Number(digit) >= size)) return undefined;
  const value = [...digits.text].reduce((sum, digit) => sum * BigInt(size) + BigInt(digit), 0n);
  return {
    kind: "quantity",
    expression: numberExpression(whole(value)),
    numeral: { base: size, digits: BigInt(digits.text) },
  };
}

/** The longest unit at the end, after a number without variables; otherwise all of it is a formula. */
function withUnit(tokens: readonly MathToken[], plusMinus: 1 | -1): MathQuantity {
  for (let at = Math.max(1, tokens.length - UNIT_TOKENS_MAX); at < tokens.length; at++) {
    if (!beginsUnit(tokens, at)) continue;
    const suffix = tokens.slice(at);
    const found = suffix.every(({ kind }) => kind === "words")
      ? parseUnit(suffix) ?? NO_UNIT
      : parseUnit(suffix);
    const amount = found && constantExpression(tokens.slice(0, at), plusMinus);
    if (found === undefined || amount === undefined) continue;
    const isLetter = suffix[0]!.kind === "name" && suffix[0]!.text.length === 1;
    const formula = isLetter ? formulaOf(tokens, plusMinus) : undefined;
    return {
      kind: "quantity",
      expression: scaled(amount, found.scale),
      ...(found.unit === undefined ? {} : { unit: found.unit }),
      ...(formula === undefined ? {} : { formula }),
    };
  }
  return { kind: "quantity", expression: parseExpression(tokens, plusMinus) };
}

const NO_UNIT: ScaledUnit = { unit: undefined, scale: whole(1) };

function beginsUnit(tokens: readonly MathToken[], at: number): boolean {
  const token = tokens[at]!;
  if (token.kind === "sign") return token.text === "°" || token.text === "/";
  return token.kind !== "number" &&
    !(tokens[at - 1]!.kind === "sign" && "+-*/^_".includes(tokens[at - 1]!.text));
}

function constantExpression(tokens: readonly MathToken[], plusMinus: 1 | -1): MathExpression | undefined {
  const expression = formulaOf(tokens, plusMinus);
  if (expression === undefined || variablesOf(expression).length > 0) return undefined;
  // In \\sin 30° the degrees belong to the argument.
  return expression.kind === "apply" && expression.name !== "abs" ? undefined : expression;
}

function formulaOf(tokens: readonly MathToken[], plusMinus: 1 | -1): MathExpression | undefined {
  try {
    return parseExpression(tokens, plusMinus);
  } catch (cause) {
    if (cause instanceof NotMath) return undefined;
    throw cause;
  }
}

function scaled(expression: MathExpression, factor: Rational | undefined): MathExpression {
  if (factor === undefined) throw new NotMath();
  if (isWhole(factor) && factor.numerator === 1n) return expression;
  return { kind: "product", factors: [expression, numberExpression(factor)] };
}
