import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** Sections whose entries name a component with `use` and configure it with `with`. */
const COMPONENT_SECTIONS = ["providers", "steps"] as const;

/** Two maps as one: maps merge deeply, anything else is replaced by what is above. New keys come last. */
export function mergeMaps(below: JsonObject, above: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const known = Object.hasOwn(below, key) ? below[key] : undefined;
    result[key] = isJsonObject(known) && isJsonObject(value) ? mergeMaps(known, value) : value;
  }
  return result;
}

/**
 * Takes `with` out of the layers below one that names another component: what configured the old one would only be
 * unknown keys of the new one.
 */
export function dropReplacedConfigs(layers: readonly JsonObject[]): readonly JsonObject[] {
  let kept: readonly JsonObject[] = [];
  for (const above of layers) {
    const merged = kept.reduce(mergeMaps, {});
    kept = [...kept.map((layer) => withoutReplaced(layer, { merged, above })), above];
  }
  return kept;
}

function withoutReplaced(
  layer: JsonObject,
  { merged, above }: { readonly merged: JsonObject; readonly above: JsonObject },
): JsonObject {
  const result: Record<string, Json> = { ...layer };
  for (const section of COMPONENT_SECTIONS) {
    const [own, before, after] = [layer[section], merged[section], above[section]];
    if (!isJsonObject(own) || !isJsonObject(before) || !isJsonObject(after)) continue;
    const kept = Object.entries(own).map(([name, entry]) =>
      isJsonObject(entry) && isReplaced(ownValue(before, name), ownValue(after, name))
        ? [name, without(entry, "with")] as const
        : [name, entry] as const
    );
    result[section] = Object.fromEntries(kept);
  }
  return result;
}

function isReplaced(before: Json | undefined, after: Json | undefined): boolean {
  if (!isJsonObject(before) || !isJsonObject(after)) return false;
  return typeof before.use === "string" && typeof after.use === "string" && before.use !== after.use;
}

function without(map: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

/** A map's own value, never one of its prototype. */
export function ownValue(value: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value at a path; `undefined` when it is not there. */
export function valueAt(value: Json, path: KeyPath): Json | undefined {
  let found: Json | undefined = value;
  for (const key of path) found = ownValue(found, key);
  return found;
}

/** Which layer a path of the merged configuration comes from, and how much of the path there is. */
export interface Origin {
  /** Index of the layer. */
  readonly layer: number;
  /** Number of keys of the path that exist. */
  readonly depth: number;
}

/** Finds the layer that says what stands at a path: for a map, the first that has it, otherwise the last. */
export function originOf(layers: readonly JsonObject[], path: KeyPath): Origin {
  let candidates = layers.map((value, layer) => ({ layer, value: value as Json }));
  for (const [depth, key] of path.entries()) {
    const holding = candidates.flatMap(({ layer, value }) => {
      const found = ownValue(value, key);
      return found === undefined ? [] : [{ layer, value: found }];
    });
    if (holding.length === 0) return { layer: candidates[0]!.layer, depth };
    const lastOther = holding.findLastIndex(({ value }) => !isJsonObject(value));
    candidates = holding.slice(lastOther === holding.length - 1 ? -1 : lastOther + 1);
  }
  return { layer: candidates[0]!.layer, depth: path.length };
}
