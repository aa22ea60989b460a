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
  type LimitChange,
  type RetryListener,
} from "../gateway/mod.ts";
import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import {
  type Clock,
  currentDirectory,
  inputFilesOf,
  joinPath,
  readEnv,
  systemClock,
  systemRandom,
} from "../runtime/mod.ts";
import { CallTracker } from "./call_tracker.ts";
import { ChatCaller, type ProviderState } from "./chat_caller.ts";
import { listedPrice } from "../provider/mod.ts";
import { openHedging, SharedLimiters } from "./shared_limiters.ts";
import { renewingStore } from "./retry_failed.ts";
import { missingEffects } from "./missing_effect.ts";
import { openBudget } from "./open_budget.ts";
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
  readonly calls: CallTracker;
  /** Present when the run is traced. */
  readonly trace: RunTrace | undefined;
  readonly providers: ReadonlyMap<string, ProviderState>;
  readonly emit: (event: DatedLater<RunEvent>) => void;
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
  const close = async () => {
    for (const { provider } of opened.values()) await provider.close?.();
    await store.close();
  };
  try {
    const limiters = new SharedLimiters({ clock, concurrency: plan.pipeline.config.concurrency });
    for (const planned of plan.providers.values()) {
      const state = await openProvider({ plan, options, clock, limiters, emit: send }, planned);
      const { concurrency } = plan.pipeline.config.providers[planned.name]!.limits;
      calls.add(planned.name, { limiter: state.endpoint.limiter, concurrency });
      opened.set(planned.name, state);
    }
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
  return {
    plan,
    runsDir,
    clock,
    store,
    effects,
    budget,
    caller,
    calls,
    trace,
    providers: opened,
    emit: send,
    close,
  };
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
  readonly limiters: SharedLimiters;
  readonly emit: RunResources["emit"];
}

function limitTeller(provider: string, emit: RunResources["emit"]): (change: LimitChange) => void {
  return (change) => {
    if (change.kind === "opened") {
      emit({ type: "breaker_opened", provider, failures: change.failures });
    } else if (change.kind === "closed") {
      emit({ type: "breaker_closed", provider, down_ms: Math.round(change.downMs) });
    } else emit({ type: "limit_changed", provider, limit: change.limit, before: change.before });
  };
}

async function openProvider(
  { plan, options, clock, limiters, emit }: Opening,
  { name, component, options: config }: PlannedProvider,
): Promise<ProviderState> {
  const { limits, price } = plan.pipeline.config.providers[name]!;
  const provider = await attributed(name, () =>
    component.definition.open(config, {
      name,
      files: inputFilesOf(plan.pipeline.baseDir),
      fetch: options.fetch ?? fetch,
      env: options.env ?? readEnv,
      now: clock.now,
    }));
  const endpoint: Endpoint = {
    name,
    limiter: limiters.join(provider.endpoint, limits, limitTeller(name, emit)),
    timeoutMs: limits.timeout_ms,
    attempts: limits.attempts,
    hedging: limits.hedge === undefined ? undefined : openHedging(limits.hedge),
  };
  return {
    name,
    provider,
    version: component.definition.version,
    endpoint,
    price: price ?? listedPrice(provider.model)?.price,
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
