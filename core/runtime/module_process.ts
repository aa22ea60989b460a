import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import { ENV_OF_CACHES } from "./_child_env.ts";

const MEMORY_MB_MAX = 512;
const REPLY_CHARS_MAX = 16 * 1024 * 1024;
const STDERR_CHARS_MAX = 2048;
const START_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 1000;
const MEMORY_MESSAGE = /out of memory|heap limit/i;
const ENV_ALWAYS = ["DENO_DIR", ...ENV_OF_CACHES];
/** What fetching a module that is no file may need. */
const ENV_REMOTE = ["DENO_CERT", "DENO_TLS_CA_STORE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];

/** What a helper process is started with. */
export interface ModuleProcessOptions {
  /**
   * A module of ours whose default export is a function of one JSON value that returns (or promises) another. It may
   * import built-in modules and files beside it or below, by relative path: `new URL("./_worker.ts", import.meta.url)`.
   * Its second argument has what only the platform can give: `timeLimit(ms)`, a clock, and
   * `loadScript(file, { names, result })`, which loads a script of an installed package.
   */
  readonly module: URL;
  /** Files and folders that it may read. Nothing else is permitted: no writing, network, environment or programs. */
  readonly read?: readonly string[];
  /** Megabytes that the process may hold in all. @default {512} */
  readonly memoryMbMax?: number;
}

/** Bounds of one request. */
export interface ModuleRequestOptions {
  /** The process is ended when its reply takes longer. @default {Infinity} */
  readonly timeoutMs?: number;
  /** The process is ended when this aborts; the request then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What became of a request. After any but the first two the process has ended. */
export type ModuleReply =
  | { readonly kind: "answer"; readonly value: Json }
  | { readonly kind: "threw"; readonly message: string }
  | { readonly kind: "timed_out" }
  | { readonly kind: "out_of_memory" }
  | { readonly kind: "ended"; readonly message: string };

/** A helper process at work. It answers one request at a time. */
export interface ModuleProcess extends AsyncDisposable {
  /** Process id. */
  readonly pid: number;
  /** Paths that it may read, as it was started with. */
  readonly read: readonly string[];
  /** Whether it can take no more requests. */
  readonly hasEnded: boolean;
  /**
   * Hands the module a value and waits for what it returns.
   * @throws {TypeError} while another request is under way
   */
  readonly request: (value: Json, options?: ModuleRequestOptions) => Promise<ModuleReply>;
  /** Ends it at once. */
  readonly kill: () => Promise<void>;
  /** Lets it end, by force after one second. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a module of ours as a child process of the same runtime, Deno or Node, with an empty environment and no
 * permission but to read the given paths. It can be ended at any time, also while it is busy, and ends by itself when
 * this process does. On Node the built-in SQLite and the network are outside of the permission model.
 *
 * @throws {FastDistillError} `step.failed` when it cannot be started
 *
 * @example
 * ```ts
 * import { startModuleProcess } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const module = new URL("data:text/javascript,export default (number) => number * number");
 * await using squarer = await startModuleProcess({ module });
 * assertEquals(await squarer.request(7, { timeoutMs: 10_000 }), { kind: "answer", value: 49 });
 * ```
 */
export async function startModuleProcess(options: ModuleProcessOptions): Promise<ModuleProcess> {
  const started = new ChildModule(options);
  const reply = await started.ready();
  if (reply.kind === "answer") return started;
  await started.kill();
  const reason = "message" in reply ? reply.message : `it ${reply.kind.replaceAll("_", " ")}`;
  throw new FastDistillError("step.failed", `Cannot start a helper process: ${reason}`, {
    hint: "Under Deno, starting processes needs --allow-run (or -A)",
    context: { module: options.module.href },
  });
}

class ChildModule implements ModuleProcess {
  readonly read: readonly string[];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  /** The pieces of a reply that has not ended yet. */
  #output: string[] = [];
  #outputChars = 0;
  #errors = "";
  #settle: ((reply: ModuleReply) => void) | undefined;
  /** Set when the process has ended, or is about to. */
  #end: ModuleReply | undefined;

  constructor(options: ModuleProcessOptions) {
    this.read = options.read ?? [];
    const { args, env } = commandOf(options);
    try {
      this.#child = spawn(process.execPath, [...args], { stdio: "pipe", env, windowsHide: true });
    } catch (cause) {
      throw new FastDistillError(
        "step.failed",
        `Cannot start a helper process: ${describeThrown(cause)}`,
        { hint: "Under Deno, starting processes needs --allow-run (or -A)", cause },
      );
    }
    this.#closed = new Promise((closed) => this.#listen(closed));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** The child speaks first, once the module is loaded. */
  ready(): Promise<ModuleReply> {
    return this.#await({ timeoutMs: START_TIMEOUT_MS });
  }

  async request(value: Json, options: ModuleRequestOptions = {}): Promise<ModuleReply> {
    options.signal?.throwIfAborted();
    if (this.#settle !== undefined) throw new TypeError("A helper process answers one request at a time");
    if (this.#end !== undefined) return this.#end;
    this.#child.stdin.write(`${JSON.stringify(value)}\n`);
    return await this.#await(options);
  }

  async kill(): Promise<void> {
    this.#finish({ kind: "ended", message: "it was ended" });
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
    await this.#closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #await({ timeoutMs = Infinity, signal }: ModuleRequestOptions): Promise<ModuleReply> {
    const { promise, resolve } = Promise.withResolvers<ModuleReply>();
    this.#settle = resolve;
    const timer = timeoutMs === Infinity
      ? undefined
      : setTimeout(() => this.#finish({ kind: "timed_out" }), timeoutMs);
    const stop = () => this.#finish({ kind: "ended", message: "it was interrupted" });
    signal?.addEventListener("abort", stop, { once: true });
    const reply = await promise;
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    if (this.#end !== undefined) await this.kill();
    signal?.throwIfAborted();
    return reply;
  }

  #listen(closed: () => void): void {
    const child = this.#child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#receive(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-STDERR_CHARS_MAX);
    });
    // A child that ends while it is written to is reported by its end.
    child.stdin.on("error", () => {});
    child.on("error", (error) => {
      this.#finish({ kind: "ended", message: describeThrown(error) });
      if (child.pid === undefined) closed();
    });
    child.on("close", (code, signal) => {
      this.#finish(this.#endOf(code, signal));
      closed();
    });
  }

  #receive(text: string): void {
    const end = text.indexOf("\n");
    this.#output.push(end < 0 ? text : text.slice(0, end));
    this.#outputChars += text.length;
    if (this.#outputChars > REPLY_CHARS_MAX) {
      this.#finish({ kind: "ended", message: `its reply is longer than ${REPLY_CHARS_MAX} characters` });
    } else if (end >= 0) {
      const line = this.#output.join("");
      this.#output = [];
      this.#outputChars = 0;
      this.#take(line);
      if (end + 1 < text.length) this.#receive(text.slice(end + 1));
    }
  }

  #take(line: string): void {
    const message = parseLine(line);
    if ("value" in message) this.#reply({ kind: "answer", value: message.value as Json });
    else if ("ready" in message) this.#reply({ kind: "answer", value: true });
    else if ("threw" in message) this.#reply({ kind: "threw", message: String(message.threw) });
    else if ("memory" in message) this.#finish({ kind: "out_of_memory" });
    else if ("failed" in message) this.#finish(failureOf(String(message.failed)));
    else this.#finish({ kind: "ended", message: `its reply cannot be read: ${line.slice(0, 200)}` });
  }

  #reply(reply: ModuleReply): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(reply);
  }

  #finish(end: ModuleReply): void {
    this.#end ??= end;
    this.#reply(this.#end);
  }

  #endOf(code: number | null, signal: string | null): ModuleReply {
    const how = signal === null ? `exit code ${code}` : signal;
    return failureOf(`it ended with ${how}${this.#errors === "" ? "" : `: ${this.#errors.trim()}`}`);
  }
}

function failureOf(message: string): ModuleReply {
  return MEMORY_MESSAGE.test(message) ? { kind: "out_of_memory" } : { kind: "ended", message };
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

interface Command {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

function commandOf(options: ModuleProcessOptions): Command {
  const { module, read = [], memoryMbMax = MEMORY_MB_MAX } = options;
  const child = new URL("./_module_child.ts", import.meta.url);
  const code = [child, module].filter(isFile).map((url) => dirname(fileURLToPath(url)));
  const readable = [...new Set([...code, ...read])];
  const last = [module.href, String(memoryMbMax)];
  if ((process.versions as Record<string, string | undefined>).deno === undefined) {
    return { args: [...nodeFlags(readable, memoryMbMax), fileURLToPath(child), ...last], env: envOf([]) };
  }
  const remote = [child, module].filter(({ protocol }) => protocol === "https:" || protocol === "http:");
  return {
    args: [
      "run",
      ...denoFlags(remote, readable),
      `--v8-flags=--max-old-space-size=${memoryMbMax}`,
      child.href,
      ...last,
    ],
    env: envOf(remote.length === 0 ? [] : ENV_REMOTE),
  };
}

function denoFlags(remote: readonly URL[], readable: readonly string[]): readonly string[] {
  const hosts = remote.map(({ protocol, hostname, port }) =>
    `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`
  );
  return [
    "--no-prompt",
    "--no-lock",
    "--no-config",
    "--no-npm",
    "--quiet",
    ...(remote.length === 0 ? ["--no-remote", "--cached-only"] : [`--allow-import=${[...new Set(hosts)]}`]),
    ...(readable.length === 0 ? [] : [`--allow-read=${readable.map(withoutComma)}`]),
  ];
}

/** Deno separates paths by commas and knows no escape: the nearest folder above without one stands for the path. */
function withoutComma(path: string): string {
  return path.includes(",") ? withoutComma(dirname(path)) : path;
}

function nodeFlags(readable: readonly string[], memoryMbMax: number): readonly string[] {
  return [
    "--permission",
    "--allow-worker",
    "--no-warnings",
    `--max-old-space-size=${memoryMbMax}`,
    ...readable.map((path) => `--allow-fs-read=${path}`),
  ];
}

function envOf(more: readonly string[]): Record<string, string> {
  const found = [...ENV_ALWAYS, ...more].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(found), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
}

function isFile(url: URL): boolean {
  return url.protocol === "file:";
}
