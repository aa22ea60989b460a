import type { DeploymentLimits, ProviderConfig } from "../config/mod.ts";
import { type LimitChange, type Limiter, PooledLimiter } from "../gateway/mod.ts";
import type { Provider } from "../provider/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import type { SharedLimiters } from "./shared_limiters.ts";

/** Makes a listener for one deployment; without a number where there is one only. */
export type LimitTeller = (deployment: number | undefined) => (change: LimitChange) => void;

/** What the gateway keeps to at each deployment. */
export function deploymentLimits({ limits, deployments }: ProviderConfig): readonly DeploymentLimits[] {
  return (deployments ?? [{}]).map((
    { limits: own = {} }: { readonly limits?: Partial<DeploymentLimits> },
  ) => ({
    concurrency: own.concurrency ?? limits.concurrency,
    adaptive: own.adaptive ?? limits.adaptive,
    rpm: own.rpm ?? limits.rpm,
    tpm: own.tpm ?? limits.tpm,
  }));
}

/** What all deployments of a provider let through together. */
export function pooledLimits(
  config: ProviderConfig,
): { readonly concurrency: number; readonly rpm: number; readonly tpm: number } {
  return deploymentLimits(config).reduce(
    (sum, { concurrency, rpm = Infinity, tpm = Infinity }) => ({
      concurrency: sum.concurrency + concurrency,
      rpm: sum.rpm + rpm,
      tpm: sum.tpm + tpm,
    }),
    { concurrency: 0, rpm: 0, tpm: 0 },
  );
}

/** Opens all deployments of a provider. What was opened is closed again when a later one fails. */
export async function openDeployments(
  configs: readonly unknown[],
  open: (config: unknown) => Promise<Provider>,
): Promise<readonly Provider[]> {
  const opened: Provider[] = [];
  try {
    for (const config of configs) opened.push(await open(config));
    return opened;
  } catch (cause) {
    for (const provider of opened) await provider.close?.();
    throw cause;
  }
}

/** Whose identity the effects of a provider have: that of its first deployment, or the one that the pipeline names. */
export function identityOf(first: Provider, endpointId: string | undefined): Provider {
  if (endpointId === undefined) return first;
  const { adapter, model, capabilities, account, chat, embed, rerank, batchMax, close } = first;
  return {
    adapter,
    endpoint: endpointId,
    model,
    capabilities,
    account,
    ...(chat === undefined ? {} : { chat: (call) => first.chat!(call) }),
    ...(embed === undefined ? {} : { embed: (call) => first.embed!(call) }),
    ...(rerank === undefined ? {} : { rerank: (call) => first.rerank!(call) }),
    ...(batchMax === undefined ? {} : { batchMax }),
    ...(close === undefined ? {} : { close: () => first.close!() }),
  };
}

interface Joining {
  readonly name: string;
  readonly config: ProviderConfig;
  readonly limiters: SharedLimiters;
  readonly clock: Clock;
  readonly tell: LimitTeller;
}

/** One limiter for all deployments; each of them is limited by itself, together with whoever else uses its account. */
export function joinDeployments(
  deployments: readonly Provider[],
  { name, config, limiters, clock, tell }: Joining,
): Limiter {
  const limits = deploymentLimits(config);
  const isSingle = deployments.length === 1;
  const taken = new Set<string>();
  const members = deployments.map(({ endpoint, account }, index) => {
    const shared = account === undefined ? endpoint : `${endpoint} ${account}`;
    // Adapters that tell no accounts apart leave it to the pipeline.
    const key = taken.has(shared) ? `${shared} ${name}/${index}` : shared;
    taken.add(key);
    const limiter = limiters.join(key, limits[index]!, tell(isSingle ? undefined : index));
    return { limiter, weight: config.deployments?.[index]?.weight };
  });
  return isSingle ? members[0]!.limiter : new PooledLimiter(members, { clock });
}
