/** Third-party components in sandboxes: started, watched, spoken with, checked. @module */
export { describePlugin } from "./describe_plugin.ts";
export { type SandboxedPlugin } from "./open_plugin_host.ts";
export { type PluginCode, type PluginFacts, startOf } from "./plugin_code.ts";
export { PLUGIN_PROTOCOL, type PluginLimits, type PluginNote } from "./plugin_process.ts";
export { sandboxedComponent } from "./sandboxed_component.ts";
