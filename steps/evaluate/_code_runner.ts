import { FastDistillError, type Json } from "@fastdistill/core/authoring";
import { ModulePool, type ModuleProcess } from "@fastdistill/core/runtime";
import type { CodeEnd, CodeErrorKind, CodeReply, CodeRequest, LoadRequest } from "./_code_protocol.ts";
import { type CodeTests, isExpected, type WhitespaceRule } from "./_code_tests.ts";

const MESSAGE_CHARS_MAX = 500;
const STDOUT_CHARS_MAX = 2000;
const EXCERPT_CHARS_MAX = 80;
const CODE_CHARS_MAX = 1_000_000;
const LOAD_TIMEOUT_MS = 120_000;
/**
 * The process ends a program by itself, by the time that it has had of the processor. Where that fails, as in a loop
 * in native code, or the machine is busier than that, the process is ended.
 */
const PATIENCE = 2;
const GRACE_MS = 1000;
/** What an interpreter takes besides the memory of programs. */
const PROCESS_MB = 512;

/** How programs of one language are run. */
export interface CodeLanguage {
  /** Module of the helper processes. */
  readonly module: URL;
  /** Absolute paths of the files and folders that its interpreter is loaded from, by name. */
  readonly parts: () => Promise<Readonly<Record<string, string>>>;
  /** Settings that hold for all programs. */
  readonly options: Readonly<Record<string, boolean>>;
}

/** Bounds of the processes. */
export interface CodePoolRules {
  readonly memory_mb: number;
  readonly processes: number;
}

/** Bounds and rules of a run. */
export interface CodeRules {
  readonly timeout_ms: number;
  readonly max_output_bytes: number;
  readonly whitespace: WhitespaceRule;
  readonly float_tolerance: number;
}

/** A program to run, and what shows whether it is right. */
export interface CodeJob extends CodeTests {
  readonly code: string;
  readonly rules: CodeRules;
}

/** What became of a program. */
export interface CodeOutcome {
  readonly exec_pass: boolean;
  readonly exec_error: CodeErrorKind | "empty" | "too_large" | "wrong_answer" | null;
  readonly exec_message: string | null;
  readonly tests_passed: number;
  readonly tests_total: number;
  readonly stdout: string;
}

/** Runs programs in helper processes. */
export class CodeRunner implements AsyncDisposable {
  readonly #language: CodeLanguage;
  readonly #rules: CodePoolRules;
  readonly #pool: ModulePool;
  readonly #ready: WeakSet<ModuleProcess> = new WeakSet();
  #parts: Promise<Readonly<Record<string, string>>> | undefined;

