import type { MathExpression } from "./_math_expression.ts";
import {
  addRationals,
  divideRationals,
  isSameRational,
  isWhole,
  multiplyRationals,
  powerOfRational,
  type Rational,
  whole,
} from "./_rational.ts";

/** Coefficient by monomial; a monomial is written as its variables in order, `x^2*y^1`, and `""` for the constant. */
export type Polynomial = ReadonlyMap<string, Rational>;

/** A quotient of polynomials: the normal form of formulas without roots and functions. */
export interface RationalFunction {
  readonly over: Polynomial;
  readonly under: Polynomial;
}

const TERMS_MAX = 120;
const DEGREE_MAX = 64;
const ONE: Polynomial = new Map([["", whole(1)]]);

/** The normal form; `undefined` for what has none, such as a root, a function, or more than 120 terms. */
export function rationalFunctionOf(expression: MathExpression): RationalFunction | undefined {
  switch (expression.kind) {
    case "number":
      return { over: constant(expression.value), under: ONE };
    case "symbol":
      return { over: new Map([[`${expression.name}^1`, whole(1)]]), under: ONE };
    case "sum":
      return foldParts(expression.terms, addFunctions);
    case "product":
      return foldParts(expression.factors, multiplyFunctions);
    case "quotient": {
      const [over, under] = [rationalFunctionOf(expression.over), rationalFunctionOf(expression.under)];
      if (over === undefined || under === undefined || under.over.size === 0) return undefined;
      return multiplyFunctions(over, { over: under.under, under: under.over });
    }
    case "power":
      return powerOf(expression.base, expression.exponent);
    case "apply":
      return appliedTo(expression.name, expression.argument);
  }
}

/** Whether two normal forms are the same function; `undefined` when that takes too many terms. */
export function isSameFunction(a: RationalFunction, b: RationalFunction): boolean | undefined {
  const [left, right] = [multiply(a.over, b.under), multiply(b.over, a.under)];
  return left === undefined || right === undefined ? undefined : isSamePolynomial(left, right);
}

/** Whether one polynomial is a multiple of the other by a number that is not zero, or positive where that is asked for. */
export function isMultiple(
  a: Polynomial,
  b: Polynomial,
  { isPositive }: { readonly isPositive: boolean },
): boolean {
  if (a.size !== b.size) return false;
  let ratio: Rational | undefined;
  for (const [monomial, coefficient] of a) {
    const other = b.get(monomial);
    const found = other && divideRationals(coefficient, other);
    if (found === undefined || (isPositive && found.numerator < 0n)) return false;
    ratio ??= found;
    if (!isSameRational(ratio, found)) return false;
  }
  return true;
}

/** The number that a normal form is, when it is one. */
export function constantOf({ over, under }: RationalFunction): Rational | undefined {
  const [top, bottom] = [numberOf(over), numberOf(under)];
  return top && bottom && divideRationals(top, bottom);
}

function numberOf(polynomial: Polynomial): Rational | undefined {
  if (polynomial.size === 0) return whole(0);
  return polynomial.size === 1 ? polynomial.get("") : undefined;
}

function constant(value: Rational): Polynomial {
  return value.numerator === 0n ? new Map() : new Map([["", value]]);
}

type Fold = (a: RationalFunction, b: RationalFunction) => RationalFunction | undefined;

function foldParts(parts: readonly MathExpression[], fold: Fold): RationalFunction | undefined {
  let result: RationalFunction | undefined;
  for (const [index, part] of parts.entries()) {
    const next = rationalFunctionOf(part);
    if (next === undefined) return undefined;
    result = index === 0 ? next : fold(result!, next);
    if (result === undefined) return undefined;
  }
  return result;
}

function addFunctions(a: RationalFunction, b: RationalFunction): RationalFunction | undefined {
  if (isSamePolynomial(a.under, b.under)) {
    const over = add(a.over, b.over);
    return over && { over, under: a.under };
  }
  const [left, right] = [multiply(a.over, b.under), multiply(b.over, a.under)];
  const [over, under] = [left && right && add(left, right), multiply(a.under, b.under)];
  return over && under && { over, under };
}

function multiplyFunctions(a: RationalFunction, b: RationalFunction): RationalFunction | undefined {
  const [over, under] = [multiply(a.over, b.over), multiply(a.under, b.under)];
  return over && under && { over, under };
}

function powerOf(base: MathExpression, exponent: MathExpression): RationalFunction | undefined {
  const [inner, power] = [rationalFunctionOf(base), rationalFunctionOf(exponent)];
  const size = power && constantOf(power);
  if (inner === undefined || size === undefined) return undefined;
  const number = constantOf(inner);
  if (number !== undefined) {
    const result = powerOfNumber(number, size);
    return result && { over: constant(result), under: ONE };
  }
  const times = size.numerator < 0n ? -size.numerator : size.numerator;
  if (!isWhole(size) || times > BigInt(DEGREE_MAX)) return undefined;
  let result: RationalFunction | undefined = { over: ONE, under: ONE };
  for (let index = 0n; index < times && result !== undefined; index++) {
    result = multiplyFunctions(result, inner);
  }
  if (result === undefined || size.numerator >= 0n) return result;
  return result.over.size === 0 ? undefined : { over: result.under, under: result.over };
}

