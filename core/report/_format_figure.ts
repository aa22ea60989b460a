const DIGITS_MIN = 4;
const DIGITS_MAX = 17;
const P_MIN = 0.0001;

/** As few digits as tell the value from each limit: 0.99899999 against a limit of 0.999 is not shown as 0.999. */
export function formatFigure(value: number, limits: readonly number[] = []): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = DIGITS_MIN; digits < DIGITS_MAX; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (limits.every((limit) => Math.sign(rounded - limit) === Math.sign(value - limit))) {
      return String(rounded);
    }
  }
  return String(value);
}

/** A probability as text, such as `p = 0.013`, told from the level that it is held against. */
export function formatP(p: number, alpha: number): string {
  return p < P_MIN
    ? `p < ${P_MIN}`
    : `p = ${formatFigure(Number(p.toPrecision(2)) === alpha ? p : Number(p.toPrecision(2)))}`;
}

/** A number of things, with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
