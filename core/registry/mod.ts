/** Components by name, loaded on first use. @module */
export { discoverComponents, type DiscoverOptions } from "./discover.ts";
export { localModules } from "./local_code.ts";
export {
  type Component,
  type ComponentKind,
  type PluginEntry,
  Registry,
  type RegistryEntry,
} from "./registry.ts";
