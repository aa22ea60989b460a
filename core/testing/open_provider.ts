import type { Provider, ProviderComponent } from "../provider/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { inputFilesOf } from "../runtime/mod.ts";
import { validConfig } from "./_check_config.ts";

/** What {@linkcode openProvider} opens a provider with. */
export interface OpenProviderOptions {
  /** What a pipeline has under `with`. @default {{}} */
  readonly config?: JsonObject;
  /** A double of the network. @default {one that refuses every call} */
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  /** Variables of the environment. @default {none} */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that input files are read from. Absolute path. @default {"/"} */
  readonly baseDir?: string;
  /** Name of the provider in its pipeline. @default {the component's name} */
  readonly name?: string;
  /** Milliseconds since the epoch. @default {0, always} */
  readonly now?: () => number;
}

/**
 * Opens a provider as a run does, but without a network: what {@linkcode testProvider} is given as `make`.
 *
 * @throws {FastDistillError} `config.*` for a configuration that does not hold, and what opening it throws
 *
 * @example
 * ```ts
 * import { defineProvider } from "@fastdistill/core";
 * import { openProvider } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const component = defineProvider({
 *   name: "greeter",
 *   version: 1,
 *   summary: "Asks an endpoint that greets",
 *   config: z.strictObject({ model: z.string() }),
 *   capabilities: ["chat"],
 *   open: ({ model }, { fetch }) => ({
 *     adapter: "greeter",
 *     endpoint: "https://greet.example",
 *     model,
 *     capabilities: ["chat"],
 *     chat: async ({ signal }) => {
 *       const content = await (await fetch("https://greet.example/hello", { signal })).text();
 *       const choice = { content, finish_reason: { kind: "stop", raw: null } } as const;
 *       return { choices: [choice], usage: { input_tokens: 1, output_tokens: 1 }, model };
 *     },
 *   }),
 * });
 * const provider = await openProvider(component, {
 *   config: { model: "greeter-1" },
 *   fetch: () => new Response("hello"),
 * });
 * const { choices } = await provider.chat!({
 *   request: { model: "greeter-1", messages: [], decode: {} },
 *   sampleIndexes: [0],
 *   signal: new AbortController().signal,
 * });
 * assertEquals(choices[0]?.content, "hello");
 * ```
 */
export async function openProvider(
  { definition }: ProviderComponent,
  options: OpenProviderOptions = {},
): Promise<Provider> {
  const { name = definition.name, baseDir = "/", now = () => 0, env = {}, fetch = refuse } = options;
  const config = validConfig(definition.name, definition.config, options.config ?? {});
  return await definition.open(config, {
    name,
    files: inputFilesOf(baseDir),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      return await untilAborted(request.signal, fetch(request));
    },
    env: (variable) => env[variable],
    now,
  });
}

/** A double that never answers must still end when its caller gives up, as a call of the network does. */
function untilAborted<T>(signal: AbortSignal, answer: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    Promise.resolve(answer).then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function refuse({ method, url }: Request): never {
  throw new TypeError(`A test without a double of the network called ${method} ${url}`);
}
