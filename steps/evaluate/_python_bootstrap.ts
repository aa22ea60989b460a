/**
 * What runs in the Python interpreter before any program does, once for all processes. Nothing of it stands between a program and its verdict:
 * tests are turned into code objects before the program starts, and whether they raise is seen from outside.
 *
 * @module
 */

/** Python source: streams, modules and functions that the host calls. */
export const PYTHON_BOOTSTRAP = String.raw`
def _bootstrap():
    import abc, array, ast, asyncio, bisect, builtins, calendar, cmath, collections, copy, dataclasses, datetime
    import decimal, enum, fractions, functools, hashlib, heapq, io, itertools, json, math, numbers, operator, os
    import queue, random, re, selectors, statistics, string, sys, textwrap, time, traceback, types, typing, unittest

    def stream(fd, mode):
        raw = io.FileIO(fd, mode, closefd=False)
        if mode == "r":
            return io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8", errors="replace")
        return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")

    sys.stdin = sys.__stdin__ = stream(0, "r")
    sys.stdout = sys.__stdout__ = stream(1, "w")
    sys.stderr = sys.__stderr__ = stream(2, "w")
    sys.argv = ["program.py"]
    sys.setrecursionlimit(1000)

    class Selector(selectors._BaseSelectorImpl):
        def select(self, timeout=None):
            time.sleep(3600 if timeout is None else max(timeout, 0))
            return []

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self):
            super().__init__(Selector())

        def _make_self_pipe(self):
            pass

        def _close_self_pipe(self):
            pass

        def _write_to_self(self):
            pass

    def run(main, *, debug=None, loop_factory=None):
        with asyncio.Runner(debug=debug, loop_factory=loop_factory or Loop) as runner:
            return runner.run(main)

    asyncio.events._set_running_loop(None)
    asyncio.run = asyncio.runners.run = run
    asyncio.new_event_loop = asyncio.events.new_event_loop = Loop

    def module(name, known_as=None):
        made = types.ModuleType(name)
        made.__builtins__ = builtins
        sys.modules[known_as or name] = made
        return made

    main, solution, pytest = module("__main__", "_main_of_programs"), module("solution"), module("pytest")

    class raises:
        def __init__(self, expected, match=None):
            self.expected, self.match, self.value = expected, match, None

        def __enter__(self):
            return self

        def __exit__(self, kind, value, trace):
            assert kind is not None, f"DID NOT RAISE {self.expected}"
            if not issubclass(kind, self.expected):
                return False
            self.type, self.value = kind, value
            found = self.match is None or re.search(self.match, str(value))
            assert found, f"{str(value)!r} does not match {self.match!r}"
            return True

    class approx:
        __array_ufunc__ = None

        def __init__(self, expected, rel=1e-6, abs=1e-12):
            self.expected, self.rel, self.abs = expected, rel, abs

        def __eq__(self, actual):
            def near(a, b):
                if isinstance(b, dict):
                    return isinstance(a, dict) and a.keys() == b.keys() and all(near(a[k], b[k]) for k in b)
                if isinstance(b, (list, tuple)):
                    return len(a) == len(b) and all(map(near, a, b))
                return a == b or math.isclose(a, b, rel_tol=self.rel, abs_tol=self.abs)

            return near(actual, self.expected)

        def __repr__(self):
            return f"approx({self.expected!r})"

    class mark:
        @staticmethod
        def parametrize(names, values):
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

            def decorate(test):
                @functools.wraps(test)
                def each(*args):
                    for value in values:
                        test(*args, **dict(zip(names, [value] if len(names) == 1 else value)))

                del each.__wrapped__
                return each

            return decorate

    pytest.raises, pytest.approx, pytest.mark = raises, approx, mark

    def is_unit(node):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return False
        passive = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return not isinstance(node, passive + (ast.Assign, ast.AnnAssign, ast.AugAssign))

    def calls_of(node, base_text):
        name = getattr(node, "name", "")
        if isinstance(node, ast.FunctionDef) and name.startswith("test"):
            return [(name, f"{name}()")]
        if isinstance(node, ast.AsyncFunctionDef) and name.startswith("test"):
            return [(name, f"__import__('asyncio').run({name}())")]
        if not isinstance(node, ast.ClassDef):
            return []
        tests = [one.name for one in node.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test")]
        if "TestCase" in base_text:
            return [(f"{name}.{test}", f"{name}({test!r}).debug()") for test in tests]
        if not name.startswith("Test"):
            return []
        has_setup = any(getattr(one, "name", "") == "setup_method" for one in node.body)
        setup = "_case.setup_method(); " if has_setup else ""
        return [(f"{name}.{test}", f"_case = {name}(); {setup}_case.{test}()") for test in tests]

    def short(text):
        line = " ".join(text.split())
        return line if len(line) <= 80 else line[:77] + "..."

    def text_of(lines, node):
        """A statement as it is written, and the number of its first line."""
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        part = lines[first - 1:node.end_lineno]
        part[-1] = part[-1][:node.end_col_offset]
        if first == node.lineno:
            part[0] = part[0][node.col_offset:]
        return b"\n".join(part).decode(), first

    def plan(request):
        """Cuts tests into statements: [name, or "" for what only prepares; source]."""
        asked = json.loads(request)
        entry_point, parts, calls = asked["entry_point"], [], []
        for text in asked["tests"]:
            lines = text.replace("\r\n", "\n").encode().split(b"\n")
            for node in ast.parse(b"\n".join(lines), "<test>").body:
                source, first = text_of(lines, node)
                if source.startswith(("unittest.main(", "pytest.main(", "if __name__ ")):
                    continue
                if entry_point and source.startswith("check("):
                    continue
                parts.append((short(source) if is_unit(node) else "", "\n" * (first - 1) + source))
                if not is_unit(node):
                    calls += calls_of(node, source.split("\n", 1)[0])
                    if entry_point and getattr(node, "name", "") == "check":
                        calls.append(("check", f"check({entry_point})"))
        return json.dumps(parts + calls)

    def describe(error):
        """What is told to people about an exception; no verdict depends on it."""
        kind = type(error).__name__
        if isinstance(error, SystemExit):
            return f"SystemExit: {0 if error.code is None else error.code}"
        if isinstance(error, SyntaxError):
            return f"{kind}: {error.msg} (line {error.lineno})"
        text = str(error)[:2000]
        line = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<program>":
                line = trace.tb_lineno
            trace = trace.tb_next
        return kind + (f": {text}" if text else "") + (f" (line {line})" if line else "")

    class Forbidden(BaseException):
        pass

    def refuse(event, args):
        """What could skip or change lines of tests while they run. A hook cannot be taken away again."""
        if event == "object.__setattr__" and args[1] == "__code__" or event in {
            "gc.get_objects", "gc.get_referents", "gc.get_referrers", "sys._current_exceptions", "sys._current_frames",
            "sys.addaudithook", "sys.monitoring.register_callback", "sys.setprofile", "sys.settrace",
        }:
            raise Forbidden(f"The program tried to use {event}")

    case = unittest.case
    kept = {
        "frozen": (
            case.TestCase, case._BaseTestCaseContext, case._AssertRaisesBaseContext, case._AssertRaisesContext,
            raises, approx, mark,
        ),
        "main": main.__dict__, "solution": solution.__dict__, "plan": plan, "describe": describe,
        "stdout": sys.stdout, "stderr": sys.stderr, "SyntaxError": SyntaxError, "MemoryError": MemoryError,
        "Forbidden": Forbidden, "RecursionError": RecursionError, "SystemExit": SystemExit, "AssertionError": AssertionError,
    }
    sys.addaudithook(refuse)
    return kept


import gc, sys
sys._kept_by_host = _bootstrap()
del _bootstrap
`;

/** Python source, run once after a start from the snapshot: what {@linkcode PYTHON_BOOTSTRAP} has left behind. */
export const TAKE_ADDRESSES = `
def _take():
    import gc, json, sys
    kept = sys._kept_by_host
    del sys._kept_by_host
    sys.modules["__main__"] = sys.modules.pop("_main_of_programs")
    modules = [one for name, one in sys.modules.items() if name not in ("__main__", "solution")]
    changeable = [sys.modules, *(vars(one) for one in modules if isinstance(one, type(sys)))]
    resets = [(one, dict(one)) for one in changeable]
    frozen = kept.pop("frozen")
    globals()["_kept_by_host"] = (kept, resets, frozen)
    gc.collect()
    gc.freeze()
    return json.dumps({
        "names": {name: id(value) for name, value in kept.items()},
        "resets": [(id(one), id(copy)) for one, copy in resets],
        "frozen": [id(one) for one in frozen],
    })

_take()
`;
