import type { JsonObject, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import pythonExec from "./python_exec.ts";

const ADD = "def add(a, b):\n    return a + b\n";

Deno.test("python_exec keeps the contract of steps", async () => {
  await testStep(pythonExec, [{
    config: { tests: "tests" },
    rows: [{ code: "", tests: ["assert add(1, 2) == 3"] }, { code: ADD, tests: [] }],
  }]);
});

const PYTEST = `
import pytest
from solution import add

@pytest.mark.parametrize("a, b, c", [(1, 2, 3), (2, 2, 4)])
def test_many(a, b, c):
    assert add(a, b) == c

def test_approx():
    assert add(0.1, 0.2) == pytest.approx(0.3)

def test_raises():
    with pytest.raises(TypeError, match="unsupported operand"):
        add(1, "1")

def test_raises_wrong():
    with pytest.raises(ValueError):
        add(1, 1)

async def test_later():
    assert add(1, 1) == 2

class TestMore:
    def setup_method(self):
        self.one = 1

    def test_one(self):
        assert add(self.one, 1) == 2
`;

const UNITTEST = `
import unittest

class TestAdd(unittest.TestCase):
    def setUp(self):
        self.one = 1

    def test_right(self):
        self.assertEqual(add(self.one, 2), 3)

    def test_wrong(self):
        self.assertEqual(add(self.one, 2), 4)

if __name__ == "__main__":
    unittest.main()
`;

const OUTPUT_CASES: readonly JsonObject[] = [{ stdin: "2\na b\n", stdout: "aa\nbb\n" }, {
  input: "1\nc",
  output: "c",
}];
const WRITES = "n = int(input())\nfor word in input().split():\n    print(word * n)\n";
const RANDOM = `
import asyncio, os, random
async def later(n):
    await asyncio.sleep(0.001)
    return n
async def main():
    return await asyncio.gather(later(1), later(2))
print(random.random(), os.urandom(4), hash("a"), id(object()), asyncio.run(main()))
`;
const EMPTY_CASE: readonly JsonObject[] = [{ stdin: "", stdout: "" }];

/** Rows, and what is expected of them: reason, tests passed, tests in all, and a part of the message. */
const JUDGED: readonly (readonly [Row, string | null, passed: number, total: number, message?: string])[] = [
  [{ tests: ["assert add(1, 2) == 3", "import math\nassert math.isclose(add(0.1, 0.2), 0.3)"] }, null, 2, 2],
  [
    { tests: ["assert add(1, 2) == 3", "assert add(1, 2) == 4", "assert add(2, 2) == 4"] },
    ...["assertion", 2, 3] as const,
    "AssertionError, in: assert add(1, 2) == 4",
  ],
  [{ tests: "def check(candidate):\n    assert candidate(1, 2) == 3\n", entry_point: "add" }, null, 1, 1],
  [{ tests: "def check(f):\n    assert f(1, 2) == 3\ncheck(add)", entry_point: "add" }, null, 1, 1],
  [{ tests: "for n in range(3):\n    assert add(n, n) == 2 * n\n" }, null, 1, 1],
  [
    { tests: "from solution import sub\nassert add(1, 1) == 2" },
    "runtime",
    1,
    1,
    "ImportError: cannot import name 'sub'",
  ],
  [{ tests: PYTEST }, "assertion", 5, 6, "DID NOT RAISE <class 'ValueError'>, in: test_raises_wrong"],
  [{ tests: UNITTEST }, "assertion", 1, 2, "AssertionError: 3 != 4, in: TestAdd.test_wrong"],
  [{ code: WRITES, cases: OUTPUT_CASES }, null, 2, 2],
  [
    { code: WRITES, cases: { inputs: ["2\na b\n", "1\nc\n"], outputs: ["aa \r\nbb", "d"] } },
    ...["wrong_answer", 1, 2] as const,
    'Expected "d", found "c\\n", in case 2',
  ],
  [{ code: WRITES, cases: [{ stdin: "x", stdout: "x" }] }, "runtime", 0, 1, "invalid literal for int()"],
  [{ code: `${WRITES}raise SystemExit`, cases: OUTPUT_CASES }, null, 2, 2],
  [{ code: `${WRITES}raise SystemExit(1)`, cases: OUTPUT_CASES }, "exit", 0, 2, "SystemExit: 1, in case 1"],
  [
    {
      code: "if __name__ == '__main__':\n    import sys\n    print(sys.stdin.read(), file=sys.stderr)",
      cases: OUTPUT_CASES,
    },
    ...["wrong_answer", 0, 2] as const,
    'Expected "aa\\nbb\\n", found "", in case 1',
  ],
  [{ tests: "assert add(1, 2) == 3", cases: EMPTY_CASE }, null, 2, 2],
  [{ code: RANDOM, cases: EMPTY_CASE }, "wrong_answer", 0, 1],
  [{ code: RANDOM, cases: EMPTY_CASE }, "wrong_answer", 0, 1, "[1, 2]"],
];

/** Rows that cannot be judged. */
const UNREADABLE: readonly Row[] = [
  { tests: ["assert add("] },
  { tests: ["x = 1"] },
  { tests: [] },
  {},
  { tests: 1 },
  { cases: [{ stdin: 1 }] },
  { cases: { inputs: ["a"], outputs: [] } },
  { tests: "assert 1", entry_point: "add; import os" },
];

/** What each of these may be called, in the order of `FAILURES`. */
const FAILURES: readonly (readonly [name: string, code: string, error: string, message: string])[] = [
  ["nothing", "  \n", "empty", "There is no program"],
  ["bad syntax", "def f(:\n  pass", "syntax", "SyntaxError: "],
  ["exception", "x = 1\ny = x / 0", "runtime", "ZeroDivisionError: division by zero (line 2)"],
  ["unknown module", "import numpy", "runtime", "ModuleNotFoundError: "],
  ["loop that catches all", loopThatCatches(), "timeout", "longer than 1000 ms"],
  ["loop in native code", "sum(range(10 ** 12))", "timeout", "longer than 1000 ms"],
  ["sleep", "import time; time.sleep(1000)", "timeout", "longer than 1000 ms"],
  ["memory at once", "x = [0] * 10 ** 9", "out_of_memory", "too much memory"],
  ["memory by and by", "x = []\nwhile True: x.append(bytes(10 ** 6))", "out_of_memory", "too much memory"],
  ["recursion", "def f(n): return f(n + 1)\nf(0)", "too_deep", "RecursionError"],
  ["recursion without limit", recursion(), "too_deep", "too deeply"],
  ["deep source", `x = ${"(".repeat(5000)}1${")".repeat(5000)}`, "syntax", "SyntaxError: "],
  ["fork", "import os; os.fork()", "runtime", "Function not implemented"],
  ["spawn", "import os; os.system('ls')", "forbidden", "start another program"],
  ["subprocess", "import subprocess; subprocess.run(['ls'])", "runtime", "does not support processes"],
  ["thread", "import threading; threading.Thread(target=print).start()", "runtime", "can't start new thread"],
  ["kill", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "forbidden", "its host"],
  ["read a file", "open('/etc/passwd').read()", "runtime", "FileNotFoundError"],
  ["write a file", "open('/tmp/x', 'w')", "runtime", "Read-only file system"],
  ["change the library", "open('/lib/python314.zip', 'r+b')", "runtime", "Read-only file system"],
  ["remove the library", "import os; os.remove('/lib/python314.zip')", "runtime", "Read-only file system"],
  ["socket", "import socket; socket.socket()", "forbidden", "the network"],
  ["look up a host", "import socket; socket.getaddrinfo('example.org', 80)", "forbidden", "the network"],
  ["exit at once", "import os; os._exit(0)", "exit", "ended itself with code 0"],
  ["exit", "import sys; sys.exit(0)", "exit", "SystemExit: 0"],
  ["abort", "import os; os.abort()", "crashed", "The interpreter failed"],
  ["bad memory", "import faulthandler; faulthandler._sigsegv()", "crashed", "The interpreter failed"],
  ["JavaScript", "import js; js.Deno", "forbidden", "its host"],
  ["JavaScript's interpreter", "import pyodide_js; pyodide_js.runPython", "forbidden", "its host"],
  ["run JavaScript", "from pyodide.code import run_js; run_js('1')", "forbidden", "its host"],
  ["native code", "import ctypes; ctypes.string_at(0)", "forbidden", "native code"],
  ["endless output", "while True: print('x' * 1000)", "output_limit", "more than 64000 bytes"],
  ["close the outputs", "import os; os.close(1); os.dup2(2, 1)", "runtime", "Function not implemented"],
];

function loopThatCatches(): string {
  return "while True:\n  try:\n    while True: pass\n  except BaseException: pass";
}

function recursion(): string {
  return "import sys\nsys.setrecursionlimit(10 ** 8)\nclass A:\n  def __repr__(self): return repr(self)\nrepr(A())";
}

/** Tests of `add` would pass if they found what this leaves behind. */
const CHANGE_MODULES = `import builtins, math, pytest, sys, unittest.case
class Any:
    __eq__ = __enter__ = __exit__ = lambda *a: True
pytest.approx = pytest.raises = unittest.case._AssertRaisesContext = lambda *a, **k: Any()
math.isclose = builtins.abs = builtins.all = lambda *a, **k: True
builtins.__import__ = lambda *a: sys.modules["pytest"]
sys.modules["math"] = sys.modules["unittest"] = sys.modules["pytest"]
def add(a, b): return 0`;

const WATCH = `import sys
sys.monitoring.use_tool_id(0, "x")
sys.monitoring.register_callback(0, sys.monitoring.events.LINE, print)`;

/** Attempts to be right without being so, or to change what comes after. Each leaves `add` undefined or wrong. */
const CHEATS: readonly (readonly [name: string, code: string, error?: string, message?: string])[] = [
  ["print the answer", "print('3\\nOK\\n1 passed')"],
  ["forge a reply", `print('{"value":{"error":null,"tests_passed":1,"tests_total":1}}')`],
  ["replace the assertion", "import builtins\nbuiltins.AssertionError = type('Fine', (Exception,), {})"],
  [
    "replace compile, exec and eval",
    "import builtins\nfor n in ('compile', 'exec', 'eval'): setattr(builtins, n, lambda *a: None)",
  ],
  [
    "replace every built-in",
    "import builtins\nfor n in dir(builtins):\n  if n[0] != '_' and n != 'setattr': setattr(builtins, n, None)",
  ],
  ["empty the modules", "import sys\nsys.modules.clear()\nsys.path.clear()\nsys.meta_path.clear()"],
  [
    "break the library",
    "import json, ast, io, re\njson.dumps = json.loads = ast.parse = io.open = re.compile = None",
  ],
  ["replace the outputs", "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = None"],
  ["leave the tests", "import sys\nsys.exit = None\nclass E(SystemExit): pass\ndef add(a, b): raise E(0)"],
  ["leave quietly", "import os\ndef add(a, b): os._exit(0)"],
  ["skip lines", skipLines(), "forbidden", "sys.settrace"],
  [
    "change unittest",
    "import unittest\nunittest.TestCase.assertEqual = lambda *a: None",
    "runtime",
    "immutable type",
  ],
  [
    "change its code",
    "import unittest\nunittest.TestCase.assertEqual.__code__ = (lambda *a: 0).__code__",
    "forbidden",
    "",
  ],
  ["change modules", CHANGE_MODULES],
  ["find the harness", "import gc\nfor o in gc.get_objects(): pass", "forbidden", "gc.get_objects"],
  ["watch the tests", WATCH, "forbidden", "register_callback"],
  ["hang on the way out", "import atexit\natexit.register(lambda: print('3'))"],
];

function skipLines(): string {
  return `import sys
def trace(frame, event, arg):
    if frame.f_code.co_filename == "<test>" and event == "line":
        try: frame.f_lineno = frame.f_lineno + 1
        except ValueError: pass
    return trace
sys.settrace(trace)
def add(a, b): return 0`;
}

/** Says what state it finds, so that two runs of it can be compared. */
const HEALTHY = `
import builtins, gc, hashlib, json, os, random, sys, time
state = json.dumps([sorted(sys.modules), sorted(dir(builtins)), sys.path, os.getcwd(), sorted(os.listdir("/")),
  sorted(os.listdir("/dev")), dict(os.environ), random.random(), id(object()), sys.getrecursionlimit(),
  gc.get_count(), sorted(os.listdir("/proc/self/fd"))])
print(hashlib.sha256(state.encode()).hexdigest(), len(state))
def add(a, b):
    return a + b
`;

const RELIES_ON_MODULES = `
import math, pytest, unittest
def test_isclose(): assert math.isclose(add(1, 2), 3)
def test_approx(): assert add(1, 2) == pytest.approx(3)
def test_raises():
    with pytest.raises(TypeError): add(1, 2)
def test_builtin(): assert abs(add(1, 2)) == 3 and all([add(1, 2)])
class TestAdd(unittest.TestCase):
    def test_raises(self):
        with self.assertRaises(TypeError): add(1, 2)
`;

/** Each is followed by a program that must not notice. */
const HOSTILE: readonly Row[] = [...FAILURES, ...CHEATS].flatMap(([, code]) =>
  [code, HEALTHY].map((one) => ({
    code: one,
    tests: [code === CHANGE_MODULES && one === code ? RELIES_ON_MODULES : "assert add(1, 2) == 3"],
  }))
);

/** All rows in one run, in one process, one after the other: an interpreter takes its time to start. */
Deno.test("python_exec judges programs and lets none of them touch the next", async (t) => {
  const columns = { code: ADD, tests: null, entry_point: null, cases: null };
  const { rows, failed } = await runStep(pythonExec, {
    config: {
      tests: "tests",
      entry_point: "entry_point",
      cases: "cases",
      processes: 1,
      timeout_ms: 1000,
      memory_mb: 64,
    },
    columns: { code: "string", tests: "any", entry_point: "any", cases: "any" },
    rows: [...JUDGED.map(([row]) => row), ...HOSTILE, ...UNREADABLE].map((row) => ({ ...columns, ...row })),
  });
  assertEquals(rows.length, JUDGED.length + HOSTILE.length);
  const judged = rows.slice(0, JUDGED.length);
  for (const [index, [row, error, passed, total, message = ""]] of JUDGED.entries()) {
    await t.step(JSON.stringify(row).slice(0, 60), () => {
      const found = judged[index]!;
      const { exec_error, tests_passed, tests_total } = found;
      assertEquals(
        [exec_error, tests_passed, tests_total],
        [error, passed, total],
        String(found.exec_message),
      );
      assertEquals(found.exec_pass, error === null);
      assertStringIncludes(String(found.exec_message ?? ""), message);
    });
  }
  await t.step("random numbers, hashes and addresses are the same in each run", () => {
    assertEquals(judged.at(-1)?.stdout, judged.at(-2)?.stdout);
  });
  await t.step("tests that cannot be read, or check nothing, fail their row", () => {
    assertEquals(failed.map(({ error }) => error.code), UNREADABLE.map(() => "data.tests"));
  });
  const hostile = rows.slice(JUDGED.length);
  for (const [index, [name, , error, message]] of [...FAILURES, ...CHEATS].entries()) {
    await t.step(
      name,
      () => assertHarmless(hostile.slice(2 * index, 2 * index + 2), hostile[1]!, [error, message]),
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
