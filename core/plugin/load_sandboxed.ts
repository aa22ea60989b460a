import type { PluginPermissions } from "../component/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { describePlugin } from "./describe_plugin.ts";
import { asksNothing, grantedAccess, intersect } from "./granted_access.ts";
import { DANGEROUS, Grants, PERMISSION_KINDS } from "./grants.ts";
import type { PluginCode, PluginFacts, PluginTarget } from "./plugin_code.ts";
import { identifyPlugin } from "./plugin_graph.ts";
import { lockPlugin } from "./plugin_lock.ts";
import type { PluginLimits } from "./plugin_process.ts";
import { sandboxDeno } from "./sandbox_deno.ts";
import { sandboxedComponent } from "./sandboxed_component.ts";

/** What a plugin asks for, for whoever decides on it. */
export interface GrantRequest {
  /** Name in the registry. */
  readonly name: string;
  /** As the import map has it. */
  readonly specifier: string;
  /** Digest of its code. */
  readonly integrity: string;
  /** What it says of itself. */
  readonly summary: string;
  /** What it asks for. */
  readonly declared: PluginPermissions;
  /** Whether an earlier grant was for other code. */
  readonly isChanged: boolean;
}

/** What a process lets plugins do, besides what is written in the project. */
export interface PluginPolicy {
  /** Plugins that may do what they declare, or of that what is named; for this process only. */
  readonly allow?: ReadonlyMap<string, PluginPermissions | "declared">;
  /** Plugins that run without a sandbox, with all permissions of this process. */
  readonly trust?: ReadonlySet<string>;
  /** Asks a person; what is granted is kept. @default {nobody is asked} */
  readonly ask?: (request: GrantRequest) => Promise<PluginPermissions | undefined>;
  /** What a sandbox may use of the machine. */
  readonly limits?: PluginLimits;
  /** The `deno` to run sandboxes with. @default {this one, or the first that is found} */
  readonly deno?: string;
}

/** A plugin whose code is known and that has said what it is. */
export interface KnownPlugin {
  /** Its code. */
  readonly code: PluginCode;
  /** What it says of itself. */
  readonly facts: PluginFacts;
}

/**
 * Finds out which code a plugin is, and has it describe itself without any permission.
 *
 * @throws {FastDistillError} `plugin.*`, `registry.load_failed`
 */
export async function inspectPlugin(
  target: Omit<PluginTarget, "deno">,
  policy: PluginPolicy = {},
): Promise<KnownPlugin> {
  const { name } = target;
  const deno = await sandboxDeno(target, policy.deno);
  const found = await identifyPlugin({ ...target, deno });
  const code = { ...found, limits: policy.limits };
  try {
    return { code, facts: await describePlugin(code) };
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    throw new FastDistillError(cause.code, `Cannot load "${name}" (${target.specifier}): ${cause.message}`, {
      hint: cause.hint,
      cause,
    });
  }
}

/**
 * A component of third-party code, run in a sandbox with what it both declares and was granted.
 *
 * @throws {FastDistillError} `plugin.not_granted`, `plugin.changed`, `plugin.refused`, `plugin.no_sandbox`
 */
export async function loadSandboxed(
  target: Omit<PluginTarget, "deno"> & { readonly isOverride: boolean },
  policy: PluginPolicy,
): Promise<ReturnType<typeof sandboxedComponent>> {
  const plugin = await inspectPlugin(target, policy);
  const { code: { baseDir, origin }, facts } = plugin;
  await lockPlugin(target.name, origin, { baseDir });
  const permissions = asksNothing(facts.permissions) ? {} : intersect(
    facts.permissions,
    await grantOf(plugin, policy),
  );
  const granted = await grantedAccess(target.name, permissions, baseDir);
  const code = target.isOverride ? { ...plugin.code, origin: { ...origin, override: true } } : plugin.code;
  return sandboxedComponent({ code, facts, granted });
}

async function grantOf(
  { code, facts }: KnownPlugin,
  { allow, ask }: PluginPolicy,
): Promise<PluginPermissions> {
  const { name, baseDir, origin: { integrity, specifier } } = code;
  const allowed = allow?.get(name);
  if (allowed === "declared") return harmlessOf(facts.permissions);
  if (allowed !== undefined) return allowed;
  const grants = await Grants.open(baseDir);
  const kept = grants.get(name);
  if (kept?.integrity === integrity) return kept;
  const { summary, permissions: declared } = facts;
  const isChanged = kept !== undefined;
  const answer = await ask?.({ name, specifier, integrity, summary, declared, isChanged });
  if (answer === undefined) throw notGranted(name, declared, isChanged);
  await grants.set(name, { integrity, ...answer });
  return answer;
}

/** What of it is granted without a flag of its own. */
export function harmlessOf(declared: PluginPermissions): PluginPermissions {
  return Object.fromEntries(
    Object.entries(declared).filter(([kind]) => !(DANGEROUS as readonly string[]).includes(kind)),
  );
}

/** Permissions in words: `net api.example.com; env API_KEY`. */
export function describePermissions(permissions: PluginPermissions): string {
  return PERMISSION_KINDS.flatMap((kind) => {
    const values = permissions[kind] ?? [];
    return values.length === 0 ? [] : [`${kind} ${values.join(", ")}`];
  }).join("; ");
}

function notGranted(name: string, declared: PluginPermissions, isChanged: boolean): FastDistillError {
  const message = `The plugin "${name}" asks for permissions that it was not granted: ${
    describePermissions(declared)
  }`;
  return new FastDistillError(
    "plugin.not_granted",
    isChanged ? `${message}; its grant is for other code` : message,
    {
      hint: `fastdistill plugins grant ${name}, or for one run: --allow-plugin ${name}`,
      context: { name, declared },
    },
  );
}
