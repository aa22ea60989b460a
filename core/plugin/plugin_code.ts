import type { ComponentNotes, PluginOrigin, PluginPermissions } from "../component/mod.ts";
import type { SandboxAccess, SandboxCommandOptions } from "../runtime/mod.ts";
import type { PluginLimits } from "./plugin_process.ts";

/** Which plugin is meant. */
export interface PluginTarget {
  readonly name: string;
  /** As the import map has it. */
  readonly specifier: string;
  readonly url: URL;
  /** The import map or `package.json` that names it. */
  readonly configFile: string;
  /** Folder of the package, where a `package.json` names it. */
  readonly packageFolder?: string | undefined;
  readonly deno: string;
}

/** A plugin's code, checked and identified, not started. */
export interface PluginCode {
  /** Name in the registry. */
  readonly name: string;
  /** Where it comes from. */
  readonly origin: PluginOrigin;
  /** How its process is started. */
  readonly start: Omit<SandboxCommandOptions, "access">;
  /** Files of its own code, which it may always read. */
  readonly files: readonly string[];
  /** Folder at which relative paths of permissions start. */
  readonly baseDir: string;
  /** What its sandbox may use of the machine. */
  readonly limits?: PluginLimits | undefined;
}

/** What a plugin says of itself when it is loaded without any permission. */
export interface PluginFacts extends ComponentNotes {
  /** Which kind of component it is. */
  readonly component: "step" | "task" | "provider";
  /** Name in the registry. */
  readonly name: string;
  /** Of a step. */
  readonly kind?: string;
  /** As its definition states it. */
  readonly version: number;
  /** Of a task. */
  readonly promptVersion?: number;
  /** Of a task: whether every row needs an answer of its own. */
  readonly independent?: boolean;
  /** One sentence. */
  readonly summary: string;
  /** What it asks to be permitted; empty when it asks for nothing. */
  readonly permissions: PluginPermissions;
  /** Of a provider. */
  readonly capabilities?: readonly string[];
  /** Of a step: what its provider must be able to do. */
  readonly needs?: "embedding" | "rerank";
  /** JSON Schema of what it takes, and of what that becomes. */
  readonly schema: { readonly input?: unknown; readonly output?: unknown };
}

/** How to start a plugin with what it was granted. */
export function startOf(code: PluginCode, granted: SandboxAccess): SandboxCommandOptions {
  return { ...code.start, access: { ...granted, read: [...code.files, ...granted.read ?? []] } };
}
