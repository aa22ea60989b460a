import {
  EffectRunner,
  type EffectSource,
  type EffectStore,
  openSqliteEffectStore,
  RecordedEffects,
} from "../effects/mod.ts";
import {
  type ComposedBudget,
  type Endpoint,
  Gateway,
  type HedgeListener,
  type RetryListener,
} from "../gateway/mod.ts";
import type { FallbackConfig } from "../config/mod.ts";
import { describeThrown, FastDistillError, isFastDistillError, redactText } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import {
  type Clock,
  currentDirectory,
  joinPath,
  readEnv,
  systemClock,
  systemRandom,
} from "../runtime/mod.ts";
import { CallTracker } from "./call_tracker.ts";
import { ChatCaller, type ProviderFallback, type ProviderState } from "./chat_caller.ts";
import {
  identityOf,
  joinDeployments,
  type LimitTeller,
  openDeployments,
  pooledLimits,
} from "./deployments.ts";
import { FallbackChains, type FallListener, OF_EVERY_ROW } from "./fallback_chains.ts";
import { InputLog } from "./input_log.ts";
import { listedPrice } from "../provider/mod.ts";
import { openHedging, SharedLimiters } from "./shared_limiters.ts";
import { renewingStore } from "./retry_failed.ts";
import { missingEffects } from "./missing_effect.ts";
import { ModelCaller } from "./model_caller.ts";
import { openBudget } from "./open_budget.ts";
import { openProvider } from "./open_provider.ts";
import type { Plan, PlannedProvider } from "./plan.ts";
import { RunTrace } from "./run_trace.ts";
import type { RunOptions } from "./run_options.ts";

/** What everything that works for one run shares. */
export interface RunResources {
  readonly plan: Plan;
  readonly runsDir: string;
  readonly clock: Clock;
  readonly store: EffectStore;
  readonly effects: EffectSource;
  readonly budget: ComposedBudget;
  readonly caller: ChatCaller;
  readonly models: ModelCaller;
  readonly chains: FallbackChains;
  readonly calls: CallTracker;
  /** Present when the run is traced. */
  readonly trace: RunTrace | undefined;
  /** Input files, and which of them were used. */
  readonly inputs: InputLog;
  readonly providers: ReadonlyMap<string, ProviderState>;
  readonly emit: (event: DatedLater<RunEvent>) => void;
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
  readonly close: () => Promise<void>;
}

/** An event that gets its time when it is sent. */
export type DatedLater<Event> = Event extends RunEvent ? Omit<Event, "at"> : never;

/** What resources are opened with. */
export interface ResourceOptions extends RunOptions {
  /** In place of the store of the runs folder; closed with the rest. */
  readonly store?: EffectStore;
  /** Keys of recorded answers that are asked for again. */
  readonly stale?: Set<string> | undefined;
  /** In place of what performs effects. */
  readonly effectsOf?: (store: EffectStore, salt: string | undefined) => EffectSource;
}

/** Opens store, gateway and providers. What was opened is closed again when a later one fails. */
export async function openResources(
  plan: Plan,
  options: ResourceOptions,
  emit: (event: RunEvent) => void,
): Promise<RunResources> {
  const clock = options.clock ?? systemClock;
  const runsDir = options.runsDir ?? joinPath(currentDirectory(), "runs");
  const { cache, store: kept } = plan.pipeline.config;
  const recorded = options.store ?? await openSqliteEffectStore(joinPath(runsDir, "effects.sqlite"), kept);
  const store = options.stale === undefined ? recorded : renewingStore(recorded, options.stale);
  const effects = (options.effectsOf ?? effectSourceOf(options))(store, cache?.salt);
  const send = (event: DatedLater<RunEvent>) => emit({ ...event, at: clock.now() } as RunEvent);
  const budget = openBudget(plan, { clock, onAlert: (alert) => send({ type: "budget_alert", ...alert }) });
  const trace = options.trace === undefined ? undefined : new RunTrace(options.trace, plan);
  const calls = new CallTracker(clock.monotonic);
  const gateway = new Gateway({
    budget: budget.ledgerOf({ provider: "", step: "" }),
    clock,
    random: systemRandom,
    ...gatewayListeners(calls, send),
  });
  const opened = new Map<string, ProviderState>();
  const inputs = new InputLog(plan);
  const close = async () => {
    await closeProviders(opened);
    await store.close();
  };
  try {
    await openProviders({ plan, options, clock, inputs, emit: send }, { calls, opened });
  } catch (cause) {
    await close();
    throw cause;
  }
  const caller = new ChatCaller({
    effects,
    store,
    salt: cache?.salt,
    gateway,
    clock,
    calls,
    ...(trace === undefined ? {} : { trace }),
  });
  const chains = new FallbackChains({
    caller,
    effects,
    store,
    salt: cache?.salt,
    clock,
    renews: options.stale !== undefined,
    onFall: fallbackTeller(send),
  });
  return {
    models: new ModelCaller({ effects, gateway, clock, calls }),
    env: options.env ?? readEnv,
    plan,
    runsDir,
    clock,
    store,
    effects,
    budget,
    caller,
    chains,
    calls,
    trace,
    inputs,
    providers: opened,
    emit: send,
    close,
  };
}

