import {
  checkComponentName,
  type ComponentNotes,
  type ConfigSchema,
  type InputFiles,
  type InspectContext,
  type Inspection,
  type PluginOrigin,
} from "../component/mod.ts";
import type { ChatCall, ChatCompletion } from "./chat.ts";
import type { BatchLimits, EmbeddingAnswer, EmbeddingCall, RerankAnswer, RerankCall } from "./embedding.ts";

/** What a provider may be able to do. */
export type Capability = "chat" | "embedding" | "image" | "rerank" | "batch";

/** What a provider is given when it is opened. */
export interface ProviderSetup {
  /** Name of the provider in the pipeline. */
  readonly name: string;
  /** Reads of input files. */
  readonly files: InputFiles;
  /** The only way out to the network; a test hands in its own. */
  readonly fetch: typeof fetch;
  /** An environment variable, for credentials only; `undefined` when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Warns of something in the run's events; absent where there are none. */
  readonly warn?: ((code: string, message: string) => void) | undefined;
}

/** What a look at an endpoint found. */
export interface ProviderHealth {
  /** What it says of itself, in a few words, such as `12 models`. */
  readonly detail: string;
  /** Whether it lists the model; absent where it lists none. */
  readonly hasModel?: boolean;
}

/** A provider at work: one model behind one endpoint. */
export interface Provider {
  /** Which adapter this is: the component's name. */
  readonly adapter: string;
  /** Identity of the endpoint, part of the effect key: a base URL without credentials, or a recording's digest. */
  readonly endpoint: string;
  /**
   * Tells apart accounts of one endpoint, such as a digest of the key: what one may send does not count for the other.
   * Never recorded. @default {all calls of an endpoint share its limits}
   */
  readonly account?: string | undefined;
  /** As the endpoint names it; part of the effect key. */
  readonly model: string;
  /** What this one can do, at most what its component states. */
  readonly capabilities: readonly Capability[];
  /** Answers one call. Throws `provider.*` errors; retries, pacing and time limits are the gateway's. */
  readonly chat?: (call: ChatCall) => Promise<ChatCompletion>;
  /** Answers one call with a vector for each text. Errors as with `chat`. */
  readonly embed?: (call: EmbeddingCall) => Promise<EmbeddingAnswer>;
  /** Answers one call with a score for each document. Errors as with `chat`. */
  readonly rerank?: (call: RerankCall) => Promise<RerankAnswer>;
  /**
   * Looks whether the endpoint can be reached, takes the key and knows the model, without asking the model. Errors as with
   * `chat`.
   */
  readonly check?: (signal: AbortSignal) => Promise<ProviderHealth>;
  /** What fits into one call of `embed` or `rerank`. @default {64 texts} */
  readonly batchMax?: BatchLimits;
  /** Lets go of connections and files; called once, after the last call. */
  readonly close?: () => void | Promise<void>;
}

/** What a provider component states. */
export interface ProviderDefinition<Config> extends ComponentNotes {
  /** Name in the registry, snake_case. */
  readonly name: string;
  /** Raised when the adapter sends another request or reads an answer in another way; part of every effect key. */
  readonly version: number;
  /** One sentence. */
  readonly summary: string;
  /** Schema of what stands under `with`. */
  readonly config: ConfigSchema<Config>;
  /** What providers of this kind can do; checked before a run. */
  readonly capabilities: readonly Capability[];
  /** Looks at files before the run; throws what the user must mend. Never calls the endpoint. */
  readonly inspect?: (config: Config, context: InspectContext) => Promise<Inspection>;
  /** Makes a provider of a valid configuration. It should not call the endpoint yet. */
  readonly open: (config: Config, setup: ProviderSetup) => Provider | Promise<Provider>;
}

/** A provider as the registry holds it. */
export interface ProviderComponent {
  /** Tells the kinds of component apart. */
  readonly component: "provider";
  /** What was defined; its configuration type is known to its own schema only. */
  readonly definition: ProviderDefinition<unknown>;
  /** Where it comes from, when it runs in a sandbox. */
  readonly plugin?: PluginOrigin | undefined;
}

/**
 * Defines a provider: an adapter for one model API.
 *
 * @example
 * ```ts
 * import { defineProvider } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const echo = defineProvider({
 *   name: "echo",
 *   version: 1,
 *   summary: "Answers with the last message",
 *   config: z.strictObject({}),
 *   capabilities: ["chat"],
 *   open: () => ({
 *     adapter: "echo",
 *     endpoint: "local",
 *     model: "echo-1",
 *     capabilities: ["chat"],
 *     chat: ({ request, sampleIndexes }) =>
 *       Promise.resolve({
 *         choices: sampleIndexes.map(() => ({
 *           content: String(request.messages.at(-1)?.content),
 *           finish_reason: { kind: "stop" as const, raw: "stop" },
 *         })),
 *         usage: { input_tokens: 1, output_tokens: 1 },
 *         model: "echo-1",
 *       }),
 *   }),
 * });
 * assertEquals(echo.definition.capabilities, ["chat"]);
 * ```
 */
export function defineProvider<Config>(definition: ProviderDefinition<Config>): ProviderComponent {
  checkComponentName(definition.name);
  return { component: "provider", definition: definition as ProviderDefinition<unknown> };
}
