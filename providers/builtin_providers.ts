import type { RegistryEntry } from "@fastdistill/core";

/** The built-in providers, for a `Registry`. Nothing is loaded until a name is used. */
export const builtinProviders: readonly RegistryEntry[] = [];
