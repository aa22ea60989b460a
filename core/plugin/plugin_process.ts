import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import {
  type AccessCheck,
  type SandboxEnd,
  type SandboxLimits,
  type SandboxProcess,
  type SandboxProcessOptions,
  startSandboxProcess,
} from "../runtime/mod.ts";
import { badMessage, errorOfPlugin, mayHoldPrototype, refusePrototype } from "./check_outcome.ts";

/** Version of the protocol that is spoken. */
export const PLUGIN_PROTOCOL = 1;

const CALLS_PER_ROW_MAX = 100;
const NOTES_MAX = 1_000;
/** Calls that are made where nothing may be called. */
const STRAY_CALLS_MAX = 100;
const LOG_CHARS_MAX = 4 * 1024 * 1024;

/** A call that a plugin makes of the host. */
export interface PluginCall {
  /** Position of the row in the request. */
  readonly row: number;
  readonly method: string;
  readonly params: JsonObject;
  /** Has the plugin do the work of an effect. */
  readonly perform: () => Promise<Json>;
}

/** Does what a plugin asks of the host. */
export type CallHandler = (call: PluginCall) => Promise<Json>;

/** What a plugin says besides its answers, and what is found out about it. */
export interface PluginNote {
  readonly kind: "log" | "progress" | "stray" | "refused" | "ended";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** How a plugin's process is started. */
export interface PluginProcessOptions {
  readonly start: Omit<SandboxProcessOptions, "onMessage" | "onStray" | "onAccess" | "onEnd">;
  /** Calls of the host that a row may make. @default {100} */
  readonly callsPerRowMax?: number;
  readonly onNote: (note: PluginNote) => void;
}

/** Limits of a sandboxed plugin. */
export interface PluginLimits extends SandboxLimits {
  /** Times that it is started anew in a run after it has ended by itself. @default {100} */
  readonly restartsMax?: number;
  /** Calls of the host that a row may make. @default {100} */
  readonly callsPerRowMax?: number;
}

interface Pending {
  readonly settle: PromiseWithResolvers<Json>;
  readonly onCall: CallHandler | undefined;
  /** What each row of it has called. */
  readonly rows: readonly RowCalls[];
}

interface RowCalls {
  count: number;
  /** Calls that wait for the host. */
  waiting: number;
  /** Effects whose work the plugin does. */
  performing: number;
}

/** Bounds of one request. */
export interface PluginRequestOptions {
  readonly onCall?: CallHandler | undefined;
  /** Rows that come with it, each of which may call. @default {0} */
  readonly rowCount?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A plugin in a sandbox that was started: requests go in, answers come out. */
export class PluginProcess {
  readonly #options: PluginProcessOptions;
  readonly #process: SandboxProcess;
  readonly #pending: Map<number, Pending> = new Map();
  /** Whether it has answered since this was last set to false. */
  hasAnswered = false;
  readonly #performing: Map<number, PromiseWithResolvers<Json>> = new Map();
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  #lastId = 0;
  /** Calls that were not answered yet. */
  readonly #open: Set<number> = new Set();
  /** Rows that wait for the host. */
  #waitingRows = 0;
  /** Rows for which the plugin does the work of an effect, and waits for nothing itself. */
  #owingRows = 0;
  #strayCalls = 0;
  #isReady = false;
  #notes = 0;
  #logged = 0;
  #end: FastDistillError | undefined;
  #isClosing = false;

