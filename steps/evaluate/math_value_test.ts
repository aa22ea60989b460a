import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isSameMathValue, type MathRules } from "./_math_equality.ts";
import { readMathValue } from "./_read_math_value.ts";

const RULES: MathRules = { tolerance: 1e-6, units: "if_both" };

function isSame(a: string, b: string, rules: MathRules = RULES): boolean {
  return isSameMathValue(readMathValue(a), readMathValue(b), rules);
}

Deno.test("isSameMathValue() takes what any text is read as, and says the same both ways round", () => {
  const pieces = fc.constantFrom(
    ..."1 2 x y 0.5 + - * / ^ _ ( ) [ ] { } \\{ \\} , ; = < > | ! % ° $ \\frac \\sqrt \\pi \\text{m} \\begin{pmatrix} \\end{pmatrix} & \\\\ ∞ ± cm and e i"
      .split(" "),
  );
  const text = fc.oneof(fc.string(), fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(" ")));
  fc.assert(
    fc.property(text, fc.string(), (a, b) => {
      const [left, right] = [readMathValue(a), readMathValue(b)];
      assertEquals(isSameMathValue(left, right, RULES), isSameMathValue(right, left, RULES));
    }),
    { numRuns: 2000, seed: 7 },
  );
});

Deno.test("isSameMathValue() finds fractions equal when, and only when, they are", () => {
  const whole = fc.integer({ min: -50, max: 50 });
  const below = fc.integer({ min: 1, max: 50 });
  fc.assert(fc.property(whole, below, whole, below, (a, b, c, d) => {
    assertEquals(isSame(`\\frac{${a}}{${b}}`, `${c}/${d}`), a * d === c * b);
  }));
});

Deno.test("isSameMathValue() finds a product equal to its expansion, and to no other", () => {
  const number = fc.integer({ min: -9, max: 9 });
  fc.assert(fc.property(number, number, number, (a, b, off) => {
    const expanded = `x^2 + (${a + b})x + (${a * b + off})`;
    assertEquals(isSame(`(x + (${a}))(x + (${b}))`, expanded), off === 0);
  }));
});

Deno.test("isSameMathValue() compares units as the rules say", () => {
  const always: MathRules = { ...RULES, units: "always" };
  const never: MathRules = { ...RULES, units: "never" };
  assertEquals([isSame("5 cm", "5"), isSame("5 cm", "5", always), isSame("5 cm", "5", never)], [
    true,
    false,
    true,
  ]);
  assertEquals([isSame("5 cm", "5 m"), isSame("5 cm", "5 m", never)], [false, true]);
  assert(isSame("50 mm", "5 cm", always));
});

Deno.test("readMathValue() ends soon on what is deep, long or large", () => {
  const hostile = [
    "(".repeat(1000) + "1" + ")".repeat(900),
    "{".repeat(300) + "x" + "}".repeat(300),
    "9".repeat(1990),
    "9^9^9^9^9^9^9",
    "(a+b+c+d+f)^{64}",
    "((x+y+z)^{40}+(x-y)^{40})^{40}",
    "\\sqrt".repeat(300) + "2",
    "1!!!!!!",
    "170!^{170}",
    "1e9999",
    "\\frac".repeat(100) + "1".repeat(300),
    "x".repeat(5000),
    Array.from({ length: 400 }, (_, index) => index).join(","),
  ];
  for (const text of hostile) isSame(text, "1");
  assert(!isSame("(a+b+c+d+f)^{64}", "(a+b+c+d-f)^{64}"));
  assert(isSame("(a+b+c)^{20}", "(c+b+a)^{20}"));
});
