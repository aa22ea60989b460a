import type { LoadedPipeline } from "../config/mod.ts";
import type { EventSink, TraceOptions } from "../observe/mod.ts";
import type { Registry } from "../registry/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import type { Plan } from "./plan.ts";

/** What planning and running need besides the pipeline. */
export interface RunOptions {
  /** From `loadPipeline` or `definePipeline`. */
  readonly pipeline: LoadedPipeline;
  /** Where components are found by name. */
  readonly registry: Registry;
  /** Folder that holds all runs and the effect store. @default {"runs" in the current directory} */
  readonly runsDir?: string;
  /**
   * Performs no effect: what is not recorded ends the run with `store.missing_effect`. @default {false}
   */
  readonly offline?: boolean;
  /**
   * Asks again for the recorded answers on which rows failed in the last execution of this run; every other answer
   * serves again. @default {false}
   */
  readonly retryFailed?: boolean;
  /** Absolute path of the `deno.json` that components were taken from, noted for who resumes the run. @default {none} */
  readonly configFile?: string;
  /** Told of the plan before anything is written; what it throws keeps the run from starting. @default {nothing} */
  readonly onPlan?: (plan: Plan) => void | Promise<void>;
  /** Rows that each source gives at most, from the first on; part of the run id. @default {all} */
  readonly limit?: number;
  /**
   * Asks the sources that can tell, once and beside the run, how many rows they have in all, for `RunHandle.progress()`.
   * Files are read twice for it. @default {false}
   */
  readonly countSources?: boolean;
  /** Aborting it ends the run as `interrupted`: what is in flight is given up, what is recorded stays. */
  readonly signal?: AbortSignal;
  /** Told of everything that happens, besides `events.jsonl`. */
  readonly onEvent?: EventSink;
  /** Traces the run: spans of run, steps, rows and calls. @default {nothing is traced} */
  readonly trace?: TraceOptions;
  /** Time, for a test to hold still. @default {systemClock} */
  readonly clock?: Clock;
  /** The way to the network that providers are given. @default {fetch} */
  readonly fetch?: typeof fetch;
  /** An environment variable, for providers that look for a key. @default {readEnv} */
  readonly env?: (name: string) => string | undefined;
}
