/** Components by name, loaded on first use. @module */
export { type Component, type ComponentKind, Registry, type RegistryEntry } from "./registry.ts";
