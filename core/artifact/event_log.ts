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
  "call_fell_back",
  "row_failed",
  "step_log",
  "step_progress",
]);
/** Events of one kind that are written one by one; of the others only the number is. */
const ALIKE_MAX = 1_000;
/** Kinds that are told apart. */
const KINDS_MAX = 1_000;

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
  readonly #alike: Map<string, Alike> = new Map();
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
    if (!this.#isOpen || this.#isOmitted(event)) return;
    if (event.type === "run_finished") this.#tellOmitted(event.at);
    this.#buffer += JSON.stringify(event) + "\n";
    if (this.#buffer.length >= BUFFER_CHARS || !FREQUENT.has(event.type)) this.#flush();
  }

  /**
   * Whether there have been so many like it that it is only counted. An effect is never left out: each stands for a
   * record in the effect store, and `cache explain` reads its key.
   */
  #isOmitted(event: RunEvent): boolean {
    const kind = kindOf(event);
    if (kind === undefined) return false;
    const full = JSON.stringify(kind);
    const key = this.#alike.has(full) || this.#alike.size < KINDS_MAX ? full : kind.of;
    const alike = this.#alike.get(key) ?? { kind, count: 0 };
    this.#alike.set(key, alike);
    return ++alike.count > ALIKE_MAX;
  }

  #tellOmitted(at: number): void {
    for (const { kind, count } of this.#alike.values()) {
      if (count > ALIKE_MAX) this.add({ type: "events_omitted", at, ...kind, count: count - ALIKE_MAX });
    }
    this.#alike.clear();
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

/** What an event has in common with others of which there may be very many. */
interface Kind {
  readonly of: RunEvent["type"];
  readonly from: string;
  readonly code?: string;
}

interface Alike {
  readonly kind: Kind;
  count: number;
}

function kindOf(event: RunEvent): Kind | undefined {
  switch (event.type) {
    case "row_failed":
      return { of: event.type, from: event.step, code: event.code };
    case "call_retried":
      return { of: event.type, from: event.provider, code: event.code };
    case "step_log":
    case "step_progress":
      return { of: event.type, from: event.step };
    case "limit_changed":
    case "breaker_opened":
    case "breaker_closed":
      return { of: event.type, from: event.provider };
  }
  return undefined;
}

/** Whether the last line of a file lacks its end, as after a crash. */
function endsInsideLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = new Uint8Array(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] !== NEW_LINE;
}
