import { digest, type Json } from "../record/mod.ts";
import type { EffectRequest } from "../step/mod.ts";

/**
 * A test double of the effect store: keeps results in memory, performs once per key, and counts. What fails is not kept.
 *
 * @example Two runs that share their effects
 * ```ts
 * import { MemoryEffects } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const effects = new MemoryEffects();
 * const request = { kind: "lookup", version: 1, input: { word: "a" } };
 * await effects.obtain(request, () => Promise.resolve(1));
 * assertEquals(await effects.obtain(request, () => Promise.resolve(2)), 1);
 * assertEquals([effects.performed, effects.reused], [1, 1]);
 * ```
 */
export class MemoryEffects {
  readonly #results: Map<string, Promise<Json>> = new Map();
  readonly #requests: EffectRequest[] = [];
  #performed = 0;
  #reused = 0;

  /** How many effects were performed. */
  get performed(): number {
    return this.#performed;
  }

  /** How many times a result was there already, or on its way. */
  get reused(): number {
    return this.#reused;
  }

  /** Every request, in the order of asking. */
  get requests(): readonly EffectRequest[] {
    return this.#requests;
  }

  /** The result of an effect: performed once, kept from then on. */
  async obtain<T extends Json>(
    request: EffectRequest,
    perform: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const key = digest(request);
    this.#requests.push(request);
    const known = this.#results.get(key);
    if (known !== undefined) {
      this.#reused++;
      return await known as T;
    }
    this.#performed++;
    const result = perform(new AbortController().signal);
    this.#results.set(key, result);
    result.catch(() => this.#results.delete(key));
    return await result;
  }
}
