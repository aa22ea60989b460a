import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { ResidentMemory } from "./_resident_memory.ts";
import { type AccessCheck, AccessLog } from "./_access_log.ts";
import {
  type SandboxAccess,
  type SandboxCommand,
  sandboxCommand,
  type SandboxCommandOptions,
} from "./_sandbox_command.ts";

export type { AccessCheck, SandboxAccess, SandboxCommandOptions };

const TICK_MS = 20;
const SEND_CHARS_MAX = 4 * 1024 * 1024;

/** What a sandbox may use of the machine. */
export interface SandboxLimits {
  /** Megabytes that the process may hold in all. @default {512} */
  readonly memoryMbMax?: number;
  /** Milliseconds in which it has to answer something while it is asked. @default {30000} */
  readonly timeoutMs?: number;
  /** Milliseconds in which it has to be loaded. @default {30000} */
  readonly startTimeoutMs?: number;
  /** Characters of one answer. @default {67108864} */
  readonly replyCharsMax?: number;
  /** Characters besides answers, of both outputs together: what is printed. @default {4194304} */
  readonly strayCharsMax?: number;
}

/** How a sandbox is started, and who hears of it. */
export interface SandboxProcessOptions extends SandboxCommandOptions {
  /** What it may use of the machine. */
  readonly limits?: SandboxLimits;
  /** Told of each message; what it throws ends the process. */
  readonly onMessage: (message: Readonly<Record<string, unknown>>, line: string) => void;
  /** Told of what was printed instead of said. */
  readonly onStray?: (text: string) => void;
  /** Told of each kind of access that was tried, once. */
  readonly onAccess?: (access: AccessCheck) => void;
  /** Told once, when the process has ended or was ended. */
  readonly onEnd: (end: SandboxEnd) => void;
}

/** Why a sandbox has ended. */
export interface SandboxEnd {
  /** What happened. */
  readonly kind: "closed" | "crashed" | "timed_out" | "out_of_memory" | "flooded" | "bad_message";
  /** A clause that follows "the plugin ...". */
  readonly reason: string;
}

/** A plugin's process. */
export interface SandboxProcess {
  /** Process id. */
  readonly pid: number;
  /** Sends a line; `false` when what was sent before has not been read yet. */
  readonly send: (line: string) => boolean;
  /** Resolves when there is room again. */
  readonly drained: () => Promise<void>;
  /** Whether an answer is due, so that its time runs. */
  readonly setDue: (isDue: boolean) => void;
  /** It has answered something: its time begins anew. */
  readonly heard: () => void;
  /** Ends it at once. */
  readonly kill: (end?: SandboxEnd) => Promise<void>;
}

/**
 * Starts third-party code in a process of its own: `deno run` without prompts, with an empty environment, and with
 * exactly the permissions that are given. Time, memory and output are watched from outside.
 *
 * @throws {FastDistillError} `plugin.no_sandbox` when it cannot be started
 */
export function startSandboxProcess(options: SandboxProcessOptions): SandboxProcess {
  return new Sandbox(options);
}

/**
 * Asks a sandbox one thing and waits for it on this thread, for what a contract wants at once. The process gets no
 * permission, watches its own memory from a second thread, and ends afterwards.
 *
 * @throws {FastDistillError} `plugin.no_sandbox`, `plugin.crashed`, `plugin.timeout`
 */
