import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

const PAGE_BYTES = 4096;

/** How often memory is asked for: a file costs next to nothing, a program that tells it costs a process. */
const PERIOD_MS: Readonly<Record<string, number>> = { linux: 0, win32: 1_000 };
const OTHER_PERIOD_MS = 100;
const TIMEOUT_MS = 10_000;

/** Watches what a process holds, as often as the system tells it cheaply. */
export class ResidentMemory {
  readonly #pid: number;
  readonly #periodMs: number;
  #lastAsked = -Infinity;
  #isAsking = false;

  constructor(pid: number) {
    this.#pid = pid;
    this.#periodMs = PERIOD_MS[process.platform] ?? OTHER_PERIOD_MS;
  }

  /** Calls back with the bytes of memory that the process holds, unless that was asked a moment ago. */
  measure(tell: (bytes: number) => void): void {
    if (process.platform === "linux") return this.#readStatm(tell);
    if (this.#isAsking || performance.now() - this.#lastAsked < this.#periodMs) return;
    this.#lastAsked = performance.now();
    this.#isAsking = true;
    const isWindows = process.platform === "win32";
    const [file, args] = isWindows ? tasklistOf(this.#pid) : psOf(this.#pid);
    execFile(file, [...args], { timeout: TIMEOUT_MS, windowsHide: true }, (error, text) => {
      this.#isAsking = false;
      if (error !== null) return; // It has just ended.
      const bytes = isWindows ? bytesInTasklist(text) : Number(text) * 1024;
      if (bytes !== undefined) tell(bytes);
    });
  }

  #readStatm(tell: (bytes: number) => void): void {
    try {
      tell(Number(readFileSync(`/proc/${this.#pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES);
    } catch {
      return; // It has just ended.
    }
  }
}

type Command = readonly [file: string, args: readonly string[]];

function psOf(pid: number): Command {
  return ["ps", ["-o", "rss=", "-p", String(pid)]];
}

function tasklistOf(pid: number): Command {
  return ["tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]];
}

/**
 * The last field of `"deno.exe","4242","Console","1","123,456 K"`, whatever the language of the system puts between its
 * digits; `undefined` for the message that no process was found.
 */
export function bytesInTasklist(text: string): number | undefined {
  const [, amount] = /,"([^"]*)"\s*$/.exec(text) ?? [];
  const digits = amount?.replace(/\D/g, "") ?? "";
  return digits === "" ? undefined : Number(digits) * 1024;
}
