import { isJsonObject, type Json } from "../record/mod.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** Where a value stands: in which file, and under which keys of it. */
export interface Spot {
  /** Index of the file. */
  readonly file: number;
  /** Keys in that file, from its top level. */
  readonly path: KeyPath;
}

/** A value of a configuration in which every part knows where it was written. */
export type Traced =
  & Spot
  & (
    | { readonly kind: "map"; readonly entries: ReadonlyMap<string, Traced> }
    | { readonly kind: "list"; readonly items: readonly Traced[] }
    | { readonly kind: "scalar"; readonly value: Json }
  );

/** A traced map. */
export type TracedMap = Extract<Traced, { readonly kind: "map" }>;

/** What a file says, traced. */
export function traceOf(value: Json, file: number, path: KeyPath = []): Traced {
  const spot = { file, path };
  if (Array.isArray(value)) {
    return {
      ...spot,
      kind: "list",
      items: value.map((item, index) => traceOf(item, file, [...path, index])),
    };
  }
  if (!isJsonObject(value)) return { ...spot, kind: "scalar", value };
  const entries = Object.entries(value).map(([key, item]) =>
    [key, traceOf(item, file, [...path, key])] as const
  );
  return { ...spot, kind: "map", entries: new Map(entries) };
}

/** The plain value. */
export function plainOf(traced: Traced): Json {
  if (traced.kind === "scalar") return traced.value;
  if (traced.kind === "list") return traced.items.map(plainOf);
  return Object.fromEntries([...traced.entries].map(([key, item]) => [key, plainOf(item)]));
}

/** What stands at a path or, where nothing does, at the deepest part of it that is there. */
export interface DeepestTraced {
  readonly traced: Traced;
  /** Number of keys of the path that exist. */
  readonly depth: number;
}

/** Follows a path as far as it goes. */
export function deepestAt(traced: Traced, path: KeyPath): DeepestTraced {
  let here = traced;
  for (const [depth, key] of path.entries()) {
    const next = here.kind === "map"
      ? here.entries.get(String(key))
      : here.kind === "list"
      ? here.items[Number(key)]
      : undefined;
    if (next === undefined) return { traced: here, depth };
    here = next;
  }
  return { traced: here, depth: path.length };
}
