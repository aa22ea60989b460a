import type { PluginOrigin, PluginPermissions } from "../component/mod.ts";
import type { SandboxAccess, SandboxCommandOptions } from "../runtime/mod.ts";
import type { PluginLimits } from "./plugin_process.ts";

/** A plugin's code, checked and identified, not started. */
export interface PluginCode {
  /** Name in the registry. */
  readonly name: string;
  readonly origin: PluginOrigin;
  readonly start: Omit<SandboxCommandOptions, "access">;
  /** Files of its own code, which it may always read. */
  readonly files: readonly string[];
  /** Folder at which relative paths of permissions start. */
  readonly baseDir: string;
  readonly limits?: PluginLimits | undefined;
}

/** What a plugin says of itself when it is loaded without any permission. */
export interface PluginFacts {
  readonly component: "step" | "task" | "provider";
  readonly name: string;
  readonly kind?: string;
  readonly version: number;
  readonly promptVersion?: number;
  readonly independent?: boolean;
  readonly summary: string;
  readonly permissions: PluginPermissions;
  readonly capabilities?: readonly string[];
  readonly citation?: string;
  readonly docs?: string;
  readonly stability?: "stable" | "beta" | "experimental";
  readonly needs?: "embedding" | "rerank";
  readonly schema: { readonly input?: unknown; readonly output?: unknown };
}

/** How to start a plugin with what it was granted. */
export function startOf(code: PluginCode, granted: SandboxAccess): SandboxCommandOptions {
  return { ...code.start, access: { ...granted, read: [...code.files, ...granted.read ?? []] } };
}
