import type { KeyPath } from "./loaded_pipeline.ts";

/** A key path as people write it: `steps.teach.with.n`, `gates.0.min`; empty for the top level. */
export function formatKeyPath(path: KeyPath): string {
  return path.join(".");
}

/** ` at steps.teach`, or ` at the top level`. */
export function atKeyPath(path: KeyPath): string {
  return ` at ${path.length === 0 ? "the top level" : formatKeyPath(path)}`;
}

/** Keys that reach an object's prototype when they are assigned; no configuration may use them. */
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Whether a key is one that no configuration may use. */
export function isPrototypeKey(key: string): boolean {
  return PROTOTYPE_KEYS.has(key);
}