export function askSandboxSync(
  options: SandboxCommandOptions & { readonly limits?: SandboxLimits },
  requests: readonly string[],
): readonly string[] {
  const { startTimeoutMs = 30_000, timeoutMs = 30_000, replyCharsMax = 64 * 1024 * 1024, memoryMbMax = 512 } =
    options.limits ?? {};
  const nonce = randomBytes(16).toString("hex");
  const { file, args, env } = sandboxCommand({ ...options, watchMb: memoryMbMax });
  const done = spawnSync(file, args, {
    input: [helloLine(options, nonce), ...requests, ""].join("\n"),
    timeout: startTimeoutMs + timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: replyCharsMax,
    encoding: "utf8",
    env,
    windowsHide: true,
  });
  const code = (done.error as { readonly code?: unknown } | undefined)?.code;
  if (code === "ETIMEDOUT") {
    throw new FastDistillError(
      "plugin.timeout",
      `The plugin did not answer for ${startTimeoutMs + timeoutMs} ms`,
    );
  }
  if (code === "ENOBUFS") throw new FastDistillError("plugin.flooded", "The plugin wrote more than it may");
  if (done.error !== undefined) throw cannotStart(done.error);
  const found = done.stdout.split("\n").flatMap((line) => messageIn(line, nonce) ?? []);
  if (done.status === 0 || found.length > 0) return found;
  throw new FastDistillError("plugin.crashed", `The plugin ended with ${endOf(done.status, done.signal)}`, {
    context: { stderr: done.stderr.slice(-2_000) },
  });
}

class Sandbox implements SandboxProcess {
  readonly #options: SandboxProcessOptions;
  readonly #limits: Required<SandboxLimits>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  readonly #nonce: string = randomBytes(16).toString("hex");
  readonly #accesses: AccessLog;
  readonly #memory: ResidentMemory;
  #pieces: string[] = [];
  #chars = 0;
  #strayChars = 0;
  #errors = "";
  #end: SandboxEnd | undefined;
  #isDue = false;
  #isLoaded = false;
  #lastHeard = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: SandboxProcessOptions) {
    this.#options = options;
    this.#limits = {
      memoryMbMax: 512,
      timeoutMs: 30_000,
      startTimeoutMs: 30_000,
      replyCharsMax: 64 * 1024 * 1024,
      strayCharsMax: 4 * 1024 * 1024,
      ...options.limits,
    };
    this.#accesses = new AccessLog(options.onAccess ?? (() => {}));
    this.#child = spawnSandbox(sandboxCommand({ ...options, accessLog: this.#accesses.file }));
    this.#memory = new ResidentMemory(this.pid);
    this.#closed = new Promise((closed) => this.#listen(closed));
    this.#lastHeard = performance.now();
    this.#timer = setInterval(() => this.#watch(), TICK_MS);
    this.send(helloLine(options, this.#nonce));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  send(line: string): boolean {
    if (this.#end !== undefined) return true;
    this.#child.stdin.write(`${line}\n`);
    return this.#child.stdin.writableLength < SEND_CHARS_MAX;
  }

  async drained(): Promise<void> {
    const { stdin } = this.#child;
    while (this.#end === undefined && stdin.writableLength >= SEND_CHARS_MAX) {
      await new Promise<void>((resolve) => {
        stdin.once("drain", resolve);
        stdin.once("close", resolve);
      });
    }
  }

  setDue(isDue: boolean): void {
    if (isDue && !this.#isDue) this.#lastHeard = performance.now();
    this.#isDue = isDue;
  }

  heard(): void {
    this.#isLoaded = true;
    this.#lastHeard = performance.now();
  }

  async kill(end: SandboxEnd = { kind: "closed", reason: "was ended" }): Promise<void> {
    this.#finish(end);
    await this.#closed;
    this.#accesses.close();
  }

  #listen(closed: () => void): void {
    const child = this.#child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#receive(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-2_000);
      this.#stray(text);
    });
    child.stdin.on("error", () => {}); // A child that ends while it is written to is told of by its end.
    child.on("error", (error) => {
      this.#finish({ kind: "crashed", reason: `cannot be started: ${describeThrown(error)}` });
      if (child.pid === undefined) closed();
    });
    child.on("close", (code, signal) => {
      this.#accesses.read();
      this.#finish(crashOf(`ended with ${endOf(code, signal)}`, this.#errors));
      closed();
    });
  }

  #receive(text: string): void {
    if (this.#end !== undefined) return;
    const lines = text.split("\n");
    this.#chars += lines[0]!.length;
    this.#pieces.push(lines[0]!);
    for (let index = 1; index < lines.length; index++) {
      const line = this.#pieces.length === 1 ? this.#pieces[0]! : this.#pieces.join("");
      this.#take(line);
      this.#pieces = [lines[index]!];
      this.#chars = lines[index]!.length;
    }
    if (this.#chars > this.#limits.replyCharsMax) {
      this.#finish({
        kind: "flooded",
        reason: `answered with more than ${this.#limits.replyCharsMax} characters`,
      });
    }
  }

  #take(line: string): void {
    if (this.#end !== undefined || line === "") return;
    const message = messageIn(line, this.#nonce);
    if (message === undefined) return this.#stray(line);
    if (message.length + this.#nonce.length < line.length) {
      this.#stray(line.slice(0, line.length - message.length - this.#nonce.length));
    }
    try {
      this.#options.onMessage(JSON.parse(message), message);
    } catch (thrown) {
      this.#finish({ kind: "bad_message", reason: describeThrown(thrown) });
    }
  }

  #stray(text: string): void {
    this.#strayChars += text.length;
    if (this.#strayChars > this.#limits.strayCharsMax) {
      const { strayCharsMax } = this.#limits;
      return this.#finish({ kind: "flooded", reason: `printed more than ${strayCharsMax} characters` });
    }
    this.#options.onStray?.(text);
  }

  #watch(): void {
    this.#accesses.read();
    const { memoryMbMax, timeoutMs, startTimeoutMs } = this.#limits;
    this.#memory.measure((bytes) => {
      if (bytes <= memoryMbMax * 2 ** 20) return;
      this.#finish({ kind: "out_of_memory", reason: `held more than ${memoryMbMax} MB of memory` });
    });
    const waitMs = this.#isLoaded ? timeoutMs : startTimeoutMs;
    if (this.#isDue && performance.now() - this.#lastHeard > waitMs) {
      this.#finish({ kind: "timed_out", reason: `did not answer for ${waitMs} ms` });
    }
    if (this.#accesses.isFlooded) {
      this.#finish({ kind: "flooded", reason: "asked for permissions more often than can be followed" });
    }
  }

  #finish(end: SandboxEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearInterval(this.#timer);
    this.#child.kill("SIGKILL");
    void this.#closed.then(() => this.#accesses.close());
    this.#options.onEnd(end);
  }
}

