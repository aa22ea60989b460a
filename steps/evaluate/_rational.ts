/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Numbers beyond this are not worked out: the operation gives `undefined`. */
const BITS_MAX = 16_384;
const LIMIT = 1n << BigInt(BITS_MAX);
const EXPONENT_MAX = 4096n;
/** Digits that a double can hold, and some to spare. */
const FLOAT_BITS = 1000n;

/** A fraction in lowest terms; `undefined` for a denominator of zero and for numbers that are too large. */
export function rational(numerator: bigint, denominator: bigint = 1n): Rational | undefined {
  if (denominator === 0n || isTooLarge(numerator) || isTooLarge(denominator)) return undefined;
  const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** A whole number. */
export function whole(value: bigint | number): Rational {
  return { numerator: BigInt(value), denominator: 1n };
}

/** The sum of two fractions. */
export function addRationals(a: Rational, b: Rational): Rational | undefined {
  return rational(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );
}

/** The product of two fractions. */
export function multiplyRationals(a: Rational, b: Rational): Rational | undefined {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** The quotient of two fractions. */
export function divideRationals(a: Rational, b: Rational): Rational | undefined {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** A whole power of a fraction; `undefined` when it is too large or not defined. */
export function powerOfRational(
  { numerator, denominator }: Rational,
  exponent: bigint,
): Rational | undefined {
  const size = exponent < 0n ? -exponent : exponent;
  const bits = BigInt(Math.max(bitLength(numerator), bitLength(denominator)));
  if (size > EXPONENT_MAX || size * bits > BigInt(BITS_MAX)) return undefined;
  const [top, bottom] = [numerator ** size, denominator ** size];
  return exponent < 0n ? rational(bottom, top) : rational(top, bottom);
}

/** Whether two fractions are the same number. */
export function isSameRational(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** Whether a fraction is a whole number. */
export function isWhole({ denominator }: Rational): boolean {
  return denominator === 1n;
}

/** The nearest double, as far as a double reaches. */
export function toFloat({ numerator, denominator }: Rational): number {
  const [top, bottom] = [Number(numerator), Number(denominator)];
  if (Number.isFinite(top) && Number.isFinite(bottom)) return top / bottom;
  const shift = BigInt(Math.max(bitLength(numerator), bitLength(denominator))) - FLOAT_BITS;
  return Number(numerator >> shift) / Number(denominator >> shift);
}

function isTooLarge(value: bigint): boolean {
  return value > LIMIT || value < -LIMIT;
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger === 0n ? 1n : larger;
}
