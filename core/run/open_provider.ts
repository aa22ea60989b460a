import type { Provider, ProviderSetup } from "../provider/mod.ts";
import { type Clock, inputFilesOf, readEnv, systemClock } from "../runtime/mod.ts";
import type { Plan, PlannedProvider } from "./plan.ts";

/** What a provider of a plan is opened with; the machine's own where nothing is given. */
export interface ProviderOpening extends Partial<Pick<ProviderSetup, "files" | "fetch" | "env" | "warn">> {
  readonly plan: Plan;
  /** Where time comes from. @default {the machine's clock} */
  readonly clock?: Clock;
}

/** Opens a provider of a plan, or one deployment of it: the only place that does. */
export async function openProvider(
  { name, component }: PlannedProvider,
  config: unknown,
  { plan, files, fetch: way = fetch, env = readEnv, clock = systemClock, warn }: ProviderOpening,
): Promise<Provider> {
  return await component.definition.open(config, {
    name,
    files: files ?? inputFilesOf(plan.pipeline.baseDir),
    fetch: way,
    env,
    now: clock.now,
    warn,
  });
}
