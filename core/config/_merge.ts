import type { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
import type { KeyPath } from "./loaded_pipeline.ts";
import type { Spot, Traced, TracedMap } from "./_traced.ts";

/** Sections whose entries name a component with `use` and configure it with `with`. */
const COMPONENT_SECTIONS: ReadonlySet<string> = new Set(["providers", "steps"]);

/** Keys of a map that adds to the list below it instead of replacing it. */
const LIST_KEYS = ["$prepend", "$append"] as const;

/** Makes an error about what stands at a spot. */
export type Refuse = (spot: Spot, message: string, hint?: string) => FastDistillError;

/**
 * Lays one value over another. Maps merge deeply; `$append` and `$prepend` add to a list; anything else is replaced. New
 * keys come last. An entry of `providers` or `steps` that names another component starts that component's `with` afresh.
 *
 * @throws what `refuse` makes of `$append` and `$prepend` that do not fit
 */
export function mergeTraced(
  below: Traced | undefined,
  above: Traced,
  { refuse, path = [] }: { readonly refuse: Refuse; readonly path?: readonly string[] },
): Traced {
  if (above.kind !== "map") return settled(above, refuse);
  if (LIST_KEYS.some((key) => above.entries.has(key))) return mergeList(below, above, refuse);
  const kept = below?.kind === "map" ? replacedConfig(below, { above, path }) : undefined;
  const entries = new Map(kept?.entries);
  for (const [key, item] of above.entries) {
    entries.set(key, mergeTraced(entries.get(key), item, { refuse, path: [...path, key] }));
  }
  const { file, path: written } = kept ?? above;
  return { kind: "map", file, path: written, entries };
}

/** Items of a list may hold maps that add to nothing. */
function settled(value: Traced, refuse: Refuse): Traced {
  if (value.kind !== "list") return value;
  return { ...value, items: value.items.map((item) => mergeTraced(undefined, item, { refuse })) };
}

function mergeList(below: Traced | undefined, above: TracedMap, refuse: Refuse): Traced {
  const stray = [...above.entries].find(([key]) => !(LIST_KEYS as readonly string[]).includes(key));
  if (stray !== undefined) {
    throw refuse(stray[1], `Cannot use the key "${stray[0]}" beside $append and $prepend`);
  }
  if (below !== undefined && below.kind !== "list") {
    const found = below.kind === "map" ? "a map" : JSON.stringify(below.value);
    throw refuse(above, `Expected a list below $append and $prepend, found ${found}`);
  }
  const [before, after] = LIST_KEYS.map((key) => {
    const added = above.entries.get(key);
    if (added === undefined) return [];
    if (added.kind === "list") return (settled(added, refuse) as typeof added).items;
    throw refuse(added, `Expected a list after ${key}`, `Write ${key}: [...]`);
  }) as [readonly Traced[], readonly Traced[]];
  return {
    kind: "list",
    file: above.file,
    path: above.path,
    items: [...before, ...below?.items ?? [], ...after],
  };
}

/** What configured the old component would only be unknown keys of the new one. */
function replacedConfig(
  below: TracedMap,
  { above, path: [section = "", ...rest] }: { readonly above: TracedMap; readonly path: readonly string[] },
): TracedMap {
  if (!COMPONENT_SECTIONS.has(section) || rest.length !== 1) return below;
  const [before, after] = [below, above].map((map) => {
    const use = map.entries.get("use");
    return use?.kind === "scalar" && typeof use.value === "string" ? use.value : undefined;
  });
  if (before === undefined || after === undefined || before === after) return below;
  return { ...below, entries: new Map([...below.entries].filter(([key]) => key !== "with")) };
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
