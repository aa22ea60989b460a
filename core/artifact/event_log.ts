import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import type { EventSink, RunEvent } from "../observe/mod.ts";
import type { RunFile } from "../report/mod.ts";
import { fingerprintFile, makeFolder } from "../runtime/mod.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

const BUFFER_CHARS = 64 * 1024;
const NEW_LINE = 10;
/** Events of which there may be one for each row or call; all others are written at once. */
const FREQUENT: ReadonlySet<RunEvent["type"]> = new Set([
  "effect_performed",
  "call_retried",
  "call_hedged",
  "row_failed",
]);

/** A file of events at work. */
export interface EventLog {
  /** Takes note of an event; never throws. */
  readonly sink: EventSink;
  /** Writes what is left. @throws {FastDistillError} `data.write_failed`, also for an event that was lost before */
  readonly close: () => Promise<RunFile>;
}

/**
 * Opens `events.jsonl`, to go on after what earlier executions of the same run left there: each begins with a
 * `run_started`.
 *
 * @throws {FastDistillError} `data.write_failed`
 */
export async function openEventLog(layout: RunLayout): Promise<EventLog> {
  await makeFolder(layout.dir);
  const log = new BufferedLog(layout.events);
  return {
    sink: (event) => log.add(event),
    close: async () => {
      log.close();
      const { sha256 } = await fingerprintFile(layout.events);
      return { role: "events", name: "events", path: pathInRun(layout, layout.events), sha256 };
    },
  };
}

/** Writes synchronously, a buffer at a time: that is faster than a stream, bounded, and lost to no crash of ours. */
class BufferedLog {
  readonly #path: string;
  readonly #file: number;
  #buffer = "";
  #isOpen = true;
  #failure: FastDistillError | undefined;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, "a+");
    } catch (cause) {
      throw this.#failureOf(cause);
    }
    if (endsInsideLine(this.#file)) this.#buffer = "\n";
  }

  add(event: RunEvent): void {
    if (!this.#isOpen) return;
    this.#buffer += JSON.stringify(event) + "\n";
    if (this.#buffer.length >= BUFFER_CHARS || !FREQUENT.has(event.type)) this.#flush();
  }

  close(): void {
    if (this.#isOpen) {
      this.#flush();
      this.#isOpen = false;
      this.#attempt(() => fsyncSync(this.#file));
      this.#attempt(() => closeSync(this.#file));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #flush(): void {
    const bytes = new TextEncoder().encode(this.#buffer);
    this.#buffer = "";
    this.#attempt(() => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    });
  }

  /** Keeps the first failure for `close`: whoever emits an event cannot do anything about it. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.#failure ??= this.#failureOf(cause);
    }
  }

  #failureOf(cause: unknown): FastDistillError {
    return new FastDistillError(
      "data.write_failed",
      `Cannot write ${this.#path}: ${describeThrown(cause)}`,
      { cause },
    );
  }
}

/** Whether the last line of a file lacks its end, as after a crash. */
function endsInsideLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = new Uint8Array(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] !== NEW_LINE;
}
