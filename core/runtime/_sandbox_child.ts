/**
 * First module of a sandbox: reads requests from the standard input, has the plugin answer them, and writes each
 * answer on one line of the standard output, after a secret that the plugin never sees. Everything that guards the
 * secret is taken hold of before the plugin is loaded, so that a plugin that patches built-ins learns nothing.
 *
 * The plugin's module is imported by a name that is worked out here: only then are its own imports checked against
 * the permissions of this process. `docs/reference/plugin-protocol.md` describes what is said.
 *
 * @module
 */
import { type HostCall, type Methods, openPlugin } from "./_sandbox_plugin.ts";

const PROTOCOL = 1;
const READ_BYTES = 1 << 18;
const NEW_LINE = 10;

interface Stream {
  readonly read: (into: Uint8Array) => Promise<number | null>;
  readonly writeSync: (bytes: Uint8Array) => number;
}

/** The part of Deno that is used; this module runs nowhere else. */
interface Runtime {
  readonly stdin: Stream;
  readonly stdout: Stream;
  readonly exit: (code: number) => never;
  readonly internal: symbol;
  readonly args: readonly string[];
  readonly ppid: number;
  readonly addSignalListener: (signal: string, handle: () => void) => void;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

const deno = (globalThis as unknown as { readonly Deno: Runtime }).Deno;
const read = deno.stdin.read.bind(deno.stdin);
const writeSync = deno.stdout.writeSync.bind(deno.stdout);
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const subarray = Function.prototype.call.bind(Uint8Array.prototype.subarray) as (
  bytes: Uint8Array,
  start: number,
  end?: number,
) => Uint8Array;
const byteLength = Function.prototype.call.bind(
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "byteLength")!.get!,
) as (bytes: Uint8Array) => number;
const stringify = JSON.stringify;
const { setPrototypeOf } = Object;
const { Worker } = globalThis as unknown as { Worker: new (url: string, options: unknown) => unknown };
const startWorker = (url: string) => new Worker(url, { type: "module" });

const calls = new Map<number, PromiseWithResolvers<unknown>>();
const performs = new Map<number, () => unknown>();
const cancels = new Map<number, AbortController>();
const queued: string[] = [];
let lastCall = 0;

await main();

interface Hello {
  /** Bytes, since texts of the heap are in a snapshot of it, which the plugin may take. */
  readonly secret: Uint8Array;
  readonly module: string;
  readonly after: Uint8Array;
}

async function main(): Promise<void> {
  const hello = await readHello();
  if (hello === undefined) return;
  const { secret, module, after } = hello;
  const send = (message: object) => {
    setPrototypeOf(message, null); // Else a toJSON of Object.prototype would write another message.
    const text = stringify(message);
    write(secret);
    write(encode(`${text}\n`));
  };
  const lines = readLines(after);
  lockDown(send);
  // Ctrl-C reaches every process of a terminal; whether this one ends is for the host to say.
  deno.addSignalListener("SIGINT", () => {});
  const megabytes = Number(deno.args[0] ?? 0);
  if (megabytes > 0) watch(megabytes);
  try {
    const found = await import(module + "");
    const methods = openPlugin(found.default, { call: (wish) => callHost(send, wish), signalOf });
    send({ type: "ready", protocol: PROTOCOL });
    if (megabytes === 0) watch(Infinity);
    for await (const line of lines) receive(JSON.parse(line), { send, methods });
    deno.exit(0);
  } catch (thrown) {
    send({ type: "failed", error: describe(thrown) });
    deno.exit(1);
  }
}

type Send = (message: object) => void;

/** Reads the first line, and keeps no text of it; `after` are bytes that follow it. */
async function readHello(): Promise<Hello | undefined> {
  let bytes = new Uint8Array(0);
  while (!bytes.includes(NEW_LINE)) {
    const more = new Uint8Array(READ_BYTES);
    const length = await read(more);
    if (length === null) return undefined;
    const both = new Uint8Array(bytes.length + length);
    both.set(bytes);
    both.set(more.subarray(0, length), bytes.length);
    bytes = both;
  }
  const end = bytes.indexOf(NEW_LINE);
  const { nonce, module } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as {
    readonly nonce: string;
    readonly module: string;
  };
  return { secret: encode(nonce), module, after: bytes.subarray(end + 1) };
}

function write(text: Uint8Array): void {
  let bytes = text;
  while (byteLength(bytes) > 0) bytes = subarray(bytes, writeSync(bytes)) as typeof bytes;
}

