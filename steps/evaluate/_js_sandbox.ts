/**
 * JavaScript programs in QuickJS, an interpreter compiled to WebAssembly: each program gets an instance of its own,
 * with a memory of its own, that is dropped afterwards. Nothing of the machine exists in there but the functions that
 * are handed in below; they take and give text.
 *
 * @module
 */
import type { CodeEnd, CodeErrorKind, CodeRequest, CodeVerdict, WorkerTools } from "./_code_protocol.ts";
import { JS_PRELUDE } from "./_js_prelude.ts";

const STACK_BYTES_MAX = 192 * 1024;
const PAGE_BYTES = 65_536;
const TIMERS_MAX = 10_000;
/** What the prelude gives for tests, in its order; last comes a function that takes over what a module exports. */
const TEST_PARAMETERS = "assert, expect, test, describe, require";
const IS_MODULE = /^[ \t]*(?:export|import)\b/m;

/** Makes instances of QuickJS. */
export interface QuickJs {
  readonly open: () => Promise<Instance>;
}

/** One instance, with its memory. */
interface Instance {
  readonly runtime: Runtime;
  /** Whether most of the memory that it may use is in use. */
  readonly isFull: () => boolean;
  /** The clock by which programs are ended. */
  readonly timeLimit: WorkerTools["timeLimit"];
}

/** The part of the package that is used: it comes from a path, so its types are not known here. */
interface Package {
  readonly newQuickJSWASMModule: () => Promise<{ readonly newRuntime: () => Runtime }>;
}

interface Runtime {
  readonly newContext: () => Context;
  readonly setMaxStackSize: (bytes: number) => void;
  readonly setInterruptHandler: (isOver: () => boolean) => void;
  readonly executePendingJobs: (max?: number) => { readonly error?: Handle; readonly value?: number };
  readonly hasPendingJob: () => boolean;
}

interface Handle {
  readonly dup: () => Handle;
}

type Result = { readonly value: Handle; readonly error?: undefined } | { readonly error: Handle };

interface Context {
  readonly global: Handle;
  readonly undefined: Handle;
  readonly evalCode: (code: string, file: string, options?: Readonly<Record<string, unknown>>) => Result;
  readonly callFunction: (run: Handle, self: Handle, ...values: Handle[]) => Result;
  readonly newFunction: (name: string, run: (...values: Handle[]) => Handle | undefined) => Handle;
  readonly newObject: () => Handle;
  readonly newString: (text: string) => Handle;
  readonly newNumber: (value: number) => Handle;
  readonly newError: (message: string) => Handle;
  readonly setProp: (object: Handle, name: string, value: Handle) => void;
  readonly getProp: (object: Handle, name: string | number) => Handle;
  readonly getString: (value: Handle) => string;
  readonly getNumber: (value: Handle) => number;
  readonly getPromiseState: (value: Handle) =>
    | { readonly type: "fulfilled"; readonly value: Handle }
    | { readonly type: "pending" }
    | { readonly type: "rejected"; readonly error: Handle };
  readonly dump: (value: Handle) => unknown;
}

/** Where QuickJS is, and what a program may use. */
export interface QuickJsOptions {
  /** Absolute path of the package's built files. */
  readonly folder: string;
  /** QuickJS itself does not count the bytes of arrays, so it is the memory that is bounded. */
  readonly memoryBytesMax: number;
}

