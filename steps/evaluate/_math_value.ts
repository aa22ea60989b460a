/** What an answer stands for, as far as it is understood; the place for more kinds of values. */
export type MathValue = MathNumber | MathText;

/** A number. */
export interface MathNumber {
  readonly kind: "number";
  readonly value: number;
  /** The value as a whole number of any size, when it is written as one. */
  readonly whole?: bigint;
  /** Whether a percent sign follows: `50%` is as good as `50`, and as good as `0.5`. */
  readonly isPercent: boolean;
}

/** Anything else: equal when the words are. */
export interface MathText {
  readonly kind: "text";
  readonly text: string;
}

const SCALES: Readonly<Record<string, number>> = {
  hundred: 1e2,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};
const DIGITS = "(?:\\d{1,3}(?:[, _]\\d{3})+(?!\\d)|\\d+)(?:\\.\\d*)?|\\.\\d+";
/** Sign, whole part of a mixed number, numerator, denominator or exponent, percent sign, scale, and a unit without digits. */
const NUMBER = new RegExp(
  `^([-+]?)(?:(\\d+) (?=\\d+/))?(${DIGITS})(?:/(${DIGITS})|[eE]([-+]?\\d+))?(%?)` +
    `(?: ?(${Object.keys(SCALES).join("|")})\\b)?(?: ?percent\\b)?(?:[^\\d/^*=+]*|[^\\d/^*=+]*\\^[23])$`,
  "i",
);

/** Reads an answer: text of any kind, mostly a number with separators, currency, fraction, percent sign or unit. */
export function readMathValue(answer: string): MathValue {
  const text = simplify(answer);
  return readNumber(text) ?? { kind: "text", text: text.toLowerCase() };
}

/**
 * Whether two values are equal. Whole numbers must be the same; for others the relative difference, for values below 1
 * the absolute one, may be up to the tolerance.
 */
export function isSameMathValue(a: MathValue, b: MathValue, tolerance: number): boolean {
  if (a.kind === "text" || b.kind === "text") {
    return a.kind === "text" && b.kind === "text" && a.text !== "" && a.text === b.text;
  }
  if (a.whole !== undefined && b.whole !== undefined && a.isPercent === b.isPercent) {
    return a.whole === b.whole;
  }
  if (isNear(a.value, b.value, tolerance)) return true;
  if (a.isPercent === b.isPercent) return false;
  return isNear(a.isPercent ? a.value / 100 : a.value, b.isPercent ? b.value / 100 : b.value, tolerance);
}

function isNear(a: number, b: number, tolerance: number): boolean {
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a === b;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Takes away what is around a value: markup, currency, a name with an equals sign, the full stop. */
function simplify(answer: string): string {
  return answer
    .replaceAll(/(?<=\d)(?=[¼-¾⅐-⅞])/g, " ")
    .replaceAll("²", "^2")
    .replaceAll("³", "^3")
    .normalize("NFKC")
    .replaceAll(/[−–]/g, "-")
    .replaceAll(/\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}/g, " $1/$2")
    .replaceAll(/\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}/g, " $1 ")
    .replaceAll(/\{,\}|\\[,!;]/g, ",")
    .replaceAll(/\\[%$]/g, (escaped) => escaped[1]!)
    .replaceAll(/[$€£¥*`]|\\\(|\\\)|\\\[|\\\]|\b(?:USD|EUR|GBP)\b/g, "")
    .replaceAll("⁄", "/")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/^(?:[a-z]|the (?:final )?answer) ?(?:=|is:?) ?/i, "")
    .replace(/[.,;:!]+$/, "")
    .replace(/^([-+]) /, "$1")
    .replaceAll(/ ?\/ ?/g, "/")
    .replace(/^([-+]?)\((.*)\)$/, "$1$2")
    .replace(/^\{(.*)\}$/, "$1")
    .trim();
}

function readNumber(text: string): MathNumber | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, mixed = "0", digits, denominator, exponent = "0", percent, scale = ""] = match;
  const below = denominator === undefined ? 1 : plain(denominator);
  if (below === 0) return undefined;
  const size = (Number(mixed) + plain(digits!) / below) * 10 ** Number(exponent) *
    (SCALES[scale.toLowerCase()] ?? 1);
  const value = sign === "-" ? -size : size;
  const isPercent = percent === "%" || /\bpercent\b/i.test(text);
  const written = digits!.replaceAll(/[, _]/g, "");
  const isWhole = /^\d+$/.test(written) && denominator === undefined && exponent === "0" && scale === "";
  return isWhole
    ? { kind: "number", value, isPercent, whole: BigInt(sign === "-" ? `-${written}` : written) }
    : { kind: "number", value, isPercent };
}

function plain(digits: string): number {
  return Number(digits.replaceAll(/[, _]/g, ""));
}
