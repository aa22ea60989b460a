/** The built-in steps and tasks by name; nothing is loaded until a name is used. @module */
import type { RegistryEntry } from "@fastdistill/core";

/** The built-in steps and tasks, for a `Registry`. Nothing is loaded until a name is used. */
export const builtinSteps: readonly RegistryEntry[] = [];
