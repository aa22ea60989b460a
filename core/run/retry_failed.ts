import { readFailedRows, type RunLayout } from "../artifact/mod.ts";
import type { EffectStore } from "../effects/mod.ts";

const DELETE_AT_ONCE = 1_000;

/** What is tried again. */
export interface RetriedRows {
  /** Rows that had failed. */
  readonly rows: number;
  /** Recorded answers that were taken back, to be asked for again. */
  readonly effects: number;
}

/**
 * Takes back the recorded answers on which rows failed in the last execution, so that they are asked for again. Rows
 * whose calls failed need nothing taken back: failures are not recorded.
 */
export async function retractFailed(layout: RunLayout, store: EffectStore): Promise<RetriedRows> {
  let [rows, effects] = [0, 0];
  let keys: string[] = [];
  const flush = async () => {
    effects += await store.delete(keys);
    keys = [];
  };
  for await (const failed of readFailedRows(layout)) {
    rows++;
    keys.push(...failed.effects);
    if (keys.length >= DELETE_AT_ONCE) await flush();
  }
  if (keys.length > 0) await flush();
  return { rows, effects };
}
