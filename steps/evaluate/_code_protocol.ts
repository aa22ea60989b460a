/** What goes between the runner of programs and the helper processes that they run in. @module */

/** Makes a process ready; the first request that it gets. */
export interface LoadRequest {
  readonly do: "load";
  /** Absolute paths of the files and folders that the interpreter is loaded from, by name. */
  readonly parts: Readonly<Record<string, string>>;
  readonly memory_mb: number;
  /** Settings of the language that hold for all programs. */
  readonly options: Readonly<Record<string, boolean>>;
}

/** One run of one program. */
export interface CodeRequest {
  readonly do: "run";
  readonly code: string;
  /** Tests to run after the program, in its scope; `null` for a program that reads and writes. */
  readonly tests: readonly string[] | null;
  /** Function that a test named `check` is called with. */
  readonly entry_point: string | null;
  readonly stdin: string;
  readonly timeout_ms: number;
  readonly output_bytes_max: number;
}

/** Why a program did not do what it should, in words that stay the same from release to release. */
export type CodeErrorKind =
  | "assertion"
  | "crashed"
  | "exit"
  | "forbidden"
  | "out_of_memory"
  | "output_limit"
  | "runtime"
  | "syntax"
  | "timeout"
  | "too_complex"
  | "too_deep"
  | "type";

/** How a run ended: `tests` when the tests themselves cannot be read. */
export interface CodeVerdict {
  readonly error: CodeErrorKind | "tests" | null;
  readonly message: string | null;
}

/** What is told of a run. */
export interface CodeEnd extends CodeVerdict {
  /** All that was written, up to the limit. */
  readonly output: string;
  readonly tests_passed: number;
  readonly tests_total: number;
}

/** What a worker answers. */
export type CodeReply = CodeEnd & {
  /** Whether the process has grown so much that another one had better take its place. */
  readonly is_worn: boolean;
};

/** What a worker is handed besides its requests: see `core/runtime/_module_tools.ts`, which it cannot import. */
export interface WorkerTools {
  readonly timeLimit: (ms: number) => () => boolean;
  readonly loadScript: (
    file: string,
    options: { readonly names: Readonly<Record<string, unknown>>; readonly result: string },
  ) => unknown;
}