/** Loads QuickJS, once; the compiled code is kept for all instances. */
export function loadQuickJs({ folder, memoryBytesMax }: QuickJsOptions, tools: WorkerTools): QuickJs {
  let compiled: Promise<WebAssembly.Module> | undefined;
  const instantiate = async (bytes: BufferSource, imports: WebAssembly.Imports) => {
    const module = await (compiled ??= WebAssembly.compile(bytes));
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  const pagesMore = Math.ceil(memoryBytesMax / PAGE_BYTES);
  let memory: Memory | undefined;
  class Memory extends WebAssembly.Memory {
    constructor({ initial, maximum = Infinity }: WebAssembly.MemoryDescriptor) {
      super({ initial, maximum: Math.min(maximum, initial + pagesMore) });
      memory = this;
    }
  }
  const ours = Object.assign(Object.create(WebAssembly), { instantiate, Memory });
  const { newQuickJSWASMModule } = tools.loadScript(`${folder}/index.global.js`, {
    // Without sight of a `process` the library looks for no files.
    names: { globalThis: { WebAssembly: ours }, process: undefined, WebAssembly: ours },
    result: "QJS",
  }) as Package;
  return {
    open: async () => {
      const runtime = (await newQuickJSWASMModule()).newRuntime();
      const own = memory!;
      const isFull = () => own.buffer.byteLength > memoryBytesMax / 2;
      return { runtime, isFull, timeLimit: tools.timeLimit };
    },
  };
}

/** Runs a program in an instance of its own. */
export async function runJavaScript(quickJs: QuickJs, request: CodeRequest): Promise<CodeEnd> {
  return new JsRun(await quickJs.open(), request).judge();
}

/** One run of one program. */
class JsRun {
  readonly #runtime: Runtime;
  readonly #context: Context;
  readonly #request: CodeRequest;
  readonly #output: string[] = [];
  readonly #isOver: () => boolean;
  readonly #isFull: () => boolean;
  #bytesWritten = 0;
  /** Why the program is being ended; nothing that it does from there on counts. */
  #trap: CodeVerdict | undefined;
  #timers: { readonly due: number; readonly id: number; readonly run: Handle }[] = [];
  #timerCount = 0;
  #now = 0;
  readonly #tests: { readonly name: string; readonly run: Handle }[] = [];
  #passed = 0;
  #total = 0;

  constructor({ runtime, isFull, timeLimit }: Instance, request: CodeRequest) {
    const hasHadItsTime = timeLimit(request.timeout_ms);
    this.#runtime = runtime;
    this.#isFull = isFull;
    this.#request = request;
    runtime.setMaxStackSize(STACK_BYTES_MAX);
    this.#isOver = () => {
      if (hasHadItsTime()) this.#trap ??= { error: "timeout", message: "" };
      return this.#trap !== undefined;
    };
    runtime.setInterruptHandler(this.#isOver);
    this.#context = runtime.newContext();
  }

  judge(): CodeEnd {
    let verdict: CodeVerdict;
    try {
      verdict = this.#execute() ?? { error: null, message: null };
    } catch (thrown) {
      if (thrown instanceof RangeError) {
        verdict = { error: "too_deep", message: "The program recurses too deeply" };
      } else if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
      else verdict = { error: "crashed", message: `The interpreter failed: ${thrown.message}` };
    }
    const { tests } = this.#request;
    const total = this.#total > 0 ? this.#total : tests?.length ?? 0;
    return {
      ...(this.#trap ?? verdict),
      output: this.#output.join(""),
      tests_passed: this.#passed,
      tests_total: total,
    };
  }

  #execute(): CodeVerdict | undefined {
    const { code, tests } = this.#request;
    const context = this.#context;
    const helpers = this.#installPrelude();
    const isModule = IS_MODULE.test(code);
    const type = isModule ? "module" : "global";
    const parsed = context.evalCode(code, "program.js", { type, compileOnly: true });
    if (parsed.error !== undefined) return this.#verdictOf(parsed.error, "syntax");
    const result = context.evalCode(code, "program.js", { type });
    const ended = this.#settle(result, isModule) ?? (isModule ? this.#adopt(result, helpers) : undefined);
    if (ended !== undefined) return ended;
    return tests === null ? undefined : this.#test(tests, helpers);
  }

  /** What a module exports is where tests look for it. */
  #adopt(result: Result, helpers: readonly Handle[]): CodeVerdict | undefined {
    const state = this.#context.getPromiseState(valueOf(result));
    if (state.type !== "fulfilled") return undefined;
    return this.#settle(
      this.#context.callFunction(helpers.at(-1)!, this.#context.undefined, state.value),
      false,
    );
  }

  /** A promise is waited for: what is due is done, in the order of its time, without any waiting. */
  #settle(result: Result, isPromise: boolean): CodeVerdict | undefined {
    if (result.error !== undefined) return this.#verdictOf(result.error);
    const failed = this.#runDue();
    if (failed !== undefined) return failed;
    if (!isPromise) return undefined;
    const state = this.#context.getPromiseState(result.value);
    if (state.type === "rejected") return this.#verdictOf(state.error);
    if (state.type === "pending") return { error: "runtime", message: "A promise is never settled" };
    return undefined;
  }

  #runDue(): CodeVerdict | undefined {
    for (;;) {
      const { error } = this.#runtime.executePendingJobs();
      if (this.#isOver()) return this.#trap;
      if (error !== undefined) return this.#verdictOf(error);
      if (this.#runtime.hasPendingJob()) continue;
      const [first, ...others] = this.#timers;
      if (first === undefined) return undefined;
      const next = others.reduce((one, other) => other.due < one.due ? other : one, first);
      this.#timers = this.#timers.filter(({ id }) => id !== next.id);
      this.#now = next.due;
      const ended = this.#context.callFunction(next.run, this.#context.undefined);
      if (ended.error !== undefined) return this.#verdictOf(ended.error);
    }
  }

  #test(texts: readonly string[], helpers: readonly Handle[]): CodeVerdict | undefined {
    let first: CodeVerdict | undefined;
    for (const [index, text] of texts.entries()) {
      const before = this.#tests.length;
      const failed = this.#runTest(text, helpers);
      if (failed?.error === "tests") return failed;
      if (failed !== undefined || this.#tests.length === before) this.#count(failed);
      if (failed !== undefined) {
        first ??= { ...failed, message: `${failed.message}, in: ${shorten(text, index)}` };
      }
      for (const { name, run } of this.#tests.slice(before)) {
        const result = this.#context.callFunction(run, this.#context.undefined);
        const ended = this.#settle(
          result,
          result.error === undefined && isPromise(this.#context, result.value),
        );
        this.#count(ended);
        if (ended !== undefined) first ??= { ...ended, message: `${ended.message}, in: ${name}` };
      }
    }
    return first;
  }

  #count(failed: CodeVerdict | undefined): void {
    this.#total++;
    if (failed === undefined && this.#trap === undefined) this.#passed++;
  }

  /** As a function of its own, so that no declaration of the program stands between a test and what it asserts with. */
  #runTest(text: string, helpers: readonly Handle[]): CodeVerdict | undefined {
    const { entry_point } = this.#request;
    const last = entry_point === null
      ? ""
      : `\nif (typeof check === "function") await check(${entry_point});`;
    const source = `(async function (${TEST_PARAMETERS}) { const it = test; {\n${text}${last}\n} })`;
    const made = this.#context.evalCode(source, "test.js");
    if (made.error !== undefined) {
      return { error: "tests", message: this.#verdictOf(made.error).message };
    }
    return this.#settle(this.#context.callFunction(made.value, this.#context.undefined, ...helpers), true);
  }

  #verdictOf(thrown: Handle, otherwise: "syntax" | "runtime" = "runtime"): CodeVerdict {
    if (this.#trap !== undefined) return this.#trap;
    const dumped = this.#context.dump(thrown);
    if (this.#trap !== undefined) return this.#trap;
    const { name, message } = described(dumped);
    // There was no room for an error either.
    if (!isError(dumped) && this.#isFull()) {
      return { error: "out_of_memory", message: "InternalError: out of memory" };
    }
    return { error: kindOf(name, message) ?? otherwise, message: `${name}: ${message}` };
  }

  #end(error: CodeErrorKind, message: string): never {
    this.#trap ??= { error, message };
    throw new TypeError(message);
  }

  #installPrelude(): readonly Handle[] {
    const context = this.#context;
    const host = context.newObject();
    const offer = (name: string, run: (...values: Handle[]) => Handle | undefined) =>
      context.setProp(host, name, context.newFunction(name, run));
    context.setProp(host, "stdin", context.newString(this.#request.stdin));
    offer("write", (text) => this.#write(context.getString(text!), true));
    offer("hide", (text) => this.#write(context.getString(text!), false));
    offer("exit", (code) => this.#exit(context.getNumber(code!)));
    offer(
      "forbid",
      (what) => this.#end("forbidden", `The program tried to reach ${context.getString(what!)}`),
    );
    offer("timer", (run, ms) => context.newNumber(this.#addTimer(run!, context.getNumber(ms!))));
    offer("clear", (id) => {
      const wanted = context.getNumber(id!);
      this.#timers = this.#timers.filter((timer) => timer.id !== wanted);
      return undefined;
    });
    offer("test", (name, run) => {
      this.#tests.push({ name: context.getString(name!), run: run!.dup() });
      return undefined;
    });
    const prelude = valueOf(context.evalCode(JS_PRELUDE, "prelude.js"));
    const helpers = valueOf(context.callFunction(prelude, context.undefined, host));
    return [...TEST_PARAMETERS.split(", "), "adopt"].map((_, index) => context.getProp(helpers, index));
  }

  #write(text: string, isOutput: boolean): undefined {
    this.#bytesWritten += new TextEncoder().encode(text).length;
    const { output_bytes_max } = this.#request;
    if (this.#bytesWritten > output_bytes_max) {
      this.#end("output_limit", `The program wrote more than ${output_bytes_max} bytes`);
    }
    if (isOutput) this.#output.push(text);
  }

  #exit(code: number): never {
    const isUsualEnd = code === 0 && this.#request.tests === null;
    this.#trap ??= isUsualEnd
      ? { error: null, message: null }
      : { error: "exit", message: `The program ended itself with code ${code}` };
    throw new TypeError("The program has ended");
  }

  #addTimer(run: Handle, ms: number): number {
    if (++this.#timerCount > TIMERS_MAX) {
      this.#end("too_complex", `The program sets more than ${TIMERS_MAX} timers`);
    }
    this.#timers.push({ due: this.#now + Math.max(0, ms), id: this.#timerCount, run: run.dup() });
    return this.#timerCount;
  }
}

function isPromise(context: Context, value: Handle): boolean {
  const state = context.getPromiseState(value) as { readonly notAPromise?: boolean };
  return state.notAPromise !== true;
}

function valueOf(result: Result): Handle {
  if (result.error !== undefined) throw new TypeError("The prelude of JavaScript programs failed");
  return result.value;
}

function isError(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "message" in thrown;
}

function described(thrown: unknown): { readonly name: string; readonly message: string } {
  if (typeof thrown !== "object" || thrown === null) return { name: "Thrown", message: String(thrown) };
  const { name = "Error", message = "" } = thrown as { readonly name?: unknown; readonly message?: unknown };
  return { name: String(name), message: String(message) };
}

function kindOf(name: string, message: string): CodeErrorKind | undefined {
  if (name === "AssertionError") return "assertion";
  if (message.startsWith("could not load module ")) return "forbidden";
  if (name === "RangeError" && message === "Maximum call stack size exceeded") return "too_deep";
  if (name !== "InternalError") return undefined;
  if (/out of memory|string too long/.test(message)) return "out_of_memory";
  return message.includes("stack overflow") ? "too_deep" : undefined;
}

function shorten(text: string, index: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 80 ? line : `test ${index + 1}`;
}
