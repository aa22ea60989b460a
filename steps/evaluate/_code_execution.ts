import {
  type Columns,
  FastDistillError,
  type JsonObject,
  pass,
  type Row,
  type RowContext,
  type RowRunner,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { type CodeLanguage, CodeRunner } from "./_code_runner.ts";
import { testsOf } from "./_code_tests.ts";

/** Settings that evaluators of programs share. */
export const CODE_SETTINGS = {
  code: z.string().min(1).default("code").describe("Column that holds the program"),
  tests: z.string().min(1).optional().describe(
    "Column that holds tests to run after the program: a text or a list of texts",
  ),
  entry_point: z.string().min(1).optional().describe(
    "Column that holds the name of the function that a test named `check` is called with",
  ),
  cases: z.string().min(1).optional().describe(
    "Column that holds inputs and their right outputs: a list of `{stdin, stdout}`, or `{inputs, outputs}`",
  ),
  whitespace: z.enum(["exact", "lines", "tokens"]).default("lines").describe(
    "How outputs are compared: to the letter, without white space at the ends of lines, or word by word",
  ),
  float_tolerance: z.number().min(0).max(1).default(0).describe(
    "Difference that two numbers may have, relative above 1, where outputs are compared word by word",
  ),
  timeout_ms: z.int().min(1).max(600_000).default(5000).describe(
    "Milliseconds that the program may take with all of its tests, or with one case",
  ),
  memory_mb: z.int().min(16).max(2048).default(256).describe("Megabytes that a program may use"),
  max_output_bytes: z.int().min(1).max(4_000_000).default(64_000).describe("Bytes that a run may write"),
  processes: z.int().min(1).max(64).default(2).describe("Programs that run at a time"),
} as const;

const SHAPE = z.strictObject(CODE_SETTINGS);

/** Those settings, checked. */
export type CodeConfig = z.infer<typeof SHAPE>;

/** The columns that such a step reads and adds. */
export function codeColumns({ code, tests, entry_point, cases }: CodeConfig): {
  readonly requires: readonly {
    readonly column: string;
    readonly type?: "string";
    readonly at: readonly string[];
  }[];
  readonly adds: Columns;
} {
  const columns = { tests, entry_point, cases };
  return {
    requires: [
      { column: code, type: "string", at: ["code"] },
      ...Object.entries(columns).flatMap(([at, column]) =>
        column === undefined ? [] : [{ column, at: [at] }]
      ),
    ],
    adds: {
      exec_pass: "boolean",
      exec_error: "string",
      exec_message: "string",
      tests_passed: "number",
      tests_total: "number",
      stdout: "string",
    },
  };
}

/** A step that runs programs. */
export interface CodeEffect {
  /** Kind of the effect: the name of the step. */
  readonly kind: string;
  readonly version: number;
  /** Settings of this language, part of the effect's key. */
  readonly more: JsonObject;
}

/** Runs the program of each row, as an effect. */
export class CodeExecution implements RowRunner {
  readonly #config: CodeConfig;
  readonly #effect: CodeEffect;
  readonly #runner: CodeRunner;

  /** Starts nothing yet. */
  constructor(config: CodeConfig, effect: CodeEffect, language: CodeLanguage) {
    const { memory_mb, processes } = config;
    this.#config = config;
    this.#effect = effect;
    this.#runner = new CodeRunner(language, { memory_mb, processes });
  }

  async process(row: Row, context: RowContext): Promise<ReturnType<typeof pass>> {
    const { timeout_ms, memory_mb, max_output_bytes, whitespace, float_tolerance } = this.#config;
    const { kind, version, more } = this.#effect;
    const rules = { timeout_ms, max_output_bytes, whitespace, float_tolerance };
    const job = { code: codeOf(row, this.#config.code), ...testsOf(row, this.#config) };
    const outcome = await context.effect<JsonObject>(
      {
        kind,
        version,
        input: { ...job, cases: job.cases?.map((one) => ({ ...one })) ?? null, ...rules, memory_mb, ...more },
      },
      async (signal) => ({ ...await this.#runner.judge({ ...job, rules }, signal) }),
    );
    return pass({ ...row, ...outcome });
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

function codeOf(row: Row, column: string): string {
  const code = row[column] ?? "";
  if (typeof code === "string") return code;
  const text = JSON.stringify(code).slice(0, 80);
  throw new FastDistillError("graph.column_type", `Read the column "${column}" as a program, found ${text}`);
}

/** Configuration that evaluators of programs share. */
export interface CodeExecConfig<
  Code extends string,
  Tests extends string,
  EntryPoint extends string,
  Cases extends string,
> {
  /** Column that holds the program. @default {"code"} */
  readonly code?: Code;
  /** Column that holds tests to run after the program: a text or a list of texts. */
  readonly tests?: Tests;
  /** Column that holds the name of the function that a test named `check` is called with. */
  readonly entry_point?: EntryPoint;
  /** Column that holds inputs and their right outputs: a list of `{stdin, stdout}`, or `{inputs, outputs}`. */
  readonly cases?: Cases;
  /**
   * How outputs are compared: to the letter, without white space at the ends of lines and of the text, or word by
   * word. @default {"lines"}
   */
  readonly whitespace?: "exact" | "lines" | "tokens";
  /** Difference that two numbers may have where outputs are compared word by word; relative above 1. @default {0} */
  readonly float_tolerance?: number;
  /** Milliseconds that the program may take with all of its tests, or with one case. @default {5000} */
  readonly timeout_ms?: number;
  /** Megabytes that a program may use. @default {256} */
  readonly memory_mb?: number;
  /** Bytes that a run may write. @default {64000} */
  readonly max_output_bytes?: number;
  /** Programs that run at a time. @default {2} */
  readonly processes?: number;
}

/** The columns that an evaluator of programs adds. */
export interface CodeExecColumns {
  /** Whether the program ran within its limits and passed all of its tests and cases. */
  readonly exec_pass: boolean;
  /** Why it did not, in one stable word. */
  readonly exec_error: string | null;
  /** Why it did not, for people. */
  readonly exec_message: string | null;
  /** How many tests and cases it passed. */
  readonly tests_passed: number;
  /** How many tests and cases there are. */
  readonly tests_total: number;
  /** The end of what it wrote, in the run that failed first, or the last one. */
  readonly stdout: string;
}
