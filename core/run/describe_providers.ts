import type { DeploymentLimits, FallbackConfig, ProviderConfig } from "../config/mod.ts";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { type Capability, listedPrice, type Price } from "../provider/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
import { readEnv } from "../runtime/mod.ts";
import { deploymentLimits } from "./deployments.ts";
import { openProvider } from "./open_provider.ts";
import type { Plan, PlannedProvider } from "./plan.ts";

/** A credential that a provider takes from the environment, by name only. */
export interface ProviderKey {
  /** Name of the variable. */
  readonly env: string;
  /** Whether it has a value. */
  readonly is_set: boolean;
}

/** One place at which a provider asks its model. */
export interface DescribedDeployment {
  /** Address without credentials; empty where the provider cannot be opened. */
  readonly endpoint: string;
  /** As the endpoint names it. */
  readonly model: string;
  /** Variables that it takes credentials from. */
  readonly keys: readonly ProviderKey[];
  /** What the gateway keeps to there. */
  readonly limits: DeploymentLimits;
  /** Why the provider cannot be opened; absent where it can. */
  readonly problem?: string;
}

/** A provider of a pipeline, as it would be asked. It holds no secret. */
export interface DescribedProvider {
  /** Name in the pipeline. */
  readonly provider: string;
  /** Name of the component. */
  readonly use: string;
  /** Version of the adapter. */
  readonly version: number;
  /** What it can do. */
  readonly capabilities: readonly Capability[];
  /** Steps that ask it. */
  readonly steps: readonly string[];
  /** One entry where the pipeline names no deployments. */
  readonly deployments: readonly DescribedDeployment[];
  /** US dollars per million tokens; `null` where it is not known. */
  readonly price: Price | null;
  /** Where the price comes from; absent where there is none. */
  readonly price_from?: "pipeline" | "list";
  /** What calls of it may spend; absent where there is no such limit. */
  readonly budget?: ProviderConfig["budget"];
  /** Milliseconds until a call is given up. */
  readonly timeout_ms: number;
  /** How often a call is tried in all. */
  readonly attempts: number;
  /** Who is asked when a call has failed for good; absent where nobody is. */
  readonly fallback?: FallbackConfig;
}

/** What providers are described with. */
export interface DescribeProvidersOptions {
  /** An environment variable. @default {those of the process} */
  readonly env?: (name: string) => string | undefined;
}

/** Says of each provider that a plan uses where it asks, with which keys, limits and prices. Nobody is asked. */
export async function describeProviders(
  plan: Plan,
  { env = readEnv }: DescribeProvidersOptions = {},
): Promise<readonly DescribedProvider[]> {
  const providers: DescribedProvider[] = [];
  for (const planned of plan.providers.values()) providers.push(await describe(planned, { plan, env }));
  return providers;
}

interface Describing {
  readonly plan: Plan;
  readonly env: (name: string) => string | undefined;
}

async function describe(planned: PlannedProvider, context: Describing): Promise<DescribedProvider> {
  const { name, component: { definition } } = planned;
  const config = context.plan.pipeline.config.providers[name]!;
  const limits = deploymentLimits(config);
  const deployments: DescribedDeployment[] = [];
  for (const [index, options] of planned.deployments.entries()) {
    const keys = keysOf(options, { name, index, context });
    const opened = await open(planned, options, context);
    deployments.push({ ...opened, keys, limits: limits[index]! });
  }
  const listed = listedPrice(deployments[0]?.model ?? "")?.price;
  const price = config.price ?? listed;
  return {
    provider: name,
    use: definition.name,
    version: definition.version,
    capabilities: definition.capabilities,
    steps: [...context.plan.steps.values()].filter((step) => step.config.provider === name).map((step) =>
      step.name
    ),
    deployments,
    price: price ?? null,
    ...(price === undefined ? {} : { price_from: config.price === undefined ? "list" : "pipeline" }),
    ...(config.budget === undefined ? {} : { budget: config.budget }),
    timeout_ms: config.limits.timeout_ms,
    attempts: config.limits.attempts,
    ...(config.fallback === undefined ? {} : { fallback: config.fallback }),
  };
}

async function open(
  planned: PlannedProvider,
  options: unknown,
  context: Describing,
): Promise<Pick<DescribedDeployment, "endpoint" | "model" | "problem">> {
  const fetch = () =>
    Promise.reject(new FastDistillError("internal.invariant", "A provider asked before it was told to"));
  try {
    const provider = await openProvider(planned, options, { ...context, fetch });
    await provider.close?.();
    return { endpoint: provider.endpoint, model: provider.model };
  } catch (thrown) {
    return { endpoint: "", model: "", problem: describeThrown(thrown) };
  }
}

/** By convention, `x_env` names the variable of `x`, where `x` itself is not given; a placeholder names one as well. */
function keysOf(
  options: unknown,
  { name, index, context: { plan: { pipeline }, env } }: {
    readonly name: string;
    readonly index: number;
    readonly context: Describing;
  },
): readonly ProviderKey[] {
  const given = isJsonObject(options) ? options : {};
  const named = Object.entries(given).flatMap(([key, value]) => {
    const isNeeded = key.endsWith("_env") && given[key.slice(0, -"_env".length)] === undefined;
    return isNeeded && typeof value === "string" && value !== "" ? [value] : [];
  });
  const placed = Object.keys(given).flatMap((key) => {
    const at = [["providers", name, "deployments", index, "with", key], ["providers", name, "with", key]];
    return at.flatMap((path) => variablesIn(pipeline.locate(path)?.written));
  });
  return [...new Set([...named, ...placed])].map((variable) => ({
    env: variable,
    is_set: (env(variable) ?? "") !== "",
  }));
}

function variablesIn(written: Json | undefined): readonly string[] {
  if (typeof written !== "string") return [];
  return [...written.matchAll(/(?<!\$)\$\{env:([A-Za-z_]\w*)/g)].map(([, name]) => name!);
}
