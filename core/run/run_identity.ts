import type { InputFingerprint } from "../component/mod.ts";
import { type LoadedPipeline, stripConfig } from "../config/mod.ts";
import { digest, HASH_POLICY, isJsonObject, type JsonObject } from "../record/mod.ts";
import type { Component } from "../registry/mod.ts";
import type { PlannedProvider, PlannedStep } from "./plan.ts";

/** Raised when the runtime itself gives other output for the same pipeline. */
const RUNTIME_VERSION = 1;

/** Digest of everything in a pipeline that decides what comes out, inputs and seed apart. */
export function signatureOf(
  { config }: LoadedPipeline,
  steps: ReadonlyMap<string, PlannedStep>,
  providers: ReadonlyMap<string, PlannedProvider>,
): string {
  const described = [...steps.values()].map(({ name, component, config, options, generation }) => ({
    name,
    use: config.use,
    version: component.definition.version,
    ...pluginOf(component),
    ...(component.component === "task" ? { prompt_version: component.definition.promptVersion } : {}),
    ...(component.component === "task" && component.definition.independent ? { independent: true } : {}),
    with: stripConfig(component.definition.config, asObject(options)),
    ...(generation === undefined ? {} : { generation: generation as unknown as JsonObject }),
    ...(config.provider === undefined ? {} : { provider: config.provider }),
    ...(config.from === undefined ? {} : { from: config.from }),
    ...(config.stage === undefined ? {} : { stage: config.stage }),
    ...(config.when === undefined ? {} : { when: config.when }),
    ...(config.route === undefined ? {} : { route: config.route as unknown as JsonObject }),
    ...(config.join === undefined ? {} : { join: config.join as unknown as JsonObject }),
    ...(config.on_error === "keep" ? { on_error: config.on_error } : {}),
  }));
  const used = [...providers.values()].sort((a, b) => a.name < b.name ? -1 : 1).map((
    { name, component, options },
  ) => ({
    name,
    use: component.definition.name,
    version: component.definition.version,
    ...pluginOf(component),
    with: stripConfig(component.definition.config, asObject(namedWith(config, name) ?? options)),
    ...endpointIn(config, name),
    ...fallbackIn(config, name),
  }));
  return digest({
    runtime_version: RUNTIME_VERSION,
    hash_policy: HASH_POLICY,
    name: config.name,
    steps: described,
    providers: used,
    ...(config.target === undefined ? {} : { target: { ...config.target } }),
    ...(config.cache?.salt === undefined ? {} : { cache_salt: config.cache.salt }),
  });
}

/** Other code of a plugin is another plugin. */
function pluginOf({ plugin }: Component): JsonObject {
  return plugin === undefined ? {} : { plugin: plugin.integrity };
}

/** Where the pipeline names the endpoint itself, the addresses of its deployments do not. */
function namedWith({ providers }: LoadedPipeline["config"], name: string): JsonObject | undefined {
  const { endpoint_id, deployments, with: given } = providers[name]!;
  return endpoint_id === undefined || deployments === undefined ? undefined : given;
}

function endpointIn({ providers }: LoadedPipeline["config"], name: string): JsonObject {
  const { endpoint_id } = providers[name]!;
  return endpoint_id === undefined ? {} : { endpoint_id };
}

/** Who answers where another one fails decides what comes out. */
function fallbackIn({ providers }: LoadedPipeline["config"], name: string): JsonObject {
  const fallback = providers[name]?.fallback;
  return fallback === undefined ? {} : { fallback: { to: fallback.to, on: fallback.on.toSorted() } };
}

function asObject(options: unknown): JsonObject {
  return isJsonObject(options) ? options : {};
}

/** What decides on a run besides the pipeline. */
export interface RunIdentity {
  readonly signature: string;
  readonly inputs: readonly InputFingerprint[];
  /** Rows that each source gives at most. */
  readonly limit?: number | undefined;
}

/** Id of a run: the pipeline's name, and a digest of signature, seed, inputs and, where there is one, the limit. */
export function runIdOf({ config }: LoadedPipeline, { signature, inputs, limit }: RunIdentity): string {
  const id = digest({
    signature,
    seed: config.seed,
    inputs: inputs.map(({ name, sha256 }) => ({ name, sha256 })),
    ...(limit === undefined ? {} : { limit }),
  });
  const slug = config.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) ||
    "run";
  return `${slug}-${id.slice(0, 12)}`;
}
