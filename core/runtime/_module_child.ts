/**
 * First module of a helper process: moves lines between the parent and a thread that runs the module, so that this
 * process notices at once, whatever the module is busy with, that the parent is gone or that memory runs out.
 *
 * Arguments: the module's URL, the megabytes that the whole process may hold.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { Worker as NodeWorker } from "node:worker_threads";

const MEMORY_INTERVAL_MS = 25;

/** What goes over a thread's border is text. */
interface ModuleThread {
  readonly post: (line: string) => void;
}

/** Whom a thread tells. */
interface ThreadEvents {
  readonly onLine: (line: string) => void;
  readonly onFailure: (message: string) => void;
}

/** The part of a web worker that is used; Deno has it, and only it can start modules that are not files. */
interface WebWorker {
  onmessage: ((event: { readonly data: string }) => void) | null;
  onerror: ((event: { readonly message: string; readonly preventDefault: () => void }) => void) | null;
  readonly postMessage: (line: string) => void;
}

main(process.argv[2]!, Number(process.argv[3]));

function main(module: string, memoryMbMax: number): void {
  // Ctrl-C reaches every process of a terminal; whether this one ends is for the parent to say.
  process.on("SIGINT", () => {});
  let answersDue = 1;
  const thread = startThread({
    onLine: (line) => {
      answersDue--;
      process.stdout.write(`${line}\n`);
    },
    onFailure: (message) => endWith({ failed: message }),
  });
  thread.post(module);
  setInterval(() => {
    const rss = process.memoryUsage.rss();
    if (rss > memoryMbMax * 2 ** 20) endWith({ memory: rss });
  }, MEMORY_INTERVAL_MS).unref();
  readInput((line) => {
    answersDue++;
    thread.post(line);
  }, () => answersDue === 0 ? process.exit(0) : killSelf());
}

function startThread(events: ThreadEvents): ModuleThread {
  const file = new URL("./_module_thread.ts", import.meta.url);
  if ("Deno" in globalThis) {
    const { Worker } = globalThis as unknown as {
      readonly Worker: new (url: URL, options: { readonly type: "module" }) => WebWorker;
    };
    const worker = new Worker(file, { type: "module" });
    worker.onmessage = ({ data }) => events.onLine(data);
    worker.onerror = (event) => {
      event.preventDefault();
      events.onFailure(event.message);
    };
    return { post: (line) => worker.postMessage(line) };
  }
  const worker = new NodeWorker(file);
  worker.on("message", events.onLine);
  worker.on("error", (error) => events.onFailure(error instanceof Error ? error.message : String(error)));
  return { post: (line) => worker.postMessage(line) };
}

/** Calls back with each line of the standard input, then once with its end. */
function readInput(onLine: (line: string) => void, onEnd: () => void): void {
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  });
  process.stdin.on("end", onEnd);
  process.stdin.on("error", onEnd);
}

function endWith(lastLine: Readonly<Record<string, unknown>>): void {
  writeSync(1, `${JSON.stringify(lastLine)}\n`);
  killSelf();
}

/** An ordinary exit would wait for a thread that is deep in native code. */
function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
}
