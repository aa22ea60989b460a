import { assertEquals } from "@std/assert";
import { checkSize, type Exception } from "./check_size.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over our kind of workspace with some files more. */
async function problemsOf(
  files: Readonly<Record<string, string>>,
  exceptions: readonly Exception[] = [],
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree({ ...WORKSPACE, ...files }, async (root) => {
    found = sortProblems(await checkSize(root, { exceptions })).map(formatProblem);
  });
  return found;
}

/** A block of the given number of lines, the braces' own lines included. */
function block(lines: number): string {
  return `{\n${"  1;\n".repeat(lines - 2)}}`;
}

Deno.test("checkSize() accepts functions of 70 lines, files of 500 and long tests", async () => {
  assertEquals(
    await problemsOf({
      "core/a.ts": `/** Long\n * comment. */\nexport function a() ${block(70)}\n`,
      "core/b.ts": "1;\n".repeat(500),
      "core/b_test.ts": `Deno.test("b", () => ${block(300)});\n`,
      "core/_fixtures/big.ts": "1;\n".repeat(900),
      "core/c.ts": `export const table = {\n${"  a: 1,\n".repeat(100)}};\n`,
    }),
    [],
  );
});

Deno.test("checkSize() rejects every kind of function above 70 lines", async () => {
  assertEquals(
    await problemsOf({
      "core/a.ts": `export function a() ${block(71)}\n`,
      "core/b.ts": `export const b = () => ${block(80)};\n`,
      "core/c.ts": `export class C {\n  #m() ${block(71)}\n  constructor() ${block(72)}\n  get g() ${
        block(73)
      }\n}\n`,
      "core/d.ts": `export const d = { inner() ${block(71)} };\n`,
      "scripts/e.ts": `[].map(function () ${block(71)});\n`,
    }),
    [
      "core/a.ts:1: function a has 71 lines, ceiling 70",
      "core/b.ts:1: function b has 80 lines, ceiling 70",
      "core/c.ts:2: function #m has 71 lines, ceiling 70",
      "core/c.ts:73: function constructor has 72 lines, ceiling 70",
      "core/c.ts:145: function g has 73 lines, ceiling 70",
      "core/d.ts:1: function inner has 71 lines, ceiling 70",
      "scripts/e.ts:1: function (anonymous) has 71 lines, ceiling 70",
    ],
  );
});

Deno.test("checkSize() rejects files above their ceilings", async () => {
  assertEquals(await problemsOf({ "cli/a.ts": "1;\n".repeat(501), "cli/a_test.ts": "1;\n".repeat(801) }), [
    "cli/a.ts: file has 501 lines, ceiling 500",
    "cli/a_test.ts: file has 801 lines, ceiling 800",
  ]);
});

Deno.test("checkSize() rejects public functions and methods with too many parameters", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/** Core. @module */\nexport { f as g, type T, C, ok, late } from "./graph/x.ts";\n`,
      "core/graph/x.ts": `
export function f(a: number, b: number, c: number): void {}
export const late = (a: number, b: number, options: X, d: number): void => {};
export class C { constructor(a: 1, b: 2, ...rest: 3[]) {} m(a: 1, b: 2, c: 3): void {} #p(a: 1, b: 2, c: 3) {} }
export function ok(this: void, a: number, b: number, options?: X): void {}
export function unreached(a: number, b: number, c: number): void {}
export type T = 1;
`,
    }),
    [
      "core/graph/x.ts:2: public f takes (a, b, c): at most 2 parameters and an options object",
      "core/graph/x.ts:3: public late takes (a, b, options, d): at most 2 parameters and an options object",
      "core/graph/x.ts:4: public C.constructor takes (a, b, rest): at most 2 parameters and an options object",
      "core/graph/x.ts:4: public C.m takes (a, b, c): at most 2 parameters and an options object",
    ],
  );
});

Deno.test("checkSize() accepts a third parameter that is an options object by name or type", async () => {
  const source = `
export function a(x: 1, y: 2, { z }: { z: 1 }): void {}
export function b(x: 1, y: 2, how: RunOptions): void {}
export function c(x: 1, y: 2, how: { z: 1 } = { z: 1 }): void {}
export function d(x: 1, y: 2, options: X = {}): void {}
`;
  const mod = `/** Core. @module */\nexport { a, b, c, d } from "./graph/x.ts";\n`;
  assertEquals(await problemsOf({ "core/mod.ts": mod, "core/graph/x.ts": source }), []);
});

Deno.test("checkSize() rejects vague and odd file names", async () => {
  assertEquals(
    await problemsOf({
      "core/utils.ts": "",
      "steps/_helpers_test.ts": "",
      "cli/types.ts": "",
      "cli/runOne.ts": "",
    }),
    [
      `cli/runOne.ts: "runOne.ts" is not snake_case`,
      `cli/types.ts: "types.ts" says nothing about what is inside: name it after its main export`,
      `core/utils.ts: "utils.ts" says nothing about what is inside: name it after its main export`,
      `steps/_helpers_test.ts: "_helpers_test.ts" says nothing about what is inside: name it after its main export`,
    ],
  );
});

Deno.test("checkSize() lets an exception pass and reports one that nothing needs", async () => {
  const long = { "core/a.ts": `export function a() ${block(71)}\n` };
  const reason = "state machine";
  assertEquals(await problemsOf(long, [{ file: "core/a.ts", rule: "function", name: "a", reason }]), []);
  assertEquals(await problemsOf(long, [{ file: "core/a.ts", rule: "file", reason }]), [
    "core/a.ts: the exception for file is needed no more: remove it",
    "core/a.ts:1: function a has 71 lines, ceiling 70",
  ]);
});
