import type { ErrorCode } from "../errors/mod.ts";
import type { InputFiles, OutputFiles } from "../component/mod.ts";
import type { Columns, Json, JsonObject } from "../record/mod.ts";

/** A stream of random numbers that is the same for the same run seed, step and row. */
export interface Random {
  /** A number from 0 up to but not including 1. */
  readonly next: () => number;
  /** A whole number from 0 up to but not including `below`. */
  readonly integer: (below: number) => number;
}

/** A piece of input that a source cannot read and leaves out. */
export interface UnreadableInput {
  /** The file, as the configuration names it. */
  readonly file: string;
  /** Line or record in the file, from 1. */
  readonly line: number;
  /** What stands there. */
  readonly text: string;
  /** Why it cannot be read. */
  readonly reason: string;
}

/** What a step is given once, when it is opened. */
export interface StepSetup {
  /** Name of the step in the pipeline. */
  readonly step: string;
  /** The same in every execution of the run. */
  readonly runId: string;
  /** The run's seed. */
  readonly seed: number;
  /** The columns of the rows that reach the step. */
  readonly columns: Columns;
  /** Reads of input files. */
  readonly files: InputFiles;
  /** Files of the run, for sinks. */
  readonly outputs: OutputFiles;
  /** Reports of the run, for what a step has to say besides its rows; relative paths start at the `reports` folder. */
  readonly reports: OutputFiles;
  /**
   * Says that work goes on though no row moves, so that the run is not taken for one that stands still: for steps whose work
   * is done elsewhere, such as in helper processes. Called whenever a part is done.
   */
  readonly atWork: () => void;
  /** Says what is worth knowing and stops nothing: a `warning` event of the run. */
  readonly warn: (code: ErrorCode, message: string) => void;
  /** Keeps input that cannot be read in the run folder, as `quarantine/<step>.jsonl`. A promise should be awaited. */
  readonly quarantine: (input: UnreadableInput) => void | Promise<void>;
  /** A variable of the environment; for a secret that the configuration names and does not hold. */
  readonly env: (name: string) => string | undefined;
  /** A folder for derived files that may be thrown away, shared by all runs. Absolute path. */
  readonly cacheDir: string;
  /** Aborts when the run is given up. */
  readonly signal: AbortSignal;
  /** Says something in the run's events; absent where there are none. */
  readonly log?: ((level: "debug" | "info" | "warn" | "error", message: string) => void) | undefined;
  /** Says how far a long piece of work is; absent where nobody is told. */
  readonly progress?: ((done: number, total?: number) => void) | undefined;
}

/** Something slow, paid for or not deterministic, described so that it is done once and remembered. */
export interface EffectRequest {
  /** What is done: `sql_exec`, `python_exec`, `http_get`. */
  readonly kind: string;
  /** Raised when the same input gives another result. */
  readonly version: number;
  /** Everything that can change the result, and nothing else. */
  readonly input: JsonObject;
}

/** What a step that names a provider may ask of it; every answer is an effect, and calls are shared among rows. */
export interface StepModels {
  /** A vector for each text. @throws the first text's error that has one; `provider.*`, or what ends the run */
  readonly embed: (
    texts: readonly string[],
    options?: { readonly dimensions?: number },
  ) => Promise<readonly (readonly number[])[]>;
  /** How relevant each document is to the query; higher is more. Errors as with `embed`. */
  readonly rerank: (query: string, documents: readonly string[]) => Promise<readonly number[]>;
}

/** What a step is given with each row. */
export interface RowContext {
  /** Name of the step in the pipeline. */
  readonly step: string;
  /** The same in every run. */
  readonly rowId: string;
  /** Aborts when the run is given up. */
  readonly signal: AbortSignal;
  /** The provider that the step names; absent when it names none. */
  readonly models?: StepModels | undefined;
  /** Random numbers seeded by run seed, step and row id. */
  readonly random: () => Random;
  /** Does something once, durably: the result comes from the store when it is there. */
  readonly effect: <T extends Json>(
    request: EffectRequest,
    perform: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T>;
}