/** A power of a number, where it is a fraction again: `27^(2/3)` is 9. */
function powerOfNumber(number: Rational, power: Rational): Rational | undefined {
  if (isWhole(power)) {
    return number.numerator === 0n && power.numerator <= 0n
      ? undefined
      : powerOfRational(number, power.numerator);
  }
  const [top, bottom] = [
    rootOf(number.numerator, power.denominator),
    rootOf(number.denominator, power.denominator),
  ];
  if (top === undefined || bottom === undefined) return undefined;
  if (top === 0n && power.numerator < 0n) return undefined;
  return powerOfRational({ numerator: top, denominator: bottom }, power.numerator);
}

/** The whole root of a number, where there is one; odd roots of negative numbers are negative. */
function rootOf(value: bigint, degree: bigint): bigint | undefined {
  if (degree > 64n) return undefined;
  if (value < 0n) {
    const root = degree % 2n === 1n ? rootOf(-value, degree) : undefined;
    return root === undefined ? undefined : -root;
  }
  let [low, high] = [0n, 1n << (BigInt(value.toString(2).length) / degree + 1n)];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** degree <= value) low = middle;
    else high = middle - 1n;
  }
  return low ** degree === value ? low : undefined;
}

function appliedTo(name: string, argument: MathExpression): RationalFunction | undefined {
  const inner = rationalFunctionOf(argument);
  const number = inner && constantOf(inner);
  if (number === undefined) return undefined;
  const result = valueOfFunction(name, number);
  return result && { over: constant(result), under: ONE };
}

function valueOfFunction(name: string, value: Rational): Rational | undefined {
  const { numerator, denominator } = value;
  const floor = numerator / denominator - (numerator < 0n && numerator % denominator !== 0n ? 1n : 0n);
  switch (name) {
    case "abs":
      return { numerator: numerator < 0n ? -numerator : numerator, denominator };
    case "floor":
      return whole(floor);
    case "ceil":
      return whole(isWhole(value) ? floor : floor + 1n);
    case "factorial":
      return isWhole(value) && numerator >= 0n && numerator <= 170n ? whole(factorial(numerator)) : undefined;
    case "sin":
    case "tan":
      return numerator === 0n ? whole(0) : undefined;
    case "cos":
    case "exp":
      return numerator === 0n ? whole(1) : undefined;
    case "ln":
      return numerator === denominator ? whole(0) : undefined;
    default:
      return undefined;
  }
}

function factorial(n: bigint): bigint {
  let result = 1n;
  for (let factor = 2n; factor <= n; factor++) result *= factor;
  return result;
}

function add(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const sum = new Map(a);
  for (const [monomial, coefficient] of b) {
    if (!addTerm(sum, monomial, coefficient)) return undefined;
  }
  return sum;
}

function addTerm(sum: Map<string, Rational>, monomial: string, coefficient: Rational): boolean {
  const before = sum.get(monomial);
  const after = before === undefined ? coefficient : addRationals(before, coefficient);
  if (after === undefined) return false;
  if (after.numerator === 0n) sum.delete(monomial);
  else sum.set(monomial, after);
  return sum.size <= TERMS_MAX;
}

function multiply(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const product = new Map<string, Rational>();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const monomial = multiplyMonomials(left, right);
      const coefficient = multiplyRationals(x, y);
      if (monomial === undefined || coefficient === undefined) return undefined;
      const { numerator, denominator } = coefficient;
      const signed = { numerator: monomial.sign * numerator, denominator };
      if (!addTerm(product, monomial.text, signed)) return undefined;
    }
  }
  return product;
}

/** `i` times `i` is -1. */
function multiplyMonomials(
  a: string,
  b: string,
): { readonly text: string; readonly sign: bigint } | undefined {
  if (a === "" || b === "") return { text: a + b, sign: 1n };
  const powers = new Map<string, number>();
  for (const part of [...a.split("*"), ...b.split("*")]) {
    const at = part.lastIndexOf("^");
    const name = part.slice(0, at);
    powers.set(name, (powers.get(name) ?? 0) + Number(part.slice(at + 1)));
  }
  const imaginary = powers.get("i") ?? 0;
  if (imaginary % 2 === 0) powers.delete("i");
  else powers.set("i", 1);
  if ([...powers.values()].some((power) => power > DEGREE_MAX)) return undefined;
  const text = [...powers].sort(([x], [y]) => x < y ? -1 : 1).map(([name, power]) => `${name}^${power}`).join(
    "*",
  );
  return { text, sign: imaginary % 4 >= 2 ? -1n : 1n };
}

function isSamePolynomial(a: Polynomial, b: Polynomial): boolean {
  if (a.size !== b.size) return false;
  return a.entries().every(([monomial, coefficient]) => {
    const other = b.get(monomial);
    return other !== undefined && isSameRational(coefficient, other);
  });
}
