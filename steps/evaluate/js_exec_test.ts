import type { JsonObject, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import jsExec from "./js_exec.ts";

const ADD = "function add(a, b) { return a + b; }\n";
const TIMEOUT_MS = 700;

async function execute(rows: readonly Row[], config: JsonObject = {}) {
  const { rows: found, failed } = await runStep(jsExec, {
    config: {
      tests: "tests",
      entry_point: "entry_point",
      cases: "cases",
      processes: 1,
      timeout_ms: TIMEOUT_MS,
      memory_mb: 64,
      ...config,
    },
    columns: { code: "string", tests: "any", entry_point: "any", cases: "any" },
    rows: rows.map((row) => ({ code: ADD, tests: null, entry_point: null, cases: null, ...row })),
  });
  return { rows: found, codes: failed.map(({ error }) => error.code) };
}

Deno.test("js_exec keeps the contract of steps", async () => {
  await testStep(jsExec, [{
    config: { tests: "tests" },
    rows: [{ code: ADD, tests: ["assert(add(1, 2) === 3)"] }, { code: ADD, tests: [] }],
  }]);
});

const SUITE = `
const assert = require("node:assert");
describe("add", () => {
  it("adds", () => assert.strictEqual(add(1, 2), 3));
  it("is wrong", () => expect(add(1, 2)).toBe(4));
  test("waits", async () => {
    const later = await new Promise((done) => setTimeout(done, 1e9, add(2, 2)));
    expect(later).toEqual(4);
    await assert.rejects(async () => { throw new RangeError("no"); }, RangeError);
  });
  test("compares", () => {
    assert.deepStrictEqual({ a: [1, new Map([["x", 1]])] }, { a: [1, new Map([["x", 1]])] });
    assert.throws(() => null.x, /null/);
    expect([1, 2]).not.toContain(3);
    expect(0.1 + 0.2).toBeCloseTo(0.3);
  });
});`;

const OUTPUT_CASES: readonly JsonObject[] = [
  { stdin: "2\na b\n", stdout: "aa\nbb\n" },
  { stdin: "1\nc", stdout: "c" },
];
const WRITES = `const n = Number(readline());
for (const word of readline().split(" ")) console.log(word.repeat(n));`;
const READS_FILE = `const [n, words] = require("fs").readFileSync(0, "utf8").split("\\n");
process.stdout.write(words.split(" ").map((word) => word.repeat(n)).join("\\n"));
process.exit(0);`;
const EMPTY_CASE: readonly JsonObject[] = [{ stdin: "", stdout: "" }];
const SHOWS = `setTimeout(() => console.log("late"), 5000);
console.log([1, "a", { b: null }], -0, 10n, undefined, new Map().size, Math.random());`;

/** Rows, and what is expected of them: reason, tests passed, tests in all, and a part of the message. */
const JUDGED: readonly (readonly [Row, string | null, passed: number, total: number, message?: string])[] = [
  [{ tests: ["assert(add(1, 2) === 3)", "assert.equal(add('a', 1), 'a1')"] }, null, 2, 2],
  [
    { tests: ["assert(add(1, 2) === 3)", "assert.equal(add(1, 2), 4)"] },
    "assertion",
    1,
    2,
    "Expected 4, found 3, in: ",
  ],
  [{ tests: SUITE }, "assertion", 3, 4, "Expected 3 to be 4, in: is wrong"],
  [{ tests: "const check = (f) => assert(f(1, 2) === 3)", entry_point: "add" }, null, 1, 1],
  [{ code: "export const add = (a, b) => a + b;", tests: "assert(add(1, 2) === 3)" }, null, 1, 1],
  [
    { code: "module.exports = { add: (a, b) => a + b };", tests: "assert(module.exports.add(1, 2) === 3)" },
    null,
    1,
    1,
  ],
  [{ tests: "assert(sub(1, 2) === 3)" }, "runtime", 0, 1, "ReferenceError: 'sub' is not defined"],
  [{ code: WRITES, cases: OUTPUT_CASES }, null, 2, 2],
  [{ code: READS_FILE, cases: OUTPUT_CASES }, null, 2, 2],
  [
    { code: `${WRITES}console.log(1)`, cases: OUTPUT_CASES },
    "wrong_answer",
    0,
    2,
    'found "aa\\nbb\\n1\\n", in case 1',
  ],
  [{ code: SHOWS, cases: EMPTY_CASE }, "wrong_answer", 0, 1, "[ 1, 'a', { b: null } ] -0 10n undefined 0 0."],
  [{ code: SHOWS, cases: EMPTY_CASE }, "wrong_answer", 0, 1],
];

const UNREADABLE: readonly Row[] = [{ tests: ["assert(add("] }, { tests: [] }, {}, { cases: [1] }];

const FAILURES: readonly (readonly [name: string, code: string, error: string, message: string])[] = [
  ["nothing", " ", "empty", "There is no program"],
  ["bad syntax", "function f( {", "syntax", "SyntaxError: "],
  ["exception", "null.x", "runtime", "TypeError: cannot read property 'x' of null"],
  ["rejection", "await Promise.reject(new Error('no'))\nexport {}", "runtime", "Error: no"],
  ["endless loop", "while (true);", "timeout", `longer than ${TIMEOUT_MS} ms`],
  ["loop that catches all", "for (;;) try { for (;;); } catch {}", "timeout", `longer than ${TIMEOUT_MS} ms`],
  [
    "endless promises",
    "const f = () => void Promise.resolve().then(f); f()",
    "timeout",
    `longer than ${TIMEOUT_MS} ms`,
  ],
  ["slow pattern", "/(a+)+$/.test('a'.repeat(40) + 'b')", "timeout", `longer than ${TIMEOUT_MS} ms`],
  ["memory", "const a = []; for (;;) a.push(new Uint8Array(1e6))", "out_of_memory", "out of memory"],
  ["many objects", "const a = []; for (;;) a.push({})", "out_of_memory", "out of memory"],
  ["large text", "let s = 'x'; for (;;) s += s", "out_of_memory", "string too long"],
  ["recursion", "function f() { return f() + 1 }\nf()", "too_deep", ""],
  ["deep data", "let x = []; for (let i = 0; i < 2e5; i++) x = [x]; JSON.stringify(x)", "too_deep", ""],
  ["many timers", "for (;;) setTimeout(() => {}, 1)", "too_complex", "timers"],
  ["Deno", "Deno.readTextFileSync('/etc/passwd')", "runtime", "'Deno' is not defined"],
  ["read a file", "require('fs').readFileSync('/etc/passwd')", "forbidden", "a file"],
  ["start a program", "require('child_process').execSync('ls')", "forbidden", "the module child_process"],
  ["import a module", "import fs from 'node:fs'", "forbidden", "node:fs"],
  ["network", "fetch('http://127.0.0.1')", "runtime", "'fetch' is not defined"],
  ["worker", "new Worker('x')", "runtime", "'Worker' is not defined"],
  ["the host's realm", "console.log.constructor('return Deno')()", "runtime", "'Deno' is not defined"],
  ["exit", "process.exit(0)", "exit", "ended itself with code 0"],
  ["exit, and go on", "try { process.exit(0) } catch {}\nfor (;;);", "exit", "ended itself with code 0"],
  ["endless output", "for (;;) console.log('x'.repeat(1000))", "output_limit", "more than 64000 bytes"],
  ["bad message", "throw { get message() { for (;;); } }", "timeout", `longer than ${TIMEOUT_MS} ms`],
];

/** Attempts to be right without being so, or to change what comes after. Each leaves `add` undefined or wrong. */
const CHEATS: readonly (readonly [name: string, code: string])[] = [
  ["print the answer", "console.log('3\\n1 passed')"],
  ["forge a reply", `console.log('{"value":{"error":null,"tests_passed":1,"tests_total":1}}')`],
  [
    "declare the harness",
    "const assert = () => {}, test = () => {}, expect = () => assert; function add() {}",
  ],
  ["replace the harness", "globalThis.assert = globalThis.require = () => {}; var add = () => 0"],
  [
    "replace the library",
    "Object.is = Reflect.apply = () => true; JSON.stringify = () => 'x'; var add = () => 0",
  ],
  [
    "replace equality",
    "Object.prototype.valueOf = () => 3; Number.prototype.valueOf = () => 3; var add = () => ({})",
  ],
  ["replace errors", "globalThis.Error = class {}; Error.prototype = {}; var add = () => 0"],
  ["replace promises", "Promise.prototype.then = function (f) { return f(); }; var add = () => 0"],
  ["leave the tests", "var add = () => process.exit(0)"],
  ["hang the tests", "var add = () => { throw null }"],
];

const HEALTHY = `
console.log(Reflect.ownKeys(globalThis).length, Math.random(), Object.keys(Object.prototype).length, [].map.name,
  typeof globalThis.touched);
globalThis.touched = true;
${ADD}`;
const TEST = ["assert.deepStrictEqual(add(1, 2), 3)"];

Deno.test("js_exec judges programs and lets none of them touch the next", async (t) => {
  const hostile = [...FAILURES, ...CHEATS].flatMap(([, code]) =>
    [code, HEALTHY].map((code) => ({ code, tests: TEST }))
  );
  const { rows, codes } = await execute([...JUDGED.map(([row]) => row), ...hostile, ...UNREADABLE]);
  assertEquals(rows.length, JUDGED.length + hostile.length);
  assertEquals(codes, UNREADABLE.map(() => "data.tests"));
  for (const [index, [row, error, passed, total, message = ""]] of JUDGED.entries()) {
    await t.step(JSON.stringify(row).slice(0, 60), () => {
      const { exec_pass, exec_error, exec_message, tests_passed, tests_total, stdout } = rows[index]!;
      assertEquals([exec_error, tests_passed, tests_total], [error, passed, total], String(exec_message));
      assertEquals(exec_pass, error === null);
      assertStringIncludes(`${exec_message}${stdout}`, message);
    });
  }
  assertEquals(rows[JUDGED.length - 1]?.stdout, rows[JUDGED.length - 2]?.stdout);
  const found = rows.slice(JUDGED.length);
  for (const [index, [name, , error, message]] of [...FAILURES, ...CHEATS].entries()) {
    await t.step(
      name,
      () => assertHarmless(found.slice(2 * index, 2 * index + 2), found[1]!, [error, message]),
    );
  }
});

function assertHarmless(
  [row, next]: readonly Row[],
  undisturbed: Row,
  [error, message]: readonly (string | undefined)[],
): void {
  assertEquals([row?.exec_pass, row?.tests_passed], [false, 0], `${row?.exec_error}: ${row?.exec_message}`);
  assert(row?.exec_error && row.exec_message);
  if (error !== undefined) assertEquals(row.exec_error, error, String(row.exec_message));
  assertStringIncludes(String(row.exec_message), message ?? "");
  assertEquals(next?.exec_error, null, String(next?.exec_message));
  assertEquals(next, undisturbed, "the next program is affected");
}

Deno.test("js_exec takes the types of TypeScript away, and checks them where asked", async () => {
  const typed =
    "interface P { x: number }\nenum Side { Left = 1 }\nconst add = (a: number, b: number): number => a + b;\n";
  const wrong = "const add = (a: number, b: number): string => a + b;\n";
  const rows: readonly Row[] = [
    { code: typed, tests: "const three: number = add(1, Side.Left + 1); assert(three === 3)" },
    { code: wrong, tests: "assert(add(1, 2) as unknown === 3)" },
    { code: "const add = (a: number => a;", tests: "assert(true)" },
    { code: "console.log([1, 2].map((n: number) => n * 2).join())", cases: [{ stdin: "", stdout: "2,4" }] },
  ];
  const stripped = await execute(rows, { language: "typescript" });
  assertEquals(stripped.rows.map(({ exec_error }) => exec_error), [null, null, "syntax", null]);
  const checked = await execute(rows, { language: "typescript", type_check: true, timeout_ms: 30_000 });
  assertEquals(checked.rows.map(({ exec_error }) => exec_error), [null, "type", "syntax", null]);
  assertEquals(
    checked.rows[1]?.exec_message,
    "TS2322: Type 'number' is not assignable to type 'string'. (line 1)",
  );
});
