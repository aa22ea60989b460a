import type { MathExpression, MathFunction } from "./_math_expression.ts";
import { toFloat } from "./_rational.ts";

const POINTS = 16;
const POINTS_MIN = 4;

const FLOAT_FUNCTIONS: Readonly<Record<MathFunction, (x: number) => number>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  cot: (x) => 1 / Math.tan(x),
  sec: (x) => 1 / Math.cos(x),
  csc: (x) => 1 / Math.sin(x),
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  ln: Math.log,
  exp: Math.exp,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  factorial: floatFactorial,
};

/** The value of a formula where its variables have these values; NaN where it has none, or a complex one. */
export function valueAt(expression: MathExpression, variables: ReadonlyMap<string, number>): number {
  switch (expression.kind) {
    case "number":
      return toFloat(expression.value);
    case "symbol":
      return constantValue(expression.name) ?? variables.get(expression.name) ?? NaN;
    case "sum":
      return expression.terms.reduce((sum, term) => sum + valueAt(term, variables), 0);
    case "product":
      return expression.factors.reduce((product, factor) => product * valueAt(factor, variables), 1);
    case "quotient":
      return valueAt(expression.over, variables) / valueAt(expression.under, variables);
    case "power":
      return realPower(valueAt(expression.base, variables), valueAt(expression.exponent, variables));
    case "apply":
      return FLOAT_FUNCTIONS[expression.name](valueAt(expression.argument, variables));
  }
}

/** The variables of formulas, in order of their names. */
export function variablesOf(...expressions: readonly MathExpression[]): readonly string[] {
  const names = new Set<string>();
  for (const expression of expressions) collectVariables(expression, names);
  return [...names].sort();
}

/**
 * Whether two formulas have the same values, by `isNear`, at 16 points that the names of the variables decide, or at those
 * of them where both are defined, four at least.
 */
export function agreeAtPoints(
  a: MathExpression,
  b: MathExpression,
  isNear: (x: number, y: number) => boolean,
): boolean {
  const names = variablesOf(a, b);
  if (names.includes("i")) return false;
  let compared = 0;
  for (const point of pointsOf(names)) {
    const [x, y] = [valueAt(a, point), valueAt(b, point)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    if (!isNear(x, y)) return false;
    compared++;
  }
  return compared >= (names.length === 0 ? 1 : POINTS_MIN);
}

/** Points away from zero and from each other; half of them have negative values too. */
export function* pointsOf(names: readonly string[]): Generator<ReadonlyMap<string, number>> {
  const count = names.length === 0 ? 1 : POINTS;
  for (let point = 0; point < count; point++) {
    const values = names.map((name, place): readonly [string, number] => {
      const share = ((point + 1) * 0.6180339887498949 + (place + 1) * 0.7548776662466927) % 1;
      const value = 0.3 + 2.9 * share;
      return [name, point % 2 === 1 && (point + place) % 4 !== 0 ? -value : value];
    });
    yield new Map(values);
  }
}

function constantValue(name: string): number | undefined {
  if (name === "pi") return Math.PI;
  return name === "e" ? Math.E : undefined;
}

function realPower(base: number, exponent: number): number {
  if (base >= 0 || Number.isInteger(exponent)) return base ** exponent;
  const degree = Math.round(1 / exponent);
  const isOddRoot = Math.abs(1 / exponent - degree) < 1e-12 && Math.abs(degree % 2) === 1;
  return isOddRoot ? -((-base) ** exponent) : NaN;
}

function floatFactorial(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 170) return NaN;
  let result = 1;
  for (let factor = 2; factor <= n; factor++) result *= factor;
  return result;
}

function collectVariables(expression: MathExpression, names: Set<string>): void {
  switch (expression.kind) {
    case "number":
      return;
    case "symbol":
      if (constantValue(expression.name) === undefined) names.add(expression.name);
      return;
    case "sum":
      for (const term of expression.terms) collectVariables(term, names);
      return;
    case "product":
      for (const factor of expression.factors) collectVariables(factor, names);
      return;
    case "quotient":
      collectVariables(expression.over, names);
      return collectVariables(expression.under, names);
    case "power":
      collectVariables(expression.base, names);
      return collectVariables(expression.exponent, names);
    case "apply":
      return collectVariables(expression.argument, names);
  }
}
