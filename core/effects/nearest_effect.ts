import type { Json, JsonObject } from "../record/mod.ts";
import type { WantedEffect } from "./effect_key.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

/** A field of a key in which two effects differ. */
export interface FieldDifference {
  /** Such as `request.messages.0.content`. */
  readonly path: string;
  /** What is wanted; absent when it has no such field. */
  readonly wanted?: Json;
  /** What is recorded; absent when it has no such field. */
  readonly found?: Json;
}

/** The recorded effect that is most like a wanted one. */
export interface NearestEffect {
  /** What is recorded. */
  readonly record: EffectRecord;
  /** In the order of the paths. */
  readonly differences: readonly FieldDifference[];
}

type Leaves = ReadonlyMap<string, Json>;

/**
 * For each wanted effect, the record of its kind that differs in the fewest fields, and among those the one whose texts
 * are most alike; `undefined` where the store has none of the kind. The store is read once. A record with the key of the
 * wanted effect does not count, nor does one recorded at `before` (ISO 8601) or later.
 */
export async function nearestEffects(
  store: EffectStore,
  wanted: readonly WantedEffect[],
  { before }: { readonly before?: string } = {},
): Promise<readonly (NearestEffect | undefined)[]> {
  const searches = wanted.map(({ kind, fields }) => new Search(kind, leavesOf(fields)));
  for await (const record of store.list()) {
    if (before !== undefined && record.meta.started_at >= before) continue;
    const leaves = leavesOf(record.request);
    for (const search of searches) search.offer(record, leaves);
  }
  return searches.map((search) => search.nearest());
}

class Search {
  readonly #kind: string;
  readonly #wanted: Leaves;
  #best: { readonly record: EffectRecord; readonly differences: readonly FieldDifference[] } | undefined;
  #unlike = Infinity;

  constructor(kind: string, wanted: Leaves) {
    this.#kind = kind;
    this.#wanted = wanted;
  }

  offer(record: EffectRecord, leaves: Leaves): void {
    if (record.kind !== this.#kind) return;
    const differences = compareLeaves(this.#wanted, leaves);
    const count = this.#best?.differences.length ?? Infinity;
    if (differences.length === 0 || differences.length > count) return;
    const unlike = differences.reduce((sum, { wanted, found }) => sum + unlikeness(wanted, found), 0);
    if (differences.length === count && unlike >= this.#unlike) return;
    this.#best = { record, differences };
    this.#unlike = unlike;
  }

  nearest(): NearestEffect | undefined {
    return this.#best;
  }
}

/** The fields in which two sets of key fields differ, sorted by path. */
export function effectDifferences(wanted: JsonObject, found: JsonObject): readonly FieldDifference[] {
  return compareLeaves(leavesOf(wanted), leavesOf(found));
}

function compareLeaves(wanted: Leaves, found: Leaves): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  for (const [path, value] of wanted) {
    const other = found.get(path);
    if (other === undefined) {
      if (!isFilledIn(found, path, value)) differences.push({ path, wanted: value });
    } else if (!isSame(value, other)) differences.push({ path, wanted: value, found: other });
  }
  for (const [path, value] of found) {
    if (!wanted.has(path) && !isFilledIn(wanted, path, value)) differences.push({ path, found: value });
  }
  return differences.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Whether what is empty on one side has members on the other; then these are the difference. */
function isFilledIn(other: Leaves, path: string, value: Json): boolean {
  return typeof value === "object" && value !== null &&
    other.keys().some((one) => one.startsWith(`${path}.`));
}

/** Scalars, and empty objects and lists, by path. */
function leavesOf(fields: JsonObject): Leaves {
  const leaves = new Map<string, Json>();
  const walk = (value: Json, path: string) => {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) leaves.set(path, value);
    for (const [key, inner] of entries) {
      if (inner !== undefined) walk(inner, path === "" ? key : `${path}.${key}`);
    }
  };
  walk(fields, "");
  return leaves;
}

// Only scalars and what is empty come here; keys are made of text in form NFC.
function isSame(a: Json, b: Json): boolean {
  if (typeof a === "string" && typeof b === "string") return a.normalize("NFC") === b.normalize("NFC");
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Characters of the longer text that are neither in the common beginning nor in the common end. */
function unlikeness(a: Json | undefined, b: Json | undefined): number {
  if (typeof a !== "string" || typeof b !== "string") return 0;
  const [long, short] = a.length > b.length ? [a, b] : [b, a];
  let start = 0;
  while (start < short.length && long[start] === short[start]) start++;
  let end = 0;
  while (end < short.length - start && long.at(-1 - end) === short.at(-1 - end)) end++;
  return long.length - start - end;
}
