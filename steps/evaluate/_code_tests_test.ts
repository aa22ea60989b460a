import type { FastDistillError } from "@fastdistill/core";
import { assertEquals, assertThrows } from "@std/assert";
import { isExpected, type OutputRules, testsOf } from "./_code_tests.ts";

const rules = (whitespace: OutputRules["whitespace"], float_tolerance = 0) => ({
  whitespace,
  float_tolerance,
});

Deno.test("isExpected() compares to the letter, by lines or by words", () => {
  const cases:
    readonly (readonly [found: string, expected: string, exact: boolean, lines: boolean, tokens: boolean])[] =
      [
        ["a b\n", "a b\n", true, true, true],
        ["a b", "a b\n", false, true, true],
        ["a b  \r\n\n", "a b\n", false, true, true],
        ["a  b", "a b", false, false, true],
        ["a\nb", "a b", false, false, true],
        [" a", "a", false, false, true],
        ["ab", "a b", false, false, false],
        ["", "a", false, false, false],
        ["1.0", "1", false, false, false],
      ];
  for (const [found, expected, ...wanted] of cases) {
    const given = (["exact", "lines", "tokens"] as const).map((one) =>
      isExpected(found, expected, rules(one))
    );
    assertEquals(given, wanted, JSON.stringify([found, expected]));
  }
});

Deno.test("isExpected() lets numbers differ by the tolerance, and nothing else", () => {
  const near = rules("tokens", 1e-3);
  assertEquals(isExpected("0.3333 x", "0.33333 x", near), true);
  assertEquals(isExpected("1000.5", "1000", near), true);
  assertEquals(isExpected("1.0", "1", near), true);
  assertEquals(isExpected("1.01", "1", near), false);
  assertEquals(isExpected("0.3333 y", "0.33333 x", near), false);
  assertEquals(isExpected("nan", "NaN", near), false);
});

Deno.test("testsOf() asks for nothing where no column is named, and for something where one is", () => {
  assertEquals(testsOf({ code: "x" }, {}), { tests: null, entry_point: null, cases: null });
  const row = { tests: "assert f()", cases: null, entry_point: "f" };
  assertEquals(testsOf(row, { tests: "tests", cases: "cases", entry_point: "entry_point" }), {
    tests: ["assert f()"],
    entry_point: "f",
    cases: null,
  });
  const error = assertThrows(() => testsOf({ tests: null, cases: null }, { tests: "tests", cases: "cases" }));
  assertEquals((error as FastDistillError).code, "data.tests");
  assertEquals((error as FastDistillError).message, 'There are no tests in "tests" or "cases"');
});
