import {
  addRationals,
  divideRationals,
  powerOfRational,
  type Rational,
  rational,
  whole,
} from "./_rational.ts";

/** A piece of a formula. */
export type MathToken =
  /** A number; `isDecimal` when it is written with a point, so that it may be rounded. */
  | {
    readonly kind: "number";
    readonly text: string;
    readonly value: Rational;
    readonly isDecimal: boolean;
    readonly glued: boolean;
  }
  /** A letter, a word, or a LaTeX command without its backslash. */
  | { readonly kind: "name"; readonly text: string; readonly isCommand: boolean; readonly glued: boolean }
  /** What stands in `\text{...}`. */
  | { readonly kind: "words"; readonly text: string; readonly glued: boolean }
  /** A sign or a bracket; `\{` and `\}` are `⦃` and `⦄`, `&` and `⏎` part the cells of a matrix. */
  | { readonly kind: "sign"; readonly text: string; readonly glued: boolean };

const TOKENS_MAX = 600;
/** Digits with separators; a point; digits; the repeating ones in LaTeX. */
const PLAIN = /(?:\d+(?:\.\d*)?|\.\d+)/y;
const GROUPED = /\d{1,3}(?:([, _])\d{3})(?:\1\d{3})*(?![\d])(?:\.\d*)?/y;
const REPEATING = /\\overline\s*\{(\d+)\}/y;
const EXPONENT = /[eE]([-+]?\d{1,4})(?![\d.a-zA-Z])/y;
const TEXT_COMMAND = /\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|hbox|mathsf)\s*\{([^{}]*)\}/y;
const COMMAND = /\\([a-zA-Z]+)/y;
const LETTERS = /[\p{L}][\p{L}\p{M}'’]*/uy;

/** Cuts a cleaned text into tokens; `undefined` when something in it is no mathematics, or there is too much of it. */
export function mathTokens(text: string): readonly MathToken[] | undefined {
  const tokens: MathToken[] = [];
  /** Whether each open bracket holds a list, in which a comma parts elements. */
  const lists: boolean[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    while (text[at] === " ") at++;
    if (at >= text.length) break;
    const glued = at === start && at > 0;
    const read = readNumber(text, at, lists.at(-1) ?? false) ?? readWord(text, at) ?? readSign(text, at);
    if (read === undefined || tokens.length >= TOKENS_MAX) return undefined;
    const { length, ...token } = read;
    followBrackets(lists, token, tokens.at(-1));
    tokens.push({ ...token, glued } as MathToken);
    at += length;
  }
  return tokens;
}

type Ungled<T> = T extends unknown ? Omit<T, "glued"> : never;
type Read = Ungled<MathToken> & { readonly length: number };

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, pattern.flags);
  sticky.lastIndex = at;
  return sticky.exec(text);
}

function readNumber(source: string, at: number, isInList: boolean): Read | undefined {
  const grouped = matchAt(GROUPED, source, at)?.[0];
  const isGrouped = grouped !== undefined && isSeparated(grouped, isInList);
  const written = isGrouped ? grouped : matchAt(PLAIN, source, at)?.[0];
  if (written === undefined) return undefined;
  const [before, after = ""] = written.replaceAll(/[, _]/g, "").split(".");
  const repeating = written.includes(".") ? matchAt(REPEATING, source, at + written.length) : null;
  let value = decimal(before!, after);
  let length = written.length;
  if (repeating !== null) {
    value = plusRepeating(value, after.length, repeating[1]!);
    length += repeating[0].length;
  }
  const exponent = matchAt(EXPONENT, source, at + length);
  if (exponent !== null && value !== undefined) {
    const power = powerOfRational(whole(10), BigInt(exponent[1]!));
    value = power && rational(value.numerator * power.numerator, value.denominator * power.denominator);
    length += exponent[0].length;
  }
  if (value === undefined) return undefined;
  const text = written.replaceAll(/[, _]/g, "");
  return { kind: "number", text, value, isDecimal: after !== "" && repeating === null, length };
}

/** In a list `1,234` are two elements, but `1,050` is one, as no element begins with a zero. */
function isSeparated(written: string, isInList: boolean): boolean {
  if (!isInList) return true;
  return written.includes(",") && written.split(",").slice(1).some((group) => group.startsWith("0"));
}

function decimal(before: string, after: string): Rational | undefined {
  if (before.length + after.length > 400) return undefined;
  return rational(BigInt(`${before}${after}` || "0"), 10n ** BigInt(after.length));
}

function plusRepeating(value: Rational | undefined, digits: number, period: string): Rational | undefined {
  if (value === undefined || period.length > 50) return undefined;
  const nines = whole(10n ** BigInt(digits) * (10n ** BigInt(period.length) - 1n));
  const rest = divideRationals(whole(BigInt(period)), nines);
  return rest && addRationals(value, rest);
}

function readWord(text: string, at: number): Read | undefined {
  const words = matchAt(TEXT_COMMAND, text, at);
  if (words !== null) return { kind: "words", text: words[1]!.trim(), length: words[0].length };
  const command = matchAt(COMMAND, text, at);
  if (command !== null) {
    return { kind: "name", text: command[1]!, isCommand: true, length: command[0].length };
  }
  const letters = matchAt(LETTERS, text, at)?.[0];
  return letters === undefined
    ? undefined
    : { kind: "name", text: letters, isCommand: false, length: letters.length };
}

function readSign(text: string, at: number): Read | undefined {
  const pair = text.slice(at, at + 2);
  if (pair === "\\{") return { kind: "sign", text: "⦃", length: 2 };
  if (pair === "\\}") return { kind: "sign", text: "⦄", length: 2 };
  if (pair === "\\|") return { kind: "sign", text: "|", length: 2 };
  if (pair === "**") return { kind: "sign", text: "^", length: 2 };
  const sign = text[at]!;
  return "+-*/^_()[]{}|,;=<>≤≥≠!%°±∓∪∞∅∈&$€£¥₹⟨⟩⏎'\".:".includes(sign)
    ? { kind: "sign", text: sign, length: 1 }
    : undefined;
}

function followBrackets(lists: boolean[], token: Ungled<MathToken>, before: MathToken | undefined): void {
  if (token.kind !== "sign") return;
  if ("([⦃⟨".includes(token.text)) lists.push(true);
  else if (token.text === "{") lists.push(before === undefined || !isArgumentPlace(before));
  else if (")]⦄⟩}".includes(token.text)) lists.pop();
}

function isArgumentPlace(token: MathToken): boolean {
  if (token.kind === "name") return token.isCommand;
  return token.kind === "sign" && "^_}".includes(token.text);
}
