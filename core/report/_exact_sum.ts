/** Every finite double is a whole multiple of 2 to the power of -1074. */
const SCALE_BITS = 1074n;
const QUOTIENT_BITS = 66;

/**
 * A sum of doubles without any rounding, so that the order of additions cannot show: whole numbers are added as such,
 * everything else in fixed point over the whole range of doubles.
 */
export class ExactSum {
  #integers = 0;
  /** In units of 2^-1074. */
  #scaled = 0n;

  /** Adds a finite number. */
  add(value: number): void {
    const sum = this.#integers + value;
    if (Number.isSafeInteger(value) && Number.isSafeInteger(sum)) this.#integers = sum;
    else this.#scaled += scaledBits(value);
  }

  /** Adds what another sum holds. */
  merge(other: ExactSum): void {
    this.#scaled += other.#total();
  }

  /** The sum over `count`, rounded once, to the nearest double. */
  mean(count: number): number {
    return nearestQuotient(this.#total(), BigInt(count) << SCALE_BITS);
  }

  #total(): bigint {
    return this.#scaled + (BigInt(this.#integers) << SCALE_BITS);
  }
}

const view = new DataView(new ArrayBuffer(8));

function scaledBits(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`Cannot sum a number that is not finite: ${value}`);
  view.setFloat64(0, Math.abs(value));
  const exponent = view.getUint16(0) >> 4;
  const fraction = view.getBigUint64(0) & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0 ? fraction : (fraction | 0x10_0000_0000_0000n) << BigInt(exponent - 1);
  return value < 0 ? -magnitude : magnitude;
}

/** The double that is nearest to a fraction with a positive denominator. */
function nearestQuotient(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -nearestQuotient(-numerator, denominator);
  if (numerator === 0n) return 0;
  const shift = QUOTIENT_BITS - (bitLength(numerator) - bitLength(denominator));
  const dividend = shift > 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift > 0 ? denominator : denominator << BigInt(-shift);
  const quotient = dividend / divisor;
  // The last bit stands for all that was cut off, so that a tie is told from what is only close to one.
  const sticky = dividend % divisor === 0n ? quotient : quotient | 1n;
  const half = Math.trunc(shift / 2);
  return Number(sticky) * 2 ** -half * 2 ** -(shift - half);
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * (hex.length - 1) + 32 - Math.clz32(Number.parseInt(hex[0]!, 16));
}
