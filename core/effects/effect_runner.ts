import { FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import { effectKey, saltEffect, type WantedEffect } from "./effect_key.ts";
import { Waits } from "./_waits.ts";
import type { EffectMeta, EffectRecord, EffectStore } from "./effect_store.ts";

/** What a wanted effect came to. */
export type SettledEffect =
  | { readonly ok: true; readonly record: EffectRecord; readonly reused: boolean }
  | { readonly ok: false; readonly error: unknown };

/** Takes the answer to one of the missing effects, and resolves once it is durable. */
export type TakeAnswer = (index: number, response: Json, meta: EffectMeta) => Promise<void>;

/** Performs the missing ones among the wanted effects, named by index, and hands over each answer as it comes. */
export type PerformMissing = (missing: readonly number[], take: TakeAnswer) => Promise<void>;

/**
 * What a performer rejects with when it does not want an effect any more, which says nothing about the effect: whoever
 * waited for it sees to it.
 */
export const GIVEN_UP: unique symbol = Symbol("given up");

/** What gives effects to whoever wants them. */
export interface EffectSource {
  /** Settles every wanted effect, in the order given; never rejects because one of them failed. */
  readonly obtain: (
    wanted: readonly WantedEffect[],
    perform: PerformMissing,
  ) => Promise<readonly SettledEffect[]>;
}

/** How effects are obtained. */
export interface EffectSourceOptions {
  /** Part of every key. */
  readonly salt?: string | undefined;
}

/**
 * Gives effects from the store, and has those that are missing performed once, even when several rows want the same
 * one at the same moment. Nothing is handed on before it is durable. Failures are not recorded.
 */
export class EffectRunner implements EffectSource {
  readonly #store: EffectStore;
  readonly #salt: string | undefined;
  readonly #underWay: Map<string, Promise<EffectRecord>> = new Map();
  readonly #waits: Waits = new Waits();

  /** Works over a store, which the caller closes. */
  constructor(store: EffectStore, { salt }: EffectSourceOptions = {}) {
    this.#store = store;
    this.#salt = salt;
  }

  /** Settles every wanted effect; never rejects because one of them failed. */
  async obtain(
    unsalted: readonly WantedEffect[],
    perform: PerformMissing,
  ): Promise<readonly SettledEffect[]> {
    const wanted = unsalted.map((effect) => saltEffect(effect, this.#salt));
    const keys = wanted.map(effectKey);
    const known = keys.length === 1 ? this.#recorded(keys[0]!) : undefined;
    return known === undefined ? await this.#obtainAll({ unsalted, wanted, keys }, perform) : [known];
  }

  /** The short way to one effect that is there: a run that is done again takes it for every row. */
  #recorded(key: string): SettledEffect | undefined {
    if (this.#underWay.has(key)) return undefined;
    try {
      const record = this.#store.get(key);
      if (!(record instanceof Promise)) return record && { ok: true, record, reused: true };
      record.catch(() => {}); // The long way asks again.
    } catch {
      // The long way asks again, and tells of it.
    }
    return undefined;
  }

  async #obtainAll(
    { unsalted, wanted, keys }: Keyed,
    perform: PerformMissing,
  ): Promise<readonly SettledEffect[]> {
    const claims = wanted.map((effect, index) => this.#claim(effect, keys[index]!));
    const owned = claims.flatMap(({ key, owner }) => owner === undefined ? [] : [key]);
    const open = new Set(claims.keys().filter((index) => claims[index]!.owner !== undefined));
    let failure: unknown;
    try {
      for (const index of [...open]) await this.#lookUp(claims[index]!, () => open.delete(index));
      if (open.size > 0) {
        const take: TakeAnswer = (index, ...answer) => this.#take({ wanted, claims, open }, index, answer);
        await this.#waits.perform(owned, () => perform([...open], take));
      }
    } catch (error) {
      failure = error;
    }
    if (open.size > 0) {
      failure ??= new FastDistillError("internal.invariant", "An effect was not answered");
    }
    for (const index of open) this.#finish(claims[index]!.key, () => claims[index]!.owner!.reject(failure));
    const settled = await Promise.all(claims.map(settle));
    const again = settled.flatMap((effect, index) =>
      !effect.ok && effect.error === GIVEN_UP && claims[index]!.owner === undefined ? [index] : []
    );
    if (again.length === 0) return settled;
    const rest = await this.obtain(
      again.map((index) => unsalted[index]!),
      (missing, take) =>
        perform(
          missing.map((one) => again[one]!),
          (index, ...answer) => take(again.indexOf(index), ...answer),
        ),
    );
    return settled.map((effect, index) => again.includes(index) ? rest[again.indexOf(index)]! : effect);
  }

  #claim(effect: WantedEffect, key: string): Claim {
    const underWay = this.#underWay.get(key);
    const ends = this.#waits.begin(key);
    if (ends === undefined) {
      const record = Promise.reject<EffectRecord>(circle(effect));
      record.catch(() => {}); // Seen when the claim is settled.
      return { key, record, reused: true };
    }
    if (underWay !== undefined) {
      underWay.then(ends, ends);
      return { key, record: underWay, reused: true };
    }
    const owner = Promise.withResolvers<EffectRecord>();
    owner.promise.then(ends, ends); // Whoever waits sees the failure; nobody may be waiting yet.
    this.#underWay.set(key, owner.promise);
    return { key, record: owner.promise, owner, reused: false };
  }

  async #lookUp(claim: Claim, found: () => void): Promise<void> {
    const known = await this.#store.get(claim.key);
    if (known === undefined) return;
    found();
    claim.reused = true;
    this.#finish(claim.key, () => claim.owner!.resolve(known));
  }

  async #take(
    { wanted, claims, open }: Batch,
    index: number,
    [response, meta]: readonly [Json, EffectMeta],
  ): Promise<void> {
    if (!open.has(index)) {
      throw new FastDistillError("internal.invariant", `An effect was answered twice or unasked: ${index}`);
    }
    const { key, owner } = claims[index]!;
    const record = { key, kind: wanted[index]!.kind, request: wanted[index]!.fields, response, meta };
    await this.#store.put(record);
    open.delete(index);
    this.#finish(key, () => owner!.resolve(record));
  }

  #finish(key: string, conclude: () => void): void {
    this.#underWay.delete(key);
    conclude();
  }
}

function circle({ kind }: WantedEffect): FastDistillError {
  return new FastDistillError(
    "plugin.failed",
    `An effect of kind "${kind}" was asked for while it is being performed itself: it would wait for itself for ever`,
    { hint: "Do not ask for an effect inside its own perform function" },
  );
}

/** Effects that are wanted, as they came and with the salt, and their keys. */
interface Keyed {
  readonly unsalted: readonly WantedEffect[];
  readonly wanted: readonly WantedEffect[];
  readonly keys: readonly string[];
}

interface Claim {
  readonly key: string;
  readonly record: Promise<EffectRecord>;
  /** Present when this claim is the one that has to see to the effect. */
  readonly owner?: PromiseWithResolvers<EffectRecord>;
  reused: boolean;
}

interface Batch {
  readonly wanted: readonly WantedEffect[];
  readonly claims: readonly Claim[];
  /** Indexes that still wait for an answer. */
  readonly open: Set<number>;
}

function settle({ record, reused }: Claim): Promise<SettledEffect> {
  return record.then(
    (record) => ({ ok: true as const, record, reused }),
    (error) => ({ ok: false as const, error }),
  );
}
