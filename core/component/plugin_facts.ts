/** What a plugin asks to be permitted, besides running its own code. Nothing of it holds until a user grants it. */
export interface PluginPermissions {
  /** Hosts that it may call, as `api.example.com` or `127.0.0.1:8080`. */
  readonly net?: readonly string[];
  /** Files and folders that it may read; relative ones start at the folder of the import map. */
  readonly read?: readonly string[];
  /** Environment variables that it may read. */
  readonly env?: readonly string[];
  /** Programs that it may start. Whoever may start programs may do anything. */
  readonly run?: readonly string[];
  /** Native libraries that it may load. Whoever may load them may do anything. */
  readonly ffi?: readonly string[];
  /** Facts about the machine that it may read, such as `hostname`. */
  readonly sys?: readonly string[];
}

/** How far a component's interface can be relied on. */
export type Stability = "stable" | "beta" | "experimental";

/** What a component may say of itself besides what is needed to run it. */
export interface ComponentNotes {
  /** How far its interface can be relied on. @default {"stable" for what is built in} */
  readonly stability?: Stability;
  /** Address of a page about it. */
  readonly docs?: string;
  /** Paper or standard that it follows. */
  readonly citation?: string;
  /** What it asks to be permitted where it runs in a sandbox. @default {nothing} */
  readonly permissions?: PluginPermissions;
}

/** Where a third-party component comes from, and exactly which code it is. */
export interface PluginOrigin {
  /** As the import map has it. */
  readonly specifier: string;
  /** Of the package, where it has one. */
  readonly version?: string | undefined;
  /** `sha256-` and the digest over all modules that it consists of. */
  readonly integrity: string;
  /** Whether it takes the place of a component of the same name. */
  readonly override?: boolean | undefined;
}
