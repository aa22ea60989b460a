import { type MathExpression, negated, numberExpression } from "./_math_expression.ts";
import { isSameExpression } from "./_math_numbers.ts";
import { agreeAtPoints, pointsOf, valueAt, variablesOf } from "./_math_points.ts";
import { isMultiple, rationalFunctionOf } from "./_math_polynomial.ts";
import { isSameDimension, type Unit } from "./_math_units.ts";
import type { MathQuantity, MathRelation, MathValue } from "./_math_value.ts";
import { type Rational, whole } from "./_rational.ts";

/** How two answers are compared. */
export interface MathRules {
  /** Difference that two numbers may have, relative above 1, when one of them has a decimal point. */
  readonly tolerance: number;
  /** Whether a unit counts where the other answer has none. */
  readonly units: "if_both" | "always" | "never";
}

type List = Extract<MathValue, { readonly kind: "list" }>;
type Assignment = Extract<MathValue, { readonly kind: "assignment" }>;

/** Whether two answers stand for the same; an empty text equals nothing. */
export function isSameMathValue(a: MathValue, b: MathValue, rules: MathRules): boolean {
  if (a.kind === "assignment" || b.kind === "assignment") return isSameAssignment(a, b, rules);
  if (a.kind === "set" || b.kind === "set") return isSameSet(itemsOf(a), itemsOf(b), rules);
  if (a.kind === "text" || b.kind === "text") {
    return a.kind === "text" && b.kind === "text" && a.text !== "" && a.text === b.text;
  }
  if (a.kind === "matrix" && b.kind === "matrix") return isSameMatrix(a.rows, b.rows, rules);
  if (a.kind === "relation" && b.kind === "relation") return isSameRelation(a, b, rules.tolerance);
  if (a.kind === "quantity" && b.kind === "quantity") return isSameQuantity(a, b, rules);
  const [left, right] = [listOf(a), listOf(b)];
  return left !== undefined && right !== undefined && isSameList(left, right, rules);
}

/** `x = 5` is as good as `5`, but not as `y = 5`. */
function isSameAssignment(a: MathValue, b: MathValue, rules: MathRules): boolean {
  if (a.kind === "assignment" && b.kind === "assignment") {
    if (isSameName(a.name, b.name)) return isSameMathValue(a.value, b.value, rules);
    const [left, right] = [relationOf(a), relationOf(b)];
    const isRelation = left !== undefined && right !== undefined &&
      variablesOf(left.left, left.right).length > 1;
    return isRelation && isSameRelation(left, right, rules.tolerance);
  }
  const [assignment, other] = a.kind === "assignment" ? [a, b] : [b as Assignment, a];
  if (other.kind !== "relation") return isSameMathValue(assignment.value, other, rules);
  const relation = relationOf(assignment);
  return relation !== undefined && isSameRelation(relation, other, rules.tolerance);
}

/** The name of a function may be `y` elsewhere, and a name in words is no variable. */
function isSameName(a: string, b: string): boolean {
  const isFree = (name: string) => name === "y" || name.includes("(");
  return a.toLowerCase() === b.toLowerCase() || a.length > 3 && !a.includes("(") && !a.includes("_") ||
    b.length > 3 && !b.includes("(") && !b.includes("_") || (isFree(a) && isFree(b));
}

function relationOf({ name, value }: Assignment): MathRelation | undefined {
  if (value.kind !== "quantity" || name.length > 1 && !name.includes("_")) return undefined;
  return { kind: "relation", operator: "=", left: { kind: "symbol", name }, right: value.expression };
}

function itemsOf(value: MathValue): readonly MathValue[] {
  return value.kind === "set" ? value.items : [value];
}

function isSameSet(a: readonly MathValue[], b: readonly MathValue[], rules: MathRules): boolean {
  const [left, right] = [distinct(a, rules), distinct(b, rules)];
  if (left.length !== right.length) return false;
  const open = [...right];
  return left.every((value) => {
    const place = open.findIndex((other) => isSameMathValue(value, other, rules));
    if (place !== -1) open.splice(place, 1);
    return place !== -1;
  });
}

function distinct(values: readonly MathValue[], rules: MathRules): readonly MathValue[] {
  const kept: MathValue[] = [];
  for (const value of values) {
    if (!kept.some((other) => isSameMathValue(value, other, rules))) kept.push(value);
  }
  return kept;
}

function listOf(value: MathValue): List | undefined {
  if (value.kind === "list") return value;
  if (value.kind !== "matrix") return undefined;
  const { rows } = value;
  const isColumn = rows.every((row) => row.length === 1);
  if (!isColumn && rows.length !== 1) return undefined;
  return { kind: "list", items: isColumn ? rows.map((row) => row[0]!) : rows[0]!, open: "⟨", close: "⟩" };
}

/** Of two elements the brackets count, since they may be the ends of an interval. */
function isSameList(a: List, b: List, rules: MathRules): boolean {
  if (a.items.length !== b.items.length) return false;
  const isVector = a.open === "⟨" || b.open === "⟨" || a.items.length !== 2;
  if (!isVector && (a.open !== b.open || a.close !== b.close)) return false;
  return a.items.every((item, index) => isSameMathValue(item, b.items[index]!, rules));
}

