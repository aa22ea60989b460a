import type { MathExpression } from "./_math_expression.ts";
import { agreeAtPoints } from "./_math_points.ts";
import { constantOf, isSameFunction, rationalFunctionOf } from "./_math_polynomial.ts";
import { isSameRational, isWhole, toFloat } from "./_rational.ts";

/** For values that are given exactly, but of which only a double can be worked out. */
const EXACT_TOLERANCE = 1e-10;

/**
 * Whether two formulas are equal: whole numbers and exact fractions when they are the same, polynomials and their quotients
 * when their normal forms are; what is written with a decimal point, and what has roots or functions, by value within the
 * tolerance, at seeded points where there are variables.
 */
export function isSameExpression(a: MathExpression, b: MathExpression, tolerance: number): boolean {
  const [left, right] = [rationalFunctionOf(a), rationalFunctionOf(b)];
  const isRounded = hasDecimal(a) || hasDecimal(b);
  if (left !== undefined && right !== undefined) {
    const [x, y] = [constantOf(left), constantOf(right)];
    if (x !== undefined && y !== undefined) {
      if (isSameRational(x, y)) return true;
      if (!isRounded || (isWhole(x) && isWhole(y))) return false;
      return isNear(toFloat(x), toFloat(y), tolerance);
    }
    const isSame = isSameFunction(left, right);
    if (isSame === true) return true;
    if (isSame === false && !isRounded && !hasEuler(a) && !hasEuler(b)) return false;
  }
  if (structureOf(a) === structureOf(b)) return true;
  const used = isRounded ? tolerance : Math.min(tolerance, EXACT_TOLERANCE);
  return agreeAtPoints(a, b, (x, y) => isNear(x, y, used));
}

/** A text that formulas share which are written alike; it decides where there is no value to compare, as with `n!`. */
function structureOf(expression: MathExpression): string {
  switch (expression.kind) {
    case "number":
      return `${expression.value.numerator}/${expression.value.denominator}`;
    case "symbol":
      return expression.name;
    default: {
      const name = expression.kind === "apply" ? expression.name : expression.kind;
      return `${name}(${partsOf(expression).map(structureOf).join(",")})`;
    }
  }
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Whether a number in it may be rounded. */
function hasDecimal(expression: MathExpression): boolean {
  return expression.kind === "number" ? expression.isDecimal : partsOf(expression).some(hasDecimal);
}

/** Whether `e` is in it, which may be a power of itself. */
function hasEuler(expression: MathExpression): boolean {
  return expression.kind === "symbol" ? expression.name === "e" : partsOf(expression).some(hasEuler);
}

function partsOf(expression: MathExpression): readonly MathExpression[] {
  switch (expression.kind) {
    case "number":
    case "symbol":
      return [];
    case "sum":
      return expression.terms;
    case "product":
      return expression.factors;
    case "quotient":
      return [expression.over, expression.under];
    case "power":
      return [expression.base, expression.exponent];
    case "apply":
      return [expression.argument];
  }
}
