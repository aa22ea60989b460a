import { readFailedRows, type RunLayout } from "../artifact/mod.ts";
import type { EffectStore } from "../effects/mod.ts";

/** What is tried again. */
export interface RetriedRows {
  /** Rows that had failed. */
  readonly rows: number;
  /** Recorded answers that are asked for again. */
  readonly effects: number;
}

/** Rows that failed in the last execution, and the keys of the recorded answers on which they did. */
export interface FailedEffects {
  readonly rows: number;
  readonly keys: Set<string>;
}

/** Reads what there is to retry. Rows whose calls failed have no key: failures are not recorded. */
export async function readFailedEffects(layout: RunLayout): Promise<FailedEffects> {
  const keys = new Set<string>();
  let rows = 0;
  for await (const failed of readFailedRows(layout)) {
    rows++;
    for (const key of failed.effects) keys.add(key);
  }
  return { rows, keys };
}

/**
 * A store that knows nothing of some records until they are put again. The old record of a key stays until its new one
 * comes, so that nothing that was paid for is lost when no new one does.
 */
export function renewingStore(store: EffectStore, stale: Set<string>): EffectStore {
  return {
    count: () => store.count(),
    list: () => store.list(),
    delete: (keys) => store.delete(keys),
    bytes: () => store.bytes(),
    close: () => store.close(),
    get: (key) => stale.has(key) ? undefined : store.get(key),
    put: async (record) => {
      if (stale.delete(record.key)) await store.delete([record.key]);
      await store.put(record);
    },
  };
}
