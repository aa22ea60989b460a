import type { Price, Usage } from "../provider/mod.ts";
import type { Json, JsonObject } from "../record/mod.ts";

/** How an effect came about. None of it is part of the key. */
export interface EffectMeta {
  /** ISO 8601. */
  readonly started_at: string;
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
  readonly key: string;
  readonly kind: string;
  /** The fields behind the key. */
  readonly request: JsonObject;
  readonly response: Json;
  readonly meta: EffectMeta;
}

/** A value that may have to be waited for. */
export type Eventually<T> = T | Promise<T>;

/** Where finished effects are kept. One of the five interfaces at which the runtime can be cut. */
export interface EffectStore {
  readonly get: (key: string) => Eventually<EffectRecord | undefined>;
  /** Resolves once the record would survive a crash. The first record of a key wins; later ones are ignored. */
  readonly put: (record: EffectRecord) => Promise<void>;
  /** How many effects are kept. */
  readonly count: () => Eventually<number>;
  /** Writes what is still waiting, then lets go of the store. */
  readonly close: () => Promise<void>;
}

/** An effect store that lives as long as the process: for tests and dry runs. */
export function memoryEffectStore(): EffectStore {
  const records = new Map<string, EffectRecord>();
  return {
    get: (key) => records.get(key),
    put: (record) => {
      if (!records.has(record.key)) records.set(record.key, record);
      return Promise.resolve();
    },
    count: () => records.size,
    close: () => Promise.resolve(),
  };
}