function isSameMatrix(
  a: readonly (readonly MathValue[])[],
  b: readonly (readonly MathValue[])[],
  rules: MathRules,
): boolean {
  return a.length === b.length && a.every((row, at) => {
    const other = b[at]!;
    return row.length === other.length &&
      row.every((item, place) => isSameMathValue(item, other[place]!, rules));
  });
}

/** Equations are equal when one is a multiple of the other, inequalities when it is a positive multiple. */
function isSameRelation(a: MathRelation, b: MathRelation, tolerance: number): boolean {
  if (a.operator !== b.operator) return false;
  const isPositive = a.operator !== "=" && a.operator !== "≠";
  const [left, right] = [differenceOf(a), differenceOf(b)];
  const [x, y] = [rationalFunctionOf(left), rationalFunctionOf(right)];
  if (x !== undefined && y !== undefined) return isMultiple(x.over, y.over, { isPositive });
  const ratio = ratioOf(left, right);
  if (ratio === undefined || (isPositive && ratio < 0)) return false;
  return agreeAtPoints(
    left,
    right,
    (p, q) => Math.abs(p - ratio * q) <= tolerance * Math.max(1, Math.abs(p)),
  );
}

function differenceOf({ left, right }: MathRelation): MathExpression {
  return { kind: "sum", terms: [left, negated(right)] };
}

/** By how much one formula is larger than the other, at the first point where both have a value. */
function ratioOf(a: MathExpression, b: MathExpression): number | undefined {
  for (const point of pointsOf(variablesOf(a, b))) {
    const ratio = valueAt(a, point) / valueAt(b, point);
    if (Number.isFinite(ratio) && ratio !== 0) return ratio;
  }
  return undefined;
}

function isSameQuantity(a: MathQuantity, b: MathQuantity, rules: MathRules): boolean {
  if (isSameAmount(a, b, rules)) return true;
  const [formula, other] = [a.formula ?? a.expression, b.formula ?? b.expression];
  if (a.formula === undefined && b.formula === undefined) return false;
  return variablesOf(formula).length > 0 && variablesOf(other).length > 0 &&
    isSameExpression(formula, other, rules.tolerance);
}

function isSameAmount(a: MathQuantity, b: MathQuantity, rules: MathRules): boolean {
  const { tolerance } = rules;
  if ((a.numeral === undefined) !== (b.numeral === undefined)) {
    const [numeral, plain] = a.numeral === undefined ? [b, a] : [a, b];
    return isSameExpression(numberExpression(whole(numeral.numeral!.digits)), plain.expression, tolerance);
  }
  if (a.unit !== undefined && b.unit !== undefined && rules.units !== "never") {
    return isSameDimension(a.unit, b.unit) &&
      isSameExpression(inBaseUnit(a, a.unit), inBaseUnit(b, b.unit), tolerance);
  }
  const unit = a.unit ?? b.unit;
  if (unit !== undefined && a.unit !== b.unit && rules.units === "always") return false;
  if (isSameChoice(a, b) || isSameExpression(a.expression, b.expression, tolerance)) return true;
  if (unit?.dimension === "angle^1") return isSameInRadians(a, b, tolerance);
  if (a.isPercent === b.isPercent) return false;
  return isSameExpression(asShare(a), asShare(b), tolerance);
}

/** The letter of a choice, whatever its size. */
function isSameChoice({ expression: a }: MathQuantity, { expression: b }: MathQuantity): boolean {
  return a.kind === "symbol" && b.kind === "symbol" && a.name.toLowerCase() === b.name.toLowerCase();
}

function asShare({ expression, isPercent }: MathQuantity): MathExpression {
  return isPercent ? times(expression, { numerator: 1n, denominator: 100n }) : expression;
}

function inBaseUnit({ expression }: MathQuantity, { dimension, factor, offset }: Unit): MathExpression {
  const moved: MathExpression = offset === undefined
    ? expression
    : { kind: "sum", terms: [expression, numberExpression(offset)] };
  // A radian is no exact number of degrees.
  const isRounded = dimension.includes("angle") && factor.denominator !== 1n;
  return { kind: "product", factors: [moved, numberExpression(factor, isRounded)] };
}

/** Where one has degrees, and the other is a bare number: `90°` and `\pi/2`. */
function isSameInRadians(a: MathQuantity, b: MathQuantity, tolerance: number): boolean {
  const inRadians = ({ expression, unit }: MathQuantity): MathExpression =>
    unit === undefined ? expression : { kind: "product", factors: [times(expression, unit.factor), DEGREE] };
  return isSameExpression(inRadians(a), inRadians(b), tolerance);
}

const DEGREE: MathExpression = {
  kind: "quotient",
  over: { kind: "symbol", name: "pi" },
  under: numberExpression(whole(180)),
};

function times(expression: MathExpression, factor: Rational): MathExpression {
  return { kind: "product", factors: [expression, numberExpression(factor)] };
}