  /** Starts nothing yet. */
  constructor(language: CodeLanguage, rules: CodePoolRules) {
    this.#language = language;
    this.#rules = rules;
    this.#pool = new ModulePool({
      module: language.module,
      size: rules.processes,
      memoryMbMax: rules.memory_mb + PROCESS_MB,
    });
  }

  /**
   * Runs a program with all of its tests and cases.
   * @throws {FastDistillError} `registry.load_failed` without the interpreter, `data.tests` for tests that cannot be read
   */
  async judge(job: CodeJob, signal: AbortSignal): Promise<CodeOutcome> {
    if (job.code.trim() === "") return unfit("empty", "There is no program", job);
    if (job.code.length > CODE_CHARS_MAX) {
      return unfit("too_large", `The program is longer than ${CODE_CHARS_MAX} characters`, job);
    }
    const verdicts: Verdict[] = [];
    if (job.tests !== null || job.cases === null) {
      const end = await this.#run(job, { tests: job.tests, stdin: "" }, signal);
      if (job.tests !== null && end.error === null && end.tests_total === 0) {
        throw testsFailure("they check nothing");
      }
      verdicts.push(end);
    }
    for (const [index, one] of (job.cases ?? []).entries()) {
      const end = await this.#run(job, { tests: null, stdin: one.stdin }, signal);
      verdicts.push(judgeCase(end, { index, expected: one.stdout, rules: job.rules }));
      if (end.error !== null && end.error !== "runtime") break;
    }
    return outcomeOf(verdicts, job);
  }

  /** Ends the processes. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Ends the processes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(job: CodeJob, part: RunPart, signal: AbortSignal): Promise<CodeEnd> {
    const first = await this.#attempt(job, part, signal);
    const end = first.error === "crashed" && first.has_ended ? await this.#attempt(job, part, signal) : first;
    if (end.error === "tests") throw testsFailure(end.message ?? "they cannot be read");
    if (end.error === "timeout") {
      return { ...end, message: `The program took longer than ${job.rules.timeout_ms} ms` };
    }
    return end;
  }

  async #attempt(
    job: CodeJob,
    part: RunPart,
    signal: AbortSignal,
  ): Promise<CodeEnd & { has_ended?: boolean }> {
    const parts = await (this.#parts ??= this.#language.parts());
    return await this.#pool.use(Object.values(parts), async (process) => {
      await this.#load(process, parts, signal);
      const { timeout_ms, max_output_bytes } = job.rules;
      const request: CodeRequest = {
        do: "run",
        code: job.code,
        tests: part.tests,
        entry_point: part.tests === null ? null : job.entry_point,
        stdin: part.stdin,
        timeout_ms,
        output_bytes_max: max_output_bytes,
      };
      const reply = await process.request(request as unknown as Json, {
        timeoutMs: PATIENCE * timeout_ms + GRACE_MS,
        signal,
      });
      if (reply.kind === "timed_out") return failedRun("timeout", part);
      if (reply.kind === "out_of_memory") {
        return failedRun("out_of_memory", part, "The program needs too much memory");
      }
      if (reply.kind === "ended") {
        const message = `The process that ran the program failed: ${reply.message}`;
        return { ...failedRun("crashed", part, message), has_ended: true };
      }
      if (reply.kind === "threw") {
        throw new FastDistillError("step.failed", `The interpreter failed: ${reply.message}`);
      }
      const { is_worn, ...end } = reply.value as unknown as CodeReply;
      if (is_worn) await process.close();
      return end;
    });
  }

  async #load(
    process: ModuleProcess,
    parts: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#ready.has(process)) return;
    const request: LoadRequest = {
      do: "load",
      parts,
      memory_mb: this.#rules.memory_mb,
      options: this.#language.options,
    };
    const reply = await process.request(request as unknown as Json, { timeoutMs: LOAD_TIMEOUT_MS, signal });
    if (reply.kind !== "answer") {
      const reason = "message" in reply ? reply.message : `it ${reply.kind.replaceAll("_", " ")}`;
      throw new FastDistillError("step.failed", `Cannot start the interpreter: ${reason}`);
    }
    this.#ready.add(process);
  }
}

/** What of a job one run is about. */
interface RunPart {
  readonly tests: readonly string[] | null;
  readonly stdin: string;
}

interface CaseCheck {
  readonly index: number;
  readonly expected: string;
  readonly rules: CodeRules;
}

/** A run, judged. */
interface Verdict extends Omit<CodeEnd, "error"> {
  readonly error: CodeEnd["error"] | "wrong_answer";
}

function judgeCase(end: CodeEnd, { index, expected, rules }: CaseCheck): Verdict {
  const place = `case ${index + 1}`;
  if (end.error !== null) return { ...end, message: `${end.message}, in ${place}` };
  if (isExpected(end.output, expected, rules)) return { ...end, tests_passed: 1 };
  const message = `Expected ${excerpt(expected)}, found ${excerpt(end.output)}, in ${place}`;
  return { ...end, error: "wrong_answer", message };
}

/** The first failure is the reason. Cases that were not run, because of what an earlier one did, are not passed. */
function outcomeOf(verdicts: readonly Verdict[], { cases }: CodeJob): CodeOutcome {
  const failure = verdicts.find(({ error }) => error !== null);
  const shown = failure ?? verdicts.at(-1);
  return {
    exec_pass: failure === undefined,
    exec_error: (failure?.error ?? null) as CodeOutcome["exec_error"],
    exec_message: failure === undefined ? null : shorten(failure.message ?? "", MESSAGE_CHARS_MAX),
    tests_passed: sum(verdicts.map(({ tests_passed }) => tests_passed)),
    tests_total: sum(verdicts.map(({ tests_total }) => tests_total)) + (cases?.length ?? 0),
    stdout: shown === undefined ? "" : shown.output.slice(-STDOUT_CHARS_MAX),
  };
}

function unfit(
  error: NonNullable<CodeOutcome["exec_error"]>,
  message: string,
  { tests, cases }: CodeJob,
): CodeOutcome {
  const total = (tests?.length ?? 0) + (cases?.length ?? 0);
  return {
    exec_pass: false,
    exec_error: error,
    exec_message: message,
    tests_passed: 0,
    tests_total: total,
    stdout: "",
  };
}

function failedRun(error: CodeErrorKind, { tests }: RunPart, message = ""): CodeEnd {
  return { error, message, output: "", tests_passed: 0, tests_total: tests?.length ?? 0 };
}

function testsFailure(reason: string): FastDistillError {
  return new FastDistillError("data.tests", `Cannot run the tests of a program: ${reason}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function shorten(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}...`;
}

function excerpt(text: string): string {
  return JSON.stringify(shorten(text, EXCERPT_CHARS_MAX));
}
