/** Half the width of the interval in which quantiles are looked for; beyond it the tail is 0 as a double. */
const Z_MAX = 40;
const BISECTIONS = 200;
const FRACTION_TERMS_MAX = 500;
const FRACTION_PRECISION = 1e-15;
const TINY = 1e-300;

/**
 * The share of a standard normal distribution below `z`, to about 15 digits.
 *
 * Source: J. F. Hart, Computer Approximations (1968), in the form of G. West, Better approximations to cumulative
 * normal functions (2005).
 */
export function normalCdf(z: number): number {
  const tail = upperTail(Math.abs(z));
  return z > 0 ? 1 - tail : tail;
}

const NUMERATOR = [
  3.52624965998911e-2,
  0.700383064443688,
  6.37396220353165,
  33.912866078383,
  112.079291497871,
  221.213596169931,
  220.206867912376,
];
const DENOMINATOR = [
  8.83883476483184e-2,
  1.75566716318264,
  16.064177579207,
  86.7807322029461,
  296.564248779674,
  637.333633378831,
  793.826512519948,
  440.413735824752,
];

function upperTail(z: number): number {
  if (z > Z_MAX) return 0;
  const density = Math.exp(-z * z / 2);
  if (z < Math.SQRT2 * 5) return density * polynomial(NUMERATOR, z) / polynomial(DENOMINATOR, z);
  let fraction = z + 0.65;
  for (let term = 4; term > 0; term--) fraction = z + term / fraction;
  return density / fraction / Math.sqrt(2 * Math.PI);
}

function polynomial(coefficients: readonly number[], at: number): number {
  return coefficients.reduce((sum, coefficient) => sum * at + coefficient, 0);
}

/** The value below which the share `p` of a standard normal distribution lies. @throws {RangeError} unless 0 < p < 1 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`A quantile is of a share between 0 and 1, found ${p}`);
  let [low, high] = [-Z_MAX, Z_MAX];
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of a Student t distribution below `t`; `df`, its degrees of freedom, may be a fraction. */
export function studentCdf(t: number, df: number): number {
  const tail = regularizedBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** How likely at most `k` of `n` trials succeed, each with the probability `p`. */
export function binomialCdf(k: number, { n, p }: { readonly n: number; readonly p: number }): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularizedBeta(1 - p, n - k, k + 1);
}

/** Sizes of a draw without return. */
export interface Hypergeometric {
  /** Items in all. */
  readonly population: number;
  /** Marked items among them. */
  readonly marked: number;
  /** Items that are drawn. */
  readonly drawn: number;
}

/** How likely at most `k` of the drawn items are marked ones. */
export function hypergeometricCdf(k: number, { population, marked, drawn }: Hypergeometric): number {
  const all = logChoose(population, drawn);
  let sum = 0;
  for (let found = Math.max(0, drawn + marked - population); found <= Math.min(k, marked, drawn); found++) {
    sum += Math.exp(logChoose(marked, found) + logChoose(population - marked, drawn - found) - all);
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

const LANCZOS = [
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Logarithm of the gamma function of a positive number. Source: C. Lanczos (1964), with g = 7 and nine terms. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x + 6.5;
  const series = LANCZOS.reduce((sum, term, index) => sum + term / (x + index), 0.99999999999980993);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series);
}

/** The incomplete beta function, as a share of the whole. Source: W. Lentz (1976), on its continued fraction. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return front * betaFraction(x, a, b) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number) => Math.abs(value) < TINY ? TINY : value;
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let result = d;
  for (let m = 1; m <= FRACTION_TERMS_MAX; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < FRACTION_PRECISION) break;
  }
  return result;
}
