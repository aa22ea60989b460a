import type { Json } from "../record/mod.ts";
import type { SandboxAccess } from "../runtime/mod.ts";
import type { StepSetup } from "../step/mod.ts";
import { type PluginCode, type PluginFacts, startOf } from "./plugin_code.ts";
import { PluginHost } from "./plugin_host.ts";
import { DANGEROUS } from "./grants.ts";
import type { PluginNote } from "./plugin_process.ts";

/** A plugin that was described and granted its permissions. */
export interface SandboxedPlugin {
  readonly code: PluginCode;
  readonly facts: PluginFacts;
  readonly granted: SandboxAccess;
}

/** Starts a plugin and opens it for a step. @throws {FastDistillError} `plugin.*` */
export async function openPluginHost(
  { code, granted, facts }: SandboxedPlugin,
  config: Json,
  setup: StepSetup,
): Promise<PluginHost> {
  const { step, runId, seed, columns } = setup;
  for (const kind of DANGEROUS) {
    const values = granted[kind] ?? [];
    if (values.length === 0) continue;
    setup.log?.(
      "warn",
      `It is granted ${kind} (${values.join(", ")}), by which a plugin can leave its sandbox`,
    );
  }
  const host = new PluginHost({
    name: code.name,
    start: startOf(code, granted),
    limits: code.limits,
    opening: {
      config,
      setup: { step, runId, seed, columns, hasModels: facts.needs !== undefined },
    },
    onNote: (note) => tell(setup, note),
  });
  try {
    await host.open();
  } catch (cause) {
    await host.close();
    throw cause;
  }
  return host;
}

/** Hands on what a plugin says, and what was found out about it. */
function tell({ log, progress }: StepSetup, { kind, level, message }: PluginNote): void {
  if (kind === "progress") {
    const [done, total] = message.split(" of ").map(Number);
    progress?.(done!, Number.isFinite(total) ? total : undefined);
  } else log?.(level, message);
}

/** Stands for a plugin in the keys of its effects: another plugin, or other code of the same, has other effects. */
export function scopeOf({ name, origin: { integrity } }: PluginCode): string {
  return `${name}@${integrity}`;
}

/** Drops what is not there. */
export function definedOf<T extends object>(values: T): { readonly [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: NonNullable<T[K]>;
  };
}