async function closeProviders(opened: ReadonlyMap<string, ProviderState>): Promise<void> {
  for (const { provider, deployments = [provider] } of opened.values()) {
    for (const deployment of deployments) await deployment.close?.();
  }
}

function gatewayListeners(calls: CallTracker, emit: RunResources["emit"]) {
  const onRetry: RetryListener = ({ endpoint, code, attempt, waitMs }) => {
    calls.retried(endpoint, code);
    emit({ type: "call_retried", provider: endpoint, code, attempt, wait_ms: Math.round(waitMs) });
  };
  const onHedge: HedgeListener = ({ endpoint, afterMs, won, worstUsd }) => {
    const after_ms = Math.round(afterMs);
    emit({ type: "call_hedged", provider: endpoint, after_ms, won, worst_usd: worstUsd });
  };
  return { onRetry, onHedge };
}

/** Makes events of falls; what every further row would run into as well is also said once in words. */
function fallbackTeller(emit: RunResources["emit"]): FallListener {
  const warned = new Set<string>();
  return ({ step, provider, to, error: { code, message } }) => {
    emit({ type: "call_fell_back", step, provider, to, code });
    if (!OF_EVERY_ROW.has(code) || warned.has(`${provider} ${code}`)) return;
    warned.add(`${provider} ${code}`);
    emit({
      type: "warning",
      code,
      message: `The provider "${provider}" answers nothing, so "${to}" is asked instead: ${message}`,
    });
  };
}

function effectSourceOf({ offline }: RunOptions) {
  return (store: EffectStore, salt: string | undefined): EffectSource => {
    if (!offline) return new EffectRunner(store, { salt });
    const describe = missingEffects(store);
    return new RecordedEffects(store, {
      salt,
      onLookUp: (effect) => effect.record === undefined ? describe(effect) : undefined,
    });
  };
}

interface Opening {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly clock: Clock;
  readonly inputs: InputLog;
  readonly limiters: SharedLimiters;
  readonly emit: RunResources["emit"];
  /** By name, as far as they are open. */
  readonly opened: ReadonlyMap<string, ProviderState>;
}

/** Opens the providers of a plan one after another; `opened` holds those that are open. */
async function openProviders(
  opening: Omit<Opening, "limiters" | "opened">,
  { calls, opened }: { readonly calls: CallTracker; readonly opened: Map<string, ProviderState> },
): Promise<void> {
  const { clock, plan } = opening;
  const { concurrency, providers } = plan.pipeline.config;
  const limiters = new SharedLimiters({ clock, concurrency });
  for (const planned of plan.providers.values()) {
    const state = await openState({ ...opening, limiters, opened }, planned);
    const { concurrency } = pooledLimits(providers[planned.name]!);
    calls.add(planned.name, { limiter: state.endpoint.limiter, concurrency });
    opened.set(planned.name, state);
  }
}

/** Makes events of what the limiters of a provider have learned. */
function limitTeller(name: string, emit: RunResources["emit"]): LimitTeller {
  return (deployment) => (change) => {
    const provider = { provider: name, ...(deployment === undefined ? {} : { deployment }) };
    if (change.kind === "opened") {
      emit({ type: "breaker_opened", ...provider, failures: change.failures });
    } else if (change.kind === "closed") {
      emit({ type: "breaker_closed", ...provider, down_ms: Math.round(change.downMs) });
    } else emit({ type: "limit_changed", ...provider, limit: change.limit, before: change.before });
  };
}

async function openState(opening: Opening, planned: PlannedProvider): Promise<ProviderState> {
  const { plan, options: { fetch, env }, clock, inputs, limiters, emit, opened } = opening;
  const { name, component, deployments: configs } = planned;
  const config = plan.pipeline.config.providers[name]!;
  const { limits, price, fallback, endpoint_id } = config;
  const warn = (code: string, message: string) =>
    emit({ type: "warning", code, message: redactText(`Provider "${name}": ${message}`) });
  const { files } = inputs;
  const deployments = await openDeployments(
    configs,
    (config) =>
      attributed(name, () => openProvider(planned, config, { plan, files, fetch, env, clock, warn })),
  );
  const provider = identityOf(deployments[0]!, endpoint_id);
  const tell = limitTeller(name, emit);
  const endpoint: Endpoint = {
    name,
    limiter: joinDeployments(deployments, { name, config, limiters, clock, tell }),
    timeoutMs: limits.timeout_ms,
    attempts: limits.attempts,
    hedging: limits.hedge === undefined ? undefined : openHedging(limits.hedge),
  };
  return {
    name,
    provider,
    deployments,
    version: component.definition.version,
    endpoint,
    price: price ?? listedPrice(provider.model)?.price,
    ...(fallback === undefined ? {} : { fallback: fallbackOf(fallback, opened) }),
  };
}

/** Those that it falls back to may be opened after it. */
function fallbackOf(
  { to, on }: FallbackConfig,
  opened: ReadonlyMap<string, ProviderState>,
): ProviderFallback {
  return {
    to: () => to.map((name) => opened.get(name)!),
    on: new Set(on.map((code) => `provider.${code}`)),
  };
}

async function attributed<T>(name: string, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (isFastDistillError(cause)) throw cause;
    throw new FastDistillError(
      "plugin.failed",
      `Cannot open the provider "${name}": ${describeThrown(cause)}`,
      { cause },
    );
  }
}
