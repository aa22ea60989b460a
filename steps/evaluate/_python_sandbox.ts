/**
 * One Python interpreter, put back to the state it had before the first program after each one: its memory is copied
 * from a snapshot, so there is nothing of one program that the next one could meet. Programs are run through the
 * interpreter's C interface, from outside; there is no Python code of ours that could be tampered with.
 *
 * @module
 */
import process from "node:process";
import type { CodeEnd, CodeRequest, CodeVerdict, WorkerTools } from "./_code_protocol.ts";
import { PYTHON_BOOTSTRAP, TAKE_ADDRESSES } from "./_python_bootstrap.ts";
import { type HostFunction, HostGate, ProgramTrap, utf8 } from "./_python_gate.ts";

const FILE_INPUT = 257;
const TEXT_BYTES_MAX = 4000;
const PLAN_BYTES_MAX = 64 * 2 ** 20;
const PLANS_MAX = 64;
/** A text that is one statement for sure. */
const ONE_ASSERT = /^assert [^\n;#\\]+$/;
const BYTES_CLEARED_MAX = 8 * 2 ** 30;

/** What is used of the package: it comes from a path, so its types are not known here. */
interface Package {
  readonly loadPyodide: (options: Readonly<Record<string, unknown>>) => Promise<Pyodide>;
}

interface Pyodide {
  readonly runPython: (source: string) => unknown;
  readonly makeMemorySnapshot: () => Uint8Array;
  readonly FS: {
    readonly chdir: (path: string) => void;
    readonly close: (stream: unknown) => void;
    readonly streams: (unknown | null)[];
  };
}

/** Functions of the C interface take and give addresses. */
type Exports = Readonly<Record<string, (...args: number[]) => number>>;

interface Interpreter {
  readonly pyodide: Pyodide;
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  readonly stackPointer: WebAssembly.Global;
  readonly signalsAt: number;
  readonly gate: HostGate;
}

/** A statement of the tests. What only prepares has no name. */
type Part = readonly [name: string, source: string];

/** What an interpreter is started with. */
export interface SandboxOptions {
  /** The memory to start from. */
  readonly snapshot: Uint8Array;
  /** What a program may use, in all. */
  readonly memoryBytesMax: number;
  /** The clock by which programs are ended. */
  readonly timeLimit: WorkerTools["timeLimit"];
}

/** An interpreter that runs one program after the other. */
export class PythonSandbox {
  readonly #python: Interpreter;
  readonly #at: Addresses["names"];
  readonly #resets: Addresses["resets"];
  readonly #snapshot: Uint8Array;
  readonly #stack: number;
  readonly #streams: readonly unknown[];
  readonly #timeLimit: WorkerTools["timeLimit"];
  /** Tests that were cut into parts before: many programs share theirs. */
  readonly #plans: Map<string, readonly Part[]> = new Map();
  #bytesCleared = 0;

  private constructor(python: Interpreter, { addresses, timeLimit }: Inside) {
    this.#python = python;
    this.#at = addresses.names;
    this.#resets = addresses.resets;
    this.#timeLimit = timeLimit;
    this.#snapshot = new Uint8Array(python.memory.buffer).slice();
    this.#stack = python.stackPointer.value;
    this.#streams = [...python.pyodide.FS.streams];
  }

  /**
   * Starts an interpreter.
   * @param folder URL of the package `pyodide`, with a slash at its end
   * @param snapshot what {@linkcode makeSnapshot} gave
   */
  static async open(folder: string, options: SandboxOptions): Promise<PythonSandbox> {
    const python = await startInterpreter(folder, { _loadSnapshot: options.snapshot });
    const addresses = JSON.parse(String(python.pyodide.runPython(TAKE_ADDRESSES))) as Addresses;
    for (const type of addresses.frozen) python.exports.PyType_Freeze!(type);
    // The interpreter asks every few instructions whether there is a signal: that is where time is told.
    new Uint8Array(python.memory.buffer)[python.signalsAt] = 1;
    python.gate.close(python.memory, python.memory.buffer.byteLength + options.memoryBytesMax);
    return new PythonSandbox(python, { addresses, timeLimit: options.timeLimit });
  }

  /** Whether clearing a memory that has grown, which cannot shrink, has cost more than a new interpreter would. */
  get isWorn(): boolean {
    return this.#bytesCleared > BYTES_CLEARED_MAX;
  }

  /** Runs a program, then forgets it. */
  run(request: CodeRequest): CodeEnd {
    const { gate } = this.#python;
    const parts = this.#plan(request);
    if (!Array.isArray(parts)) {
      return { ...parts as CodeVerdict, output: "", tests_passed: 0, tests_total: 0 };
    }
    const progress = { passed: 0 };
    this.#begin(request);
    try {
      const verdict = this.#verdict(() => this.#execute(request, { parts, progress }));
      this.#verdict(() => this.#flush());
      const tests_total = parts.filter(([name]) => name !== "").length;
      return { ...verdict, output: gate.output, tests_passed: progress.passed, tests_total };
    } finally {
      this.#restore();
    }
  }

  #begin(request: CodeRequest): void {
    this.#python.gate.begin({
      stdin: utf8(request.stdin),
      isOver: this.#timeLimit(request.timeout_ms),
      outputBytesMax: request.output_bytes_max,
    });
  }

  #execute(request: CodeRequest, tests: Tests): CodeVerdict {
    const { exports } = this.#python;
    const globals = request.tests === null ? this.#at.main! : this.#at.solution!;
    // Tests become code before the program has run a single instruction.
    const compiled = tests.parts.map(([, source]) => this.#compile(source, "<test>"));
    if (request.code.includes("\0")) return { error: "syntax", message: "The program holds a NUL character" };
    const program = this.#compile(request.code, "<program>");
    if (program === 0) return this.#raised("syntax");
    if (exports.PyEval_EvalCode!(program, globals, globals) === 0) {
      const verdict = this.#raised("runtime");
      const isUsualEnd = verdict.error === "exit" && request.tests === null &&
        verdict.message === "SystemExit: 0";
      return isUsualEnd ? { error: null, message: null } : verdict;
    }
    if (request.tests === null) return { error: null, message: null };
    // Tests find built-in functions and modules as they were before the program.
    for (const [changed, before] of this.#resets) exports.PyDict_Update!(changed, before);
    return this.#test(compiled, globals, tests);
  }

  /** Every part is run, so that the count says how much is right; the first failure is the reason. */
  #test(compiled: readonly number[], globals: number, { parts, progress }: Tests): CodeVerdict {
    let first: CodeVerdict | undefined;
    for (const [index, [name]] of parts.entries()) {
      if (this.#python.exports.PyEval_EvalCode!(compiled[index]!, globals, globals) !== 0) {
        if (name !== "") progress.passed++;
        continue;
      }
      const { error, message } = this.#raised("runtime");
      first ??= { error, message: name === "" ? message : `${message}, in: ${name}` };
    }
    return first ?? { error: null, message: null };
  }

  #compile(source: string, name: string): number {
    return this.#python.exports.Py_CompileStringExFlags!(
      this.#place(source),
      this.#place(name),
      FILE_INPUT,
      0,
      -1,
    );
  }

  #plan({ tests, entry_point, ...rest }: CodeRequest): readonly Part[] | CodeVerdict {
    if (tests === null) return [];
    const key = JSON.stringify({ tests, entry_point });
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    this.#begin({ ...rest, tests, entry_point });
    try {
      const plan = this.#verdict(() => this.#cut(tests, key));
      if ("error" in plan) return { ...plan, error: "tests" };
      this.#keep(key, plan);
      return plan;
    } finally {
      this.#restore();
    }
  }

  /** Python's own parser says where statements begin and end, except where that is plain to see. */
  #cut(tests: readonly string[], key: string): readonly Part[] | CodeVerdict {
    const { exports } = this.#python;
    if (tests.every((text) => ONE_ASSERT.test(text))) {
      const wrong = tests.find((text) => this.#compile(text, "<test>") === 0);
      return wrong === undefined
        ? tests.map((text) => [text.trim(), text])
        : { error: "tests", message: this.#raised("runtime").message };
    }
    const text = exports.PyObject_CallOneArg!(
      this.#at.plan!,
      exports.PyUnicode_FromString!(this.#place(key)),
    );
    if (text === 0) return { error: "tests", message: this.#raised("runtime").message };
    return JSON.parse(this.#textOf(text, PLAN_BYTES_MAX)) as readonly Part[];
  }

  #keep(key: string, plan: readonly Part[]): void {
    const [oldest] = this.#plans.keys();
    if (this.#plans.size >= PLANS_MAX && oldest !== undefined) this.#plans.delete(oldest);
    this.#plans.set(key, plan);
  }

  /** What was raised, which is then no longer raised. */
  #raised(otherwise: "syntax" | "runtime"): CodeVerdict {
    const { exports } = this.#python;
    const error = exports.PyErr_GetRaisedException!();
    const is = (name: string) => exports.PyErr_GivenExceptionMatches!(error, this.#at[name]!) !== 0;
    const message = this.#describe(error);
    if (otherwise === "syntax" && is("SyntaxError")) return { error: "syntax", message };
    if (is("MemoryError")) {
      return otherwise === "syntax"
        ? { error: "too_complex", message }
        : { error: "out_of_memory", message: "The program needs too much memory" };
    }
    if (is("Forbidden")) return { error: "forbidden", message };
    if (is("RecursionError")) return { error: "too_deep", message };
    if (is("SystemExit")) return { error: "exit", message };
    if (is("AssertionError")) return { error: "assertion", message };
    return { error: otherwise, message };
  }

  #describe(error: number): string {
    const { exports } = this.#python;
    const text = exports.PyObject_CallOneArg!(this.#at.describe!, error);
    if (text !== 0) return this.#textOf(text);
    exports.PyErr_Clear!();
    return "An exception that cannot be described";
  }

  /** What is in Python's buffers, also where the program has replaced `sys.stdout`. */
  #flush(): CodeVerdict {
    const { exports } = this.#python;
    for (const stream of [this.#at.stdout!, this.#at.stderr!]) {
      const flush = exports.PyObject_GetAttrString!(stream, this.#place("flush"));
      if (flush === 0 || exports.PyObject_CallNoArgs!(flush) === 0) exports.PyErr_Clear!();
    }
    return { error: null, message: null };
  }

  /** Whatever ends the program from outside becomes its verdict. */
  #verdict<T>(run: () => T): T | CodeVerdict {
    try {
      return run();
    } catch (thrown) {
      if (thrown instanceof ProgramTrap) return { error: thrown.kind, message: thrown.message };
      if (thrown instanceof RangeError) {
        return { error: "too_deep", message: "The program recurses too deeply" };
      }
      if (thrown instanceof WebAssembly.RuntimeError) {
        return { error: "crashed", message: `The interpreter failed: ${thrown.message}` };
      }
      throw thrown;
    }
  }

  #restore(): void {
    const { memory, stackPointer, pyodide: { FS } } = this.#python;
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(this.#snapshot);
    bytes.fill(0, this.#snapshot.length);
    this.#bytesCleared += bytes.length - this.#snapshot.length;
    stackPointer.value = this.#stack;
    FS.streams.length = 0;
    FS.streams.push(...this.#streams);
    FS.chdir("/");
  }

  #place(text: string): number {
    const bytes = utf8(text);
    const at = this.#python.exports.malloc!(bytes.length + 1);
    if (at === 0) throw new ProgramTrap("crashed", "The interpreter has no room for a text");
    const memory = new Uint8Array(this.#python.memory.buffer);
    memory.set(bytes, at);
    memory[at + bytes.length] = 0;
    return at;
  }

  #textOf(object: number, bytesMax = TEXT_BYTES_MAX): string {
    const { exports, memory } = this.#python;
    const at = exports.PyUnicode_AsUTF8!(object);
    if (at === 0) {
      exports.PyErr_Clear!();
      return "A text that cannot be read";
    }
    const bytes = new Uint8Array(memory.buffer, at, Math.min(bytesMax, memory.buffer.byteLength - at));
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
  }
}

/** Where in memory is what the host uses. */
interface Addresses {
  readonly names: Readonly<Record<string, number>>;
  /** Dictionaries that a program may have changed, such as those of modules, each with a copy from before. */
  readonly resets: readonly (readonly [changed: number, before: number])[];
  /** Classes that tests rely on; they cannot be changed. */
  readonly frozen: readonly number[];
}

/** What is known of a started interpreter. */
interface Inside {
  readonly addresses: Addresses;
  readonly timeLimit: WorkerTools["timeLimit"];
}

/** The tests of one run. */
interface Tests {
  readonly parts: readonly Part[];
  readonly progress: { passed: number };
}

/**
 * The memory of an interpreter that is ready for its first program. Starting from it takes a tenth of the time.
 * @param folder URL of the package `pyodide`, with a slash at its end
 */
export async function makeSnapshot(folder: string): Promise<Uint8Array> {
  const { pyodide } = await startInterpreter(folder, { _makeSnapshot: true });
  pyodide.runPython(PYTHON_BOOTSTRAP);
  return pyodide.makeMemorySnapshot();
}

/** Loads the package with its imports guarded; nothing of this thread's JavaScript is given to Python. */
async function startInterpreter(
  folder: string,
  snapshot: Readonly<Record<string, unknown>>,
): Promise<Interpreter> {
  const gate = new HostGate();
  let instance: WebAssembly.Instance | undefined;
  const real = WebAssembly.instantiate;
  const guarded = async (source: BufferSource, imports?: WebAssembly.Imports) => {
    if (imports?.wasi_snapshot_preview1 === undefined) return await real(source, imports);
    for (const table of new Set([imports.env, imports.wasi_snapshot_preview1])) {
      gate.guard(table as Record<string, unknown>);
    }
    const made = await real(source, imports);
    instance = made.instance;
    return made;
  };
  Object.assign(WebAssembly, { instantiate: guarded });
  // Python objects that JavaScript lets go of would be freed in a memory that has been put back since.
  Object.assign(globalThis, { FinalizationRegistry: NoFinalization });
  // Node refuses this one to processes with permissions; what is asked for are numbers for a file system of the machine.
  Object.assign(process, { binding: () => ({ fs: {} }) });
  const { loadPyodide } = await import(`${folder}pyodide.mjs`) as Package;
  const pyodide = await loadPyodide({
    jsglobals: Object.create(null),
    env: { HOME: "/", _: "python", PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1" },
    stdin: () => null,
    stdout: ignore,
    stderr: ignore,
    enableRunUntilComplete: false,
    ...snapshot,
  });
  Object.assign(WebAssembly, { instantiate: real });
  if (instance === undefined) {
    throw new TypeError("The package pyodide is of a version that cannot be guarded");
  }
  const exports = instance.exports;
  return {
    pyodide,
    gate,
    exports: exports as unknown as Exports,
    memory: exports.memory as WebAssembly.Memory,
    stackPointer: exports.__stack_pointer as WebAssembly.Global,
    signalsAt: (exports.Py_EMSCRIPTEN_SIGNAL_HANDLING as WebAssembly.Global).value as number,
  };
}

class NoFinalization {
  register(): void {}
  unregister(): void {}
}

const ignore: HostFunction = () => {};
