import { describeThrown, FastDistillError } from "../errors/mod.ts";
import type { Provider } from "../provider/mod.ts";
import { type Clock, systemClock } from "../runtime/mod.ts";
import { openProvider } from "./open_provider.ts";
import type { Plan, PlannedProvider } from "./plan.ts";

const TIMEOUT_MS = 10_000;

/** How a provider, or one deployment of it, was found. */
export interface ProviderCheck {
  /** Name in the pipeline. */
  readonly provider: string;
  /** Number of the deployment, from 0; absent where there is one only. */
  readonly deployment?: number;
  /** Its address, without credentials. */
  readonly endpoint: string;
  /** As the endpoint names it. */
  readonly model: string;
  /** `unknown` where the provider offers no way to look. */
  readonly state: "ok" | "failed" | "unknown";
  /** What was found, in a few words. */
  readonly detail: string;
  /** How long it took. */
  readonly ms: number;
}

/** What providers are looked at with. */
export interface CheckProvidersOptions {
  /** The way out to the network. @default {the global one} */
  readonly fetch?: typeof fetch;
  /** An environment variable. @default {those of the process} */
  readonly env?: (name: string) => string | undefined;
  /** Where time comes from. @default {the machine's clock} */
  readonly clock?: Clock;
  /** Milliseconds that each may take. @default {10000} */
  readonly timeoutMs?: number;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Looks at every endpoint of a plan at once: whether it answers, takes the key and knows the model. No model is asked.
 * What fails is told in the result, not thrown.
 */
export async function checkProviders(
  plan: Plan,
  options: CheckProvidersOptions = {},
): Promise<readonly ProviderCheck[]> {
  const checks = [...plan.providers.values()].flatMap((planned) =>
    planned.deployments.map((config, deployment) => {
      const number = planned.deployments.length === 1 ? {} : { deployment };
      return checkOne(planned, config, { ...options, plan, number });
    })
  );
  return await Promise.all(checks);
}

interface Checking extends CheckProvidersOptions {
  readonly plan: Plan;
  readonly number: Pick<ProviderCheck, "deployment">;
}

async function checkOne(
  planned: PlannedProvider,
  config: unknown,
  { plan, number, clock = systemClock, timeoutMs = TIMEOUT_MS, signal, ...options }: Checking,
): Promise<ProviderCheck> {
  const since = clock.monotonic();
  let provider: Provider | undefined;
  const told = (state: ProviderCheck["state"], detail: string): ProviderCheck => ({
    provider: planned.name,
    ...number,
    endpoint: provider?.endpoint ?? "",
    model: provider?.model ?? "",
    state,
    detail,
    ms: Math.round(clock.monotonic() - since),
  });
  const done = new AbortController();
  const late = clock.sleep(timeoutMs, done.signal).then(
    () => done.abort(new FastDistillError("provider.timeout", `No answer within ${timeoutMs} ms`)),
    () => {}, // It was done in time.
  );
  const stop = () => done.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    provider = await openProvider(planned, config, { ...options, plan, clock });
    if (provider.check === undefined) return told("unknown", "it offers no way to look");
    const { detail, hasModel } = await provider.check(done.signal);
    if (hasModel === false) return told("failed", `${detail}, and "${provider.model}" is not among them`);
    return told("ok", detail);
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason;
    return told("failed", describeThrown(thrown));
  } finally {
    signal?.removeEventListener("abort", stop);
    done.abort();
    await late;
    await provider?.close?.();
  }
}
