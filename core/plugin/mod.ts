/** Third-party components in sandboxes: identified, granted, started, watched, spoken with, checked. @module */
export { describePlugin } from "./describe_plugin.ts";
export { asksNothing, grantedAccess, intersect } from "./granted_access.ts";
export { DANGEROUS, Grants, PERMISSION_KINDS, type PluginGrant } from "./grants.ts";
export {
  describePermissions,
  type GrantRequest,
  harmlessOf,
  inspectPlugin,
  type KnownPlugin,
  loadSandboxed,
  type PluginPolicy,
} from "./load_sandboxed.ts";
export { type SandboxedPlugin } from "./open_plugin_host.ts";
export { type PluginCode, type PluginFacts, type PluginTarget } from "./plugin_code.ts";
export { entryOf, findInstalled } from "./installed_packages.ts";
export { identifyPlugin } from "./plugin_graph.ts";
export { LOCK_FILE, lockPlugin } from "./plugin_lock.ts";
export { PLUGIN_PROTOCOL, type PluginLimits, type PluginNote } from "./plugin_process.ts";
export { sandboxedComponent } from "./sandboxed_component.ts";
