import type { Price, Usage } from "../provider/mod.ts";
import type { Json, JsonObject } from "../record/mod.ts";

/** How an effect came about. None of it is part of the key. */
export interface EffectMeta {
  /** ISO 8601. */
  readonly started_at: string;
  /** From asking to having the answer. */
  readonly duration_ms: number;
  /** How often it was tried in all. */
  readonly attempts: number;
  /** The model's version string as the endpoint stated it. */
  readonly model?: string;
  /** This effect's part of the call's usage. */
  readonly usage?: Usage;
  /** The price at the time. */
  readonly price?: Price;
}

/** Something that was done once, with all that is needed to understand it later. */
export interface EffectRecord {
  /** What `effectKey` gives for kind and request. */
  readonly key: string;
  /** Such as `chat`, `sql_exec`. */
  readonly kind: string;
  /** The fields behind the key. */
  readonly request: JsonObject;
  /** The answer. */
  readonly response: Json;
  /** How it came about. */
  readonly meta: EffectMeta;
}

/** A value that may have to be waited for. */
export type Eventually<T> = T | Promise<T>;

/** Where finished effects are kept. One of the five interfaces at which the runtime can be cut. */
export interface EffectStore {
  /** The record of a key. @throws {FastDistillError} `store.corrupt` when it is not what was put */
  readonly get: (key: string) => Eventually<EffectRecord | undefined>;
  /** Resolves once the record would survive a crash. The first record of a key wins; later ones are ignored. */
  readonly put: (record: EffectRecord) => Promise<void>;
  /** How many effects are kept. */
  readonly count: () => Eventually<number>;
  /** Every record in the order of the keys, a few in memory at a time; what is put meanwhile may be among them or not. */
  readonly list: () => AsyncIterable<EffectRecord>;
  /** Takes records out, and says how many were there. */
  readonly delete: (keys: readonly string[]) => Promise<number>;
  /** What the records take, in bytes, as far as the store can tell. */
  readonly bytes: () => Eventually<number>;
  /** Writes what is still waiting, then lets go of the store. */
  readonly close: () => Promise<void>;
}

/**
 * An effect store that lives as long as the process: for tests and dry runs.
 *
 * @example
 * ```ts
 * import { effectKey, memoryEffectStore } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const store = memoryEffectStore();
 * const [kind, request] = ["lookup", { word: "a" }];
 * const key = effectKey({ kind, fields: request });
 * const meta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };
 * await store.put({ key, kind, request, response: "first", meta });
 * assertEquals((await store.get(key))?.response, "first");
 * ```
 */
export function memoryEffectStore(): EffectStore {
  const records = new Map<string, EffectRecord>();
  return {
    get: (key) => records.get(key),
    put: (record) => {
      if (!records.has(record.key)) records.set(record.key, record);
      return Promise.resolve();
    },
    count: () => records.size,
    list: async function* () {
      for (const key of [...records.keys()].sort()) {
        const record = records.get(key);
        if (record !== undefined) yield record;
      }
    },
    delete: (keys) => Promise.resolve(keys.filter((key) => records.delete(key)).length),
    bytes: () => records.values().reduce((sum, record) => sum + JSON.stringify(record).length, 0),
    close: () => Promise.resolve(),
  };
}