  /** Starts the process. @throws {FastDistillError} `plugin.no_sandbox` */
  constructor(options: PluginProcessOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => {}); // Who waits for it is told; nobody has to.
    this.#process = startSandboxProcess({
      ...options.start,
      onMessage: (message, line) => this.#receive(message as JsonObject, line),
      onStray: (text) => this.#note("stray", "warn", `It printed what is no message: ${text.slice(0, 200)}`),
      onAccess: (access) => this.#checkAccess(access),
      onEnd: (end) => this.#ended(end),
    });
    this.#process.setDue(true);
  }

  /** Why it takes no more requests; `undefined` while it does. */
  get end(): FastDistillError | undefined {
    return this.#end;
  }

  /** Resolves when the plugin has been loaded. @throws {FastDistillError} `plugin.*` */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Has the plugin answer. @throws {FastDistillError} `plugin.*`, or what it answered with */
  async request(method: string, params: Json, options: PluginRequestOptions = {}): Promise<Json> {
    return await this.requestText(method, JSON.stringify(params), options);
  }

  /** The same for parameters that are JSON already. */
  async requestText(method: string, params: string, options: PluginRequestOptions = {}): Promise<Json> {
    if (this.#end !== undefined) throw this.#end;
    options.signal?.throwIfAborted();
    const id = ++this.#lastId;
    const settle = Promise.withResolvers<Json>();
    const rows = Array.from(
      { length: options.rowCount ?? 0 },
      () => ({ count: 0, waiting: 0, performing: 0 }),
    );
    this.#pending.set(id, { settle, onCall: options.onCall, rows });
    const cancel = () => {
      this.#process.send(JSON.stringify({ type: "cancel", id }));
      settle.reject(options.signal?.reason);
    };
    options.signal?.addEventListener("abort", cancel, { once: true });
    const hasRoom = this.#process.send(
      `{"type":"request","id":${id},"method":"${method}","params":${params}}`,
    );
    this.#updateDue();
    try {
      if (!hasRoom) await this.#process.drained();
      return await settle.promise;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#process.kill();
  }

  #receive(message: JsonObject, line: string): void {
    if (!isJsonObject(message)) throw badMessage("sent what is no object");
    if (mayHoldPrototype(line)) refusePrototype(message);
    switch (message.type) {
      case "ready":
        if (message.protocol !== PLUGIN_PROTOCOL) throw badMessage("speaks another version of the protocol");
        if (this.#isReady) throw badMessage("said twice that it is ready");
        this.#isReady = true;
        this.#ready.resolve();
        this.#process.heard();
        return this.#updateDue();
      case "reply":
        return this.#reply(message);
      case "call":
        return void this.#call(message);
      case "performed":
        return this.#performed(message);
      case "log":
        return this.#log(message);
      case "failed": {
        const { message: why } = errorOfPlugin(isJsonObject(message.error) ? message.error : {});
        this.#fail(new FastDistillError("plugin.failed", `The plugin does not load: ${why}`));
        return;
      }
      default:
        throw badMessage(`sent a message of the type ${JSON.stringify(message.type ?? null).slice(0, 60)}`);
    }
  }

  #reply({ id, value, error }: JsonObject): void {
    const pending = this.#pending.get(id as number);
    if (pending === undefined) throw badMessage("answered what it was not asked");
    this.#pending.delete(id as number);
    this.hasAnswered = true;
    this.#process.heard();
    this.#updateDue();
    if (error === undefined) pending.settle.resolve(value ?? null);
    else pending.settle.reject(errorOfPlugin(isJsonObject(error) ? error : {}));
  }

  async #call({ call, request, row, method, params }: JsonObject): Promise<void> {
    if (!isJsonObject(params) || typeof call !== "number" || typeof method !== "string") {
      return this.#stop(badMessage("made a call that cannot be read"));
    }
    if (method === "log" || method === "progress") return this.#noteOf(method, params);
    if (this.#open.has(call)) return this.#stop(badMessage("made two calls of one number"));
    const pending = this.#pending.get(request as number);
    const calls = pending?.rows[row as number];
    if (pending?.onCall === undefined || calls === undefined) return this.#refuseStrayCall(call, method);
    const { onCall } = pending;
    this.#open.add(call);
    let answer: JsonObject;
    try {
      this.#countCall(calls);
      const asked = { row: row as number, method, params, perform: () => this.#perform(call, calls) };
      answer = { value: await this.#whileWaiting(calls, () => onCall(asked)) };
    } catch (thrown) {
      if (isFastDistillError(thrown) && thrown.code === "plugin.refused") {
        this.#note("refused", "warn", thrown.message);
      }
      const code = isFastDistillError(thrown) ? thrown.code : "step.failed";
      answer = { error: { code, message: thrown instanceof Error ? thrown.message : String(thrown) } };
    }
    this.#open.delete(call);
    this.#process.send(JSON.stringify({ type: "result", call, ...answer }));
  }

  /** Its time goes on: such a call is no waiting for an answer of the host. */
  #refuseStrayCall(call: number, method: string): void {
    if (++this.#strayCalls > STRAY_CALLS_MAX) {
      return this.#stop(badMessage(`made more than ${STRAY_CALLS_MAX} calls where nothing may be called`));
    }
    const { code, message } = this.#refuse(`It called "${method}" where nothing may be called`);
    this.#note("refused", "warn", message);
    this.#process.send(JSON.stringify({ type: "result", call, error: { code, message } }));
  }

  #countCall(calls: RowCalls): void {
    const { callsPerRowMax = CALLS_PER_ROW_MAX } = this.#options;
    const count = ++calls.count;
    if (count > 10 * callsPerRowMax) {
      this.#stop(badMessage(`made more than ${10 * callsPerRowMax} calls for a row`));
    }
    if (count > callsPerRowMax) throw this.#refuse(`A row may make ${callsPerRowMax} calls, and made more`);
  }

  async #whileWaiting(row: RowCalls, action: () => Promise<Json>): Promise<Json> {
    this.#turn(row, 1, 0);
    try {
      return await action();
    } finally {
      this.#turn(row, -1, 0);
    }
  }

  /** Notes whose turn a row is: so much more waits for the host, and for the plugin. */
  #turn(row: RowCalls, waiting: number, performing: number): void {
    const count = (sign: 1 | -1) => {
      if (row.waiting > 0) this.#waitingRows += sign;
      else if (row.performing > 0) this.#owingRows += sign;
    };
    count(-1);
    row.waiting += waiting;
    row.performing += performing;
    count(1);
    this.#updateDue();
  }

  #refuse(message: string): FastDistillError {
    return new FastDistillError("plugin.refused", message);
  }

  async #perform(call: number, row: RowCalls): Promise<Json> {
    const settle = Promise.withResolvers<Json>();
    this.#performing.set(call, settle);
    this.#process.send(JSON.stringify({ type: "perform", call }));
    this.#turn(row, -1, 1); // It is the plugin's turn again.
    try {
      return await settle.promise;
    } finally {
      this.#turn(row, 1, -1);
    }
  }

  #performed({ call, value, error }: JsonObject): void {
    const settle = this.#performing.get(call as number);
    if (settle === undefined) throw badMessage("answered what it was not asked");
    this.#performing.delete(call as number);
    this.#process.heard();
    if (error === undefined) settle.resolve(value ?? null);
    else settle.reject(errorOfPlugin(isJsonObject(error) ? error : {}));
  }

  #log({ level, message }: JsonObject): void {
    this.#logged += String(message).length;
    if (this.#logged > LOG_CHARS_MAX) {
      return this.#stop(new FastDistillError("plugin.flooded", "The plugin logged more than it may"));
    }
    this.#noteOf("log", { level: level ?? "info", message: message ?? "" });
  }

  #noteOf(kind: "log" | "progress", params: JsonObject): void {
    const level = (["debug", "info", "warn", "error"] as const).find((one) => one === params.level) ?? "info";
    const text = kind === "log" ? String(params.message) : `${params.done} of ${params.total ?? "?"}`;
    this.#note(kind, level, text.slice(0, 4_000));
  }

  #note(kind: PluginNote["kind"], level: PluginNote["level"], message: string): void {
    if (++this.#notes === NOTES_MAX + 1) {
      this.#options.onNote({ kind: "stray", level: "warn", message: "What else it says is left out" });
    }
    if (this.#notes <= NOTES_MAX || kind === "ended") this.#options.onNote({ kind, level, message });
  }

  /**
   * The time of a plugin runs while it is loaded, or owes an answer and waits for none itself, or owes the work of an
   * effect, for which other rows may wait.
   */
  #updateDue(): void {
    this.#process.setDue(
      !this.#isReady || (this.#pending.size > 0 && (this.#waitingRows < 1 || this.#owingRows > 0)),
    );
  }

  #checkAccess({ permission, value }: AccessCheck): void {
    const granted = this.#options.start.access[permission as "net"] ?? [];
    if (value !== null && granted.some((one) => value === one || value.startsWith(`${one}/`))) return;
    if (permission === "net" && granted.some((one) => value === `${one}:443` || value === `${one}:80`)) {
      return;
    }
    const what = `${permission}${value === null ? "" : ` "${value.slice(0, 200)}"`}`;
    this.#note("refused", "warn", `It tried an access that is not granted: ${what}`);
  }

  #fail(error: FastDistillError): void {
    this.#end ??= error;
    this.#ready.reject(this.#end);
    for (const { settle } of this.#pending.values()) settle.reject(this.#end);
    for (const settle of this.#performing.values()) settle.reject(this.#end);
    this.#pending.clear();
    this.#performing.clear();
    this.#updateDue();
  }

  #stop(error: FastDistillError): void {
    this.#note("ended", "error", error.message);
    this.#fail(error);
    void this.#process.kill();
  }

  #ended(end: SandboxEnd): void {
    const wasAsked = this.#isClosing || this.#end !== undefined;
    const reason = end.kind === "bad_message"
      ? end.reason.replace(/^plugin\.\w+: The plugin /, "")
      : end.reason;
    const error = new FastDistillError(CODES[end.kind], `The plugin ${reason}`);
    if (!wasAsked) this.#note("ended", "error", error.message);
    this.#fail(error);
  }
}

const CODES = {
  closed: "plugin.crashed",
  crashed: "plugin.crashed",
  timed_out: "plugin.timeout",
  out_of_memory: "plugin.out_of_memory",
  flooded: "plugin.flooded",
  bad_message: "plugin.bad_message",
} as const satisfies Record<SandboxEnd["kind"], string>;
