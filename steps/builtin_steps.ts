import type { RegistryEntry } from "@fastdistill/core";

/** The built-in steps and tasks, for a `Registry`. Nothing is loaded until a name is used. */
export const builtinSteps: readonly RegistryEntry[] = [];
