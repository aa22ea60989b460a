import type { MathToken } from "./_math_tokens.ts";
import { isWhole, multiplyRationals, type Rational, rational, whole } from "./_rational.ts";

/** A formula as a tree. */
export type MathExpression =
  | { readonly kind: "number"; readonly value: Rational; readonly isDecimal: boolean }
  /** A variable, or one of the constants `pi`, `e` and `i`. */
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "sum"; readonly terms: readonly MathExpression[] }
  | { readonly kind: "product"; readonly factors: readonly MathExpression[] }
  | { readonly kind: "quotient"; readonly over: MathExpression; readonly under: MathExpression }
  | { readonly kind: "power"; readonly base: MathExpression; readonly exponent: MathExpression }
  | { readonly kind: "apply"; readonly name: MathFunction; readonly argument: MathExpression };

/** The functions that are known. */
export type MathFunction = (typeof FUNCTIONS)[number];

const FUNCTIONS = [
  "sin",
  "cos",
  "tan",
  "cot",
  "sec",
  "csc",
  "arcsin",
  "arccos",
  "arctan",
  "sinh",
  "cosh",
  "tanh",
  "ln",
  "exp",
  "abs",
  "factorial",
  "floor",
  "ceil",
] as const;
const GREEK = new Set(
  ("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau " +
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell").split(" "),
);
/** Short words that are no products of variables. */
const WORDS = /^(?:and|or|the|is|of|to|in|at|no|yes|not|all|one|two|six|ten|men|day|am|pm)$/i;
const DEPTH_MAX = 60;
const FACTORIAL_MAX = 170n;

/** Thrown inside the reader when a text is no formula; never leaves it. */
export class NotMath extends Error {}

/** A number in a tree. */
export function numberExpression(value: Rational, isDecimal = false): MathExpression {
  return { kind: "number", value, isDecimal };
}

/** The other sign. */
export function negated(expression: MathExpression): MathExpression {
  if (expression.kind !== "number") {
    return { kind: "product", factors: [numberExpression(whole(-1)), expression] };
  }
  const { numerator, denominator } = expression.value;
  return numberExpression({ numerator: -numerator, denominator }, expression.isDecimal);
}

/**
 * Reads all tokens as one formula.
 * @param plusMinus what `±` stands for: 1 or -1
 * @throws {NotMath}
 */
export function parseExpression(tokens: readonly MathToken[], plusMinus: 1 | -1 = 1): MathExpression {
  const parser = new ExpressionParser(tokens, plusMinus);
  const expression = parser.sum();
  parser.expectEnd();
  return expression;
}

class ExpressionParser {
  readonly #tokens: readonly MathToken[];
  readonly #plusMinus: 1 | -1;
  #at = 0;
  #depth = 0;
  #bars = 0;

  constructor(tokens: readonly MathToken[], plusMinus: 1 | -1) {
    this.#tokens = tokens;
    this.#plusMinus = plusMinus;
  }

  expectEnd(): void {
    if (this.#at < this.#tokens.length) throw new NotMath();
  }

  sum(): MathExpression {
    if (++this.#depth > DEPTH_MAX) throw new NotMath();
    const terms: MathExpression[] = [];
    do {
      const sign = this.#signs();
      const term = this.#product();
      terms.push(sign < 0 ? negated(term) : term);
    } while (this.#isSign("+", "-", "±", "∓"));
    this.#depth--;
    return terms.length === 1 ? terms[0]! : { kind: "sum", terms };
  }

  #signs(): number {
    let sign = 1;
    for (; this.#isSign("+", "-", "±", "∓"); this.#at++) {
      const text = this.#tokens[this.#at]!.text;
      if (text === "-") sign = -sign;
      else if (text === "±") sign *= this.#plusMinus;
      else if (text === "∓") sign *= -this.#plusMinus;
    }
    return sign;
  }

  #product(): MathExpression {
    let product = this.#implicit();
    for (;;) {
      if (this.#take("*")) product = times(product, this.#signedPower());
      else if (this.#take("/")) {
        product = { kind: "quotient", over: product, under: this.#signedPower() };
      } else if (this.#isTimesLetter()) {
        this.#at++;
        product = times(product, this.#signedPower());
      } else if (this.#beginsFactor()) product = times(product, this.#power());
      else return product;
    }
  }

  /** Factors that stand side by side, as in `2x`. */
  #implicit(): MathExpression {
    let product = this.#power();
    while (this.#beginsFactor() && !this.#isTimesLetter()) product = times(product, this.#power());
    return product;
  }

  /** The letter in `1.2 x 10^3`. */
  #isTimesLetter(): boolean {
    const [before, token, after] = [this.#peek(-1), this.#peek(), this.#peek(1)];
    return token?.kind === "name" && token.text === "x" && before?.kind === "number" &&
      after?.kind === "number" && !after.isDecimal;
  }

  #signedPower(): MathExpression {
    const sign = this.#signs();
    const power = this.#power();
    return sign < 0 ? negated(power) : power;
  }

  #power(): MathExpression {
    const base = this.#postfix(this.#primary());
    if (!this.#take("^")) return base;
    const exponent = this.#argument();
    return this.#postfix({ kind: "power", base, exponent });
  }

  #postfix(expression: MathExpression): MathExpression {
    if (this.#take("!")) return this.#postfix({ kind: "apply", name: "factorial", argument: expression });
    if (this.#take("%")) return this.#postfix(times(expression, numberExpression(fraction(1, 100))));
    if (this.#take("°")) {
      return this.#postfix(
        times(times(expression, numberExpression(fraction(1, 180))), { kind: "symbol", name: "pi" }),
      );
    }
    return expression;
  }

  #primary(): MathExpression {
    const token = this.#tokens[this.#at++];
    if (token === undefined || token.kind === "words") throw new NotMath();
    if (token.kind === "number") return this.#number(token.value, token.isDecimal);
    if (token.kind === "name") return token.isCommand ? this.#command(token.text) : this.#name(token.text);
    if (token.text === "(") return this.#closing(")");
    if (token.text === "[") return this.#closing("]");
    if (token.text === "{") return this.#closing("}");
    if (token.text === "∞") return { kind: "symbol", name: "infinity" };
    if (token.text === "|" && this.#bars === 0) {
      this.#bars++;
      const argument = this.#closing("|");
      this.#bars--;
      return { kind: "apply", name: "abs", argument };
    }
    throw new NotMath();
  }

  /** A number, with the fraction that follows a whole one in `1 1/2`. */
  #number(value: Rational, isDecimal: boolean): MathExpression {
    const number = numberExpression(value, isDecimal);
    const [next, slash, under] = [this.#peek(), this.#peek(1), this.#peek(2)];
    if (!isWhole(value) || isDecimal) return number;
    if (
      next?.kind === "number" && slash?.text === "/" && under?.kind === "number" && isWhole(next.value) &&
      isWhole(under.value)
    ) {
      this.#at += 3;
      return { kind: "sum", terms: [number, quotient(next.value, under.value)] };
    }
    if (next?.kind !== "name" || !next.isCommand || next.text !== "frac") return number;
    const start = this.#at++;
    const [over, below] = [this.#argument(), this.#argument()];
    if (over.kind === "number" && below.kind === "number") {
      return { kind: "sum", terms: [number, { kind: "quotient", over, under: below }] };
    }
    this.#at = start;
    return number;
  }

  #command(name: string): MathExpression {
    switch (name) {
      case "frac":
        return { kind: "quotient", over: this.#argument(), under: this.#argument() };
      case "binom":
      case "dbinom":
        return binomial(this.#argument(), this.#argument());
      case "sqrt": {
        const index = this.#take("[") ? this.#closing("]") : numberExpression(whole(2));
        const exponent: MathExpression = { kind: "quotient", over: numberExpression(whole(1)), under: index };
        return { kind: "power", base: this.#argument(), exponent };
      }
      case "lfloor":
        return this.#rounded("floor", "rfloor");
      case "lceil":
        return this.#rounded("ceil", "rceil");
      default:
        return GREEK.has(name) ? this.#symbol(name) : this.#name(name);
    }
  }

  #rounded(name: "floor" | "ceil", end: string): MathExpression {
    const argument = this.sum();
    const token = this.#tokens[this.#at++];
    if (token?.kind !== "name" || token.text !== end) throw new NotMath();
    return { kind: "apply", name, argument };
  }

  #name(name: string): MathExpression {
    if (name === "pi" || name === "π") return { kind: "symbol", name: "pi" };
    if (/^(?:inf|infinity|oo)$/i.test(name)) return { kind: "symbol", name: "infinity" };
    if (name === "sqrt") {
      return { kind: "power", base: this.#functionArgument(), exponent: numberExpression(fraction(1, 2)) };
    }
    if (name === "log" || name === "lg") return this.#logarithm(name);
    const known = FUNCTIONS.find((one) => one === name);
    if (known !== undefined && known !== "factorial") return this.#applied(known);
    const letters = [...name];
    if (letters.length === 1) return this.#symbol(name);
    if (!this.#isProductOfLetters(name)) throw new NotMath();
    const factors = letters.slice(0, -1).map((letter): MathExpression => ({ kind: "symbol", name: letter }));
    const last = this.#symbol(letters.at(-1)!);
    if (!this.#take("^")) return { kind: "product", factors: [...factors, last] };
    return {
      kind: "product",
      factors: [...factors, { kind: "power", base: last, exponent: this.#argument() }],
    };
  }

  /** `xy` is a product of two variables, `apple` is none of five, and in `18 men` the word says of what there are 18. */
  #isProductOfLetters(name: string): boolean {
    if (/^(?:[abc]{2,3}|[xyz]{2,3})$/i.test(name)) return true;
    if (name.length > 3 || !/^[a-zA-Z]+$/.test(name) || WORDS.test(name)) return false;
    const [before, token] = [this.#peek(-2), this.#peek(-1)];
    return before === undefined ? this.#tokens.length > 1 : before.kind === "sign" || token?.glued === true;
  }

  /** A variable with its index. */
  #symbol(name: string): MathExpression {
    let full = name;
    if (this.#take("_")) {
      const token = this.#tokens[this.#at++];
      const isGroup = token?.kind === "sign" && token.text === "{";
      const index = isGroup ? this.#tokens[this.#at++] : token;
      if (index === undefined || index.kind === "sign" || index.kind === "words") throw new NotMath();
      if (isGroup && !this.#take("}")) throw new NotMath();
      full += `_${index.kind === "number" ? index.value.numerator : index.text}`;
    }
    while (this.#take("'")) full += "'";
    return { kind: "symbol", name: full };
  }

  #logarithm(name: string): MathExpression {
    const base = this.#take("_") ? this.#argument() : numberExpression(whole(10));
    const over: MathExpression = { kind: "apply", name: "ln", argument: this.#functionArgument() };
    if (name === "log" || name === "lg") {
      return { kind: "quotient", over, under: { kind: "apply", name: "ln", argument: base } };
    }
    return over;
  }

  #applied(name: MathFunction): MathExpression {
    const exponent = this.#take("^") ? this.#argument() : undefined;
    const inverse = exponent?.kind === "number" && exponent.value.numerator === -1n &&
      /^(?:sin|cos|tan)$/.test(name);
    const applied: MathExpression = {
      kind: "apply",
      name: inverse ? `arc${name}` as MathFunction : name,
      argument: this.#functionArgument(),
    };
    return exponent === undefined || inverse ? applied : { kind: "power", base: applied, exponent };
  }

  #functionArgument(): MathExpression {
    if (this.#isSign("(", "{", "[")) return this.#primary();
    const sign = this.#signs();
    let argument = this.#power();
    while (this.#beginsFactor() && !this.#isFunction()) argument = times(argument, this.#power());
    return sign < 0 ? negated(argument) : argument;
  }

  /** In `\\sin x \\cos x` the second function is no argument of the first. */
  #isFunction(): boolean {
    const token = this.#peek();
    return token?.kind === "name" && (FUNCTIONS as readonly string[]).concat("log").includes(token.text);
  }

  /** What a command or an exponent takes: a group, or one token, of a number only its first digit after a command. */
  #argument(): MathExpression {
    if (this.#take("{")) return this.#closing("}");
    const sign = this.#signs();
    const token = this.#peek();
    if (token === undefined) throw new NotMath();
    const argument = this.#primary();
    return sign < 0 ? negated(argument) : argument;
  }

  #closing(sign: string): MathExpression {
    const inner = this.sum();
    if (!this.#take(sign)) throw new NotMath();
    return inner;
  }

  #beginsFactor(): boolean {
    const [token, before] = [this.#peek(), this.#peek(-1)];
    if (token === undefined || token.kind === "words") return false;
    if (token.kind === "number") return false;
    if (token.kind === "name") {
      return token.text !== "rfloor" && token.text !== "rceil" && before !== undefined;
    }
    return token.text === "(" || token.text === "{" || (token.text === "|" && this.#bars === 0);
  }

  #peek(ahead = 0): MathToken | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #isSign(...signs: readonly string[]): boolean {
    const token = this.#peek();
    return token?.kind === "sign" && signs.includes(token.text);
  }

  #take(sign: string): boolean {
    if (!this.#isSign(sign)) return false;
    this.#at++;
    return true;
  }
}

function times(a: MathExpression, b: MathExpression): MathExpression {
  return { kind: "product", factors: a.kind === "product" ? [...a.factors, b] : [a, b] };
}

function fraction(over: number, under: number): Rational {
  return { numerator: BigInt(over), denominator: BigInt(under) };
}

function quotient(over: Rational, under: Rational): MathExpression {
  return { kind: "quotient", over: numberExpression(over), under: numberExpression(under) };
}

function binomial(n: MathExpression, k: MathExpression): MathExpression {
  if (n.kind !== "number" || k.kind !== "number" || !isWhole(n.value) || !isWhole(k.value)) {
    throw new NotMath();
  }
  const [size, chosen] = [n.value.numerator, k.value.numerator];
  if (size < 0n || chosen < 0n || chosen > FACTORIAL_MAX) throw new NotMath();
  let result: Rational | undefined = whole(1);
  for (let index = 0n; index < chosen && result !== undefined; index++) {
    const next = rational(size - index, index + 1n);
    result = next && multiplyRationals(result, next);
  }
  if (result === undefined) throw new NotMath();
  return numberExpression(result);
}