/** Takes away what leaves something behind on the disk, and turns the console into messages. */
function lockDown(send: Send): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  for (const name of ["localStorage", "sessionStorage", "caches"]) delete scope[name];
  delete (deno as unknown as Record<symbol, unknown>)[deno.internal];
  const log = (level: string) => (...values: readonly unknown[]) =>
    send({ type: "log", level, message: values.map(shown).join(" ").slice(0, 4_000) });
  const levels = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" };
  for (const [name, level] of Object.entries(levels)) {
    (console as unknown as Record<string, unknown>)[name] = log(level);
  }
}

/**
 * Ends this process when the host is gone, or past so many megabytes: from a thread of its own, which nothing keeps
 * busy.
 */
function watch(megabytes: number): void {
  const code = `setInterval(() => {
    const isLost = Deno.ppid !== ${deno.ppid} || Deno.memoryUsage().rss > ${megabytes} * 2 ** 20;
    if (isLost) Deno.kill(Deno.pid, "SIGKILL");
  }, ${Number.isFinite(megabytes) ? 20 : 250});`;
  startWorker(`data:text/javascript,${encodeURIComponent(code)}`);
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

interface Serving {
  readonly send: Send;
  readonly methods: Methods;
}

function receive(message: Readonly<Record<string, unknown>>, serving: Serving): void {
  switch (message.type) {
    case "request":
      return serve(message as unknown as Request, serving);
    case "result":
      return settleCall(message);
    case "perform":
      return perform(message.call as number, serving.send);
    case "cancel":
      return cancels.get(message.id as number)?.abort();
  }
}

function serve({ id, method, params }: Request, { send, methods }: Serving): void {
  const answer = (value: unknown) => {
    cancels.delete(id);
    send({ type: "reply", id, value: value ?? null });
  };
  const refuse = (thrown: unknown) => {
    cancels.delete(id);
    send({ type: "reply", id, error: describe(thrown) });
  };
  try {
    const handle = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handle === undefined) throw new TypeError(`This plugin does not answer "${method}"`);
    const value = handle(params as never, id);
    if (value instanceof Promise) value.then(answer, refuse).catch(refuse);
    else answer(value);
  } catch (thrown) {
    refuse(thrown);
  }
}

function signalOf(id: number): AbortSignal {
  const controller = cancels.get(id) ?? new AbortController();
  cancels.set(id, controller);
  return controller.signal;
}

function callHost(send: Send, { perform, ...wish }: HostCall): Promise<unknown> {
  const call = ++lastCall;
  const settled = Promise.withResolvers<unknown>();
  calls.set(call, settled);
  if (perform !== undefined) performs.set(call, perform);
  send({ type: "call", call, ...wish });
  return settled.promise;
}

function settleCall(message: Readonly<Record<string, unknown>>): void {
  const settled = calls.get(message.call as number);
  calls.delete(message.call as number);
  performs.delete(message.call as number);
  if (settled === undefined) return;
  const error = message.error as { readonly code: string; readonly message: string } | undefined;
  if (error === undefined) settled.resolve(message.value);
  else settled.reject(Object.assign(new Error(error.message), { code: error.code }));
}

function perform(call: number, send: Send): void {
  const work = async () => await performs.get(call)?.();
  work().then(
    (value) => send({ type: "performed", call, value: value ?? null }),
    (thrown) => send({ type: "performed", call, error: describe(thrown) }),
  );
}

function describe(thrown: unknown): { readonly code?: string; readonly message: string } {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const text = typeof message === "string" ? message : shown(thrown);
  return { ...(typeof code === "string" ? { code } : {}), message: text.slice(0, 2_000) };
}

async function* readLines(before: Uint8Array): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const decode = decoder.decode.bind(decoder);
  const buffer = new Uint8Array(READ_BYTES);
  let bytes = before;
  let rest: string[] = [];
  while (true) {
    const text = decode(bytes, { stream: true });
    const end = text.lastIndexOf("\n");
    if (end < 0) rest.push(text);
    else {
      queued.push(...(rest.join("") + text.slice(0, end)).split("\n"));
      rest = [text.slice(end + 1)];
      for (let line = queued.shift(); line !== undefined; line = queued.shift()) yield line;
    }
    const length = await read(buffer);
    if (length === null) return;
    bytes = subarray(buffer, 0, length);
  }
}
