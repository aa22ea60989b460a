import { effectKey, saltEffect, type WantedEffect } from "./effect_key.ts";
import type { EffectSource, EffectSourceOptions, SettledEffect } from "./effect_runner.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

/** An effect that was looked up. */
export interface LookedUpEffect {
  /** With the salt among its fields. */
  readonly wanted: WantedEffect;
  readonly key: string;
  /** `undefined` when it is not recorded. */
  readonly record: EffectRecord | undefined;
}

/** What is done besides looking up. */
export interface RecordedEffectsOptions extends EffectSourceOptions {
  /** Told of each effect; the error for one that is not recorded comes from here. */
  readonly onLookUp: (effect: LookedUpEffect) => unknown;
}

/** Gives effects from the store and performs none. */
export class RecordedEffects implements EffectSource {
  readonly #store: EffectStore;
  readonly #options: RecordedEffectsOptions;

  /** Works over a store, which the caller closes. */
  constructor(store: EffectStore, options: RecordedEffectsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Settles every wanted effect; those that are not recorded fail. */
  async obtain(unsalted: readonly WantedEffect[]): Promise<readonly SettledEffect[]> {
    const settled: SettledEffect[] = [];
    for (const effect of unsalted) settled.push(await this.#settle(saltEffect(effect, this.#options.salt)));
    return settled;
  }

  async #settle(wanted: WantedEffect): Promise<SettledEffect> {
    const key = effectKey(wanted);
    try {
      const record = await this.#store.get(key);
      const error = await this.#options.onLookUp({ wanted, key, record });
      return record === undefined ? { ok: false, error } : { ok: true, record, reused: true };
    } catch (error) {
      return { ok: false, error };
    }
  }
}
