import type { LoadedPipeline } from "../config/mod.ts";
import type { EventSink } from "../observe/mod.ts";
import type { Registry } from "../registry/mod.ts";
import type { Clock } from "../runtime/mod.ts";

/** What planning and running need besides the pipeline. */
export interface RunOptions {
  readonly pipeline: LoadedPipeline;
  readonly registry: Registry;
  /** Folder that holds all runs and the effect store. @default {"runs" in the current directory} */
  readonly runsDir?: string;
  /** Aborting it ends the run as `interrupted`: what is in flight is given up, what is recorded stays. */
  readonly signal?: AbortSignal;
  readonly onEvent?: EventSink;
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** @default {fetch} */
  readonly fetch?: typeof fetch;
  /** @default {readEnv} */
  readonly env?: (name: string) => string | undefined;
}