function crashOf(how: string, errors: string): SandboxEnd {
  if (/out of memory|heap limit/i.test(errors)) {
    return { kind: "out_of_memory", reason: "ran out of memory" };
  }
  const last = errors.trim().split("\n").find((line) => /error|uncaught/i.test(line)) ?? "";
  return { kind: "crashed", reason: last === "" ? how : `${how}: ${last.slice(0, 300)}` };
}

function endOf(code: number | null, signal: string | null): string {
  return signal === null ? `exit code ${code}` : signal;
}

function messageIn(line: string, nonce: string): string | undefined {
  if (line.startsWith(nonce)) return line.slice(nonce.length);
  const at = line.lastIndexOf(nonce);
  return at < 0 ? undefined : line.slice(at + nonce.length);
}

function helloLine({ module }: SandboxCommandOptions, nonce: string): string {
  return JSON.stringify({ type: "hello", protocol: 1, nonce, module: module.href });
}

function spawnSandbox({ file, args, env }: SandboxCommand): ChildProcessWithoutNullStreams {
  try {
    return spawn(file, args, { stdio: "pipe", env, windowsHide: true });
  } catch (cause) {
    throw cannotStart(cause);
  }
}

function cannotStart(cause: unknown): FastDistillError {
  return new FastDistillError("plugin.no_sandbox", `Cannot start a sandbox: ${describeThrown(cause)}`, {
    hint: "Under Deno, starting processes needs --allow-run (or -A); under Node, a deno binary on the PATH",
    cause,
  });
}
