import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import type { Json, Row } from "../record/mod.ts";
import { compileExpression, expressionCompiler } from "./expression.ts";

const ROW: Row = {
  n: 3,
  score: 0.7,
  exec_pass: true,
  nothing: null,
  text: "hé😀",
  xs: [1, 2, 5],
  map: { a: { b: [1] }, constructor: 5, $typeName: "google.protobuf.Any" },
  type: "question",
};

async function value(text: string, row: Row = ROW): Promise<Json> {
  return (await compileExpression(text)).evaluate(row);
}

async function failure(text: string, row: Row = ROW): Promise<FastDistillError> {
  const expression = await compileExpression(text);
  return assertThrows(() => expression.evaluate(row), FastDistillError);
}

Deno.test("compileExpression() compares and computes with JSON numbers", async () => {
  const cases: readonly (readonly [string, Json])[] = [
    ["exec_pass && score >= 0.5", true],
    ["n > 3", false],
    ["n >= 3", true],
    ["3 == n", true],
    ["n != 3", false],
    ["n in [1, 2, 3]", true],
    ["n + 1", 4],
    ["1 - n", -2],
    ["n * 2 + 0.5", 6.5],
    ["n / 2", 1.5],
    ["n % 2 == 1", true],
    ["7 % n", 1],
    ["-n", -3],
    ["3 / 2", 1],
    ["xs[n - 2]", 2],
    ["size(xs) * n", 9],
    ["size(text)", 3],
    ["xs.exists(x, x > n) && xs.all(x, x > 0)", true],
    ["xs.map(x, x * 2).filter(x, x > 2)", [4, 10]],
  ];
  for (const [text, expected] of cases) assertEquals(await value(text), expected, text);
});

Deno.test("compileExpression() knows null", async () => {
  assertEquals(await value("nothing == null"), true);
  assertEquals(await value("n == null"), false);
  assertEquals(await value("nothing == 3"), false);
  assertEquals(await value("nothing != null && nothing > 3"), false);
  assertEquals(await value("nothing"), null);
  const error = await failure("nothing > 3");
  assertEquals(error.code, "step.expression");
  assertEquals(error.hint, "nothing is null; test it first: nothing != null && ...");
});

Deno.test("compileExpression() reads any JSON object", async () => {
  assertEquals(await value("map.a.b[0]"), 1);
  assertEquals(await value("map.constructor"), 5);
  assertEquals(await value("has(map.a.z)"), false);
  assertEquals(await value("'a' in map"), true);
  assertEquals(await value("type == 'question'"), true);
  assertEquals(await value("type(n) == double && type(text) == string"), true);
});

Deno.test("compileExpression() gives back any JSON value unchanged", async () => {
  const expression = await compileExpression("value");
  fc.assert(fc.property(fc.jsonValue(), (json) => {
    assertEquals(expression.evaluate({ value: json as Json }), json as Json);
  }));
});

Deno.test("compileExpression() compares numbers as JavaScript does", async () => {
  const compile = await expressionCompiler();
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(fc.property(number, fc.integer({ min: -1000, max: 1000 }), (n, literal) => {
    const literals = literal < 0 ? `(${literal})` : `${literal}`;
    assertEquals(compile(`[n < ${literals}, n >= ${literals}, n == ${literals}]`).evaluate({ n }), [
      n < literal,
      n >= literal,
      n === literal,
    ]);
  }));
});

Deno.test("compileExpression() gives the free variables only", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["b && a || b", ["b", "a"]],
    ["xs.exists(x, x > limit)", ["xs", "limit"]],
    ["xs.map(x, ys.filter(y, y == x && z))", ["xs", "ys", "z"]],
    ["has(o.field) ? o.field : other", ["o", "other"]],
    ["{'k': v, w: 1}[key]", ["v", "w", "key"]],
    ["[a, b.c]", ["a", "b"]],
    ["type(t) == string && string == 'x'", ["t", "string"]],
    ["strings.quote(s) + s.trim()", ["s"]],
    ["1 + 2", []],
    [".absolute", ["absolute"]],
  ];
  for (const [text, variables] of cases) {
    assertEquals((await compileExpression(text)).variables, variables, text);
  }
});

Deno.test("compileExpression() says where an expression cannot be read", async () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["score >=", 'line 1, column 7, near ">="', undefined],
    ["a = 1", 'line 1, column 3, near "= 1"', "CEL compares with =="],
    ["a === 1", 'line 1, column 3, near "=== 1"', "CEL compares with == and !="],
    ["a\n and b", 'line 2, column 2, near "and b"', "CEL combines with && and ||"],
    ["not a", 'line 1, column 5, near "a"', "CEL negates with !"],
    ["a 'x and y'", "line 1, column 3, near \"'x and y'\"", undefined],
    ["", "line 1, column 1, near its end", undefined],
  ];
  for (const [text, expected, hint] of cases) {
    const error = await assertRejects(() => compileExpression(text, { name: "where" }), FastDistillError);
    assertEquals([error.code, error.hint], ["step.expression", hint], text);
    assertEquals(error.message, `Cannot read the where as CEL, ${expected}: ${text}`);
  }
});

Deno.test("compileExpression() refuses functions that do not exist, with the nearest", async () => {
  const error = await assertRejects(() => compileExpression("a &&\n text.matchs('x')"), FastDistillError);
  assertEquals(error.code, "step.expression");
  assertEquals(
    error.message,
    'The expression calls "matchs", which does not exist, line 2, column 6; did you mean "matches"?: a &&\n text.matchs(\'x\')',
  );
  await assertRejects(() => compileExpression("now() > a"), FastDistillError, '"now", which does not exist');
});

Deno.test("compileExpression() names a missing column and the nearest", async () => {
  const error = await failure("scor >= 1");
  assertEquals(error.code, "step.expression");
  assertEquals(
    error.message,
    'The expression "scor >= 1" names "scor", which is not a column of the row; did you mean "score"?',
  );
  assertEquals((await failure("constructor == 1")).code, "step.expression");
});

Deno.test("compileExpression() refuses results that JSON does not have", async () => {
  for (
    const text of ["n / 0.0", "9007199254740993", "timestamp('2020-01-01T00:00:00Z')", "b'abc'", "type(n)"]
  ) {
    const error = await failure(text);
    assertEquals(error.code, "step.expression", text);
    assertEquals(
      error.message.startsWith(`The expression "${text}" must give a JSON value`),
      true,
      error.message,
    );
  }
  assertEquals(await value("string(timestamp('2020-01-01T00:00:00Z'))"), "2020-01-01T00:00:00Z");
});
