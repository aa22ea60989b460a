import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { Json, JsonObject } from "../record/mod.ts";
import type { SandboxCommandOptions } from "../runtime/mod.ts";
import {
  type PluginLimits,
  type PluginNote,
  PluginProcess,
  type PluginRequestOptions,
} from "./plugin_process.ts";

const RESTARTS_MAX = 100;

/** What a plugin is run with. */
export interface PluginHostOptions {
  /** For messages. */
  readonly name: string;
  readonly start: SandboxCommandOptions;
  readonly limits?: PluginLimits | undefined;
  /** Parameters of `open`, which follows every start; a plugin that is only described is not opened. */
  readonly opening?: JsonObject;
  readonly onNote: (note: PluginNote) => void;
}

/** Errors after which a plugin has ended. */
const ENDED: ReadonlySet<string> = new Set([
  "plugin.crashed",
  "plugin.timeout",
  "plugin.out_of_memory",
  "plugin.flooded",
  "plugin.bad_message",
]);

/** Whether an error says that the plugin has ended. */
export function hasEndedBy(thrown: unknown): boolean {
  return isFastDistillError(thrown) && ENDED.has(thrown.code);
}

/** Runs a plugin, and starts it anew after it has ended by itself, as often as its limits allow. */
export class PluginHost {
  readonly #options: PluginHostOptions;
  #process: Promise<PluginProcess> | undefined;
  #current: PluginProcess | undefined;
  #starts = 0;
  #facts: Json = null;
  #isClosed = false;

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** Starts it, if it is not running, and gives what `open` answered. @throws {FastDistillError} `plugin.*` */
  async open(): Promise<Json> {
    await this.#running();
    return this.#facts;
  }

  /** Has the plugin answer, JSON parameters as text. @throws {FastDistillError} `plugin.*`, or what it answered with */
  async request(method: string, params: string, options?: PluginRequestOptions): Promise<Json> {
    const process = this.#current?.end === undefined ? this.#current : undefined;
    return await (process ?? await this.#running()).requestText(method, params, options);
  }

  /** Whether the process that would be asked now has answered nothing yet, so that nothing before can be why it ends. */
  get isFresh(): boolean {
    return this.#current === undefined || this.#current.end !== undefined || !this.#current.hasAnswered;
  }

  /** Ends the process that runs now, if it has not ended: it answered what cannot be. The next request starts another. */
  async drop(): Promise<void> {
    await this.#current?.close();
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const process = await this.#process?.catch(() => undefined);
    await process?.close();
  }

  #running(): Promise<PluginProcess> {
    if (this.#current !== undefined && this.#current.end !== undefined) {
      this.#process = this.#current = undefined;
    }
    this.#process ??= this.#start().catch((cause) => {
      this.#process = undefined;
      throw cause;
    });
    return this.#process;
  }

  async #start(): Promise<PluginProcess> {
    const { name, start, limits = {}, opening, onNote } = this.#options;
    const { restartsMax = RESTARTS_MAX, callsPerRowMax } = limits;
    if (this.#isClosed) throw new FastDistillError("plugin.crashed", `The plugin "${name}" was closed`);
    if (this.#starts > restartsMax) {
      throw new FastDistillError(
        "plugin.gave_up",
        `The plugin "${name}" ended by itself and was started anew ${restartsMax} times, which is as often as it may be`,
      );
    }
    this.#starts++;
    const process = new PluginProcess({
      start: { ...start, limits },
      ...(callsPerRowMax === undefined ? {} : { callsPerRowMax }),
      onNote,
    });
    try {
      await process.ready();
      if (opening !== undefined) this.#facts = await process.request("open", opening);
    } catch (cause) {
      await process.close();
      throw cause;
    }
    process.hasAnswered = false;
    this.#current = process;
    return process;
  }
}
