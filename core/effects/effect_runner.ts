import { FastDistillError } from "../errors/mod.ts";
import { digest, type Json, type JsonObject } from "../record/mod.ts";
import type { EffectMeta, EffectRecord, EffectStore } from "./effect_store.ts";

/** Layout of the fields behind effect keys; raised when it changes. */
const KEY_VERSION = 1;

/** An effect that is wanted. */
export interface WantedEffect {
  readonly kind: string;
  /** Everything that can change the answer. Never keys of an API, time limits, concurrency. */
  readonly fields: JsonObject;
}

/** What a wanted effect came to. */
export type SettledEffect =
  | { readonly ok: true; readonly record: EffectRecord; readonly reused: boolean }
  | { readonly ok: false; readonly error: unknown };

/** Takes the answer to one of the missing effects, and resolves once it is durable. */
export type TakeAnswer = (index: number, response: Json, meta: EffectMeta) => Promise<void>;

/** Performs the missing ones among the wanted effects, named by index, and hands over each answer as it comes. */
export type PerformMissing = (missing: readonly number[], take: TakeAnswer) => Promise<void>;

/** The key of an effect: SHA-256 over the canonical JSON of all that can change the answer. */
export function effectKey({ kind, fields }: WantedEffect): string {
  return digest({ key_version: KEY_VERSION, kind, fields });
}

/**
 * Gives effects from the store, and has those that are missing performed once, even when several rows want the same
 * one at the same moment. Nothing is handed on before it is durable. Failures are not recorded.
 */
export class EffectRunner {
  readonly #store: EffectStore;
  readonly #underWay: Map<string, Promise<EffectRecord>> = new Map();

  /** Works over a store, which the caller closes. */
  constructor(store: EffectStore) {
    this.#store = store;
  }

  /** Settles every wanted effect; never rejects because one of them failed. */
  async obtain(wanted: readonly WantedEffect[], perform: PerformMissing): Promise<readonly SettledEffect[]> {
    const claims = wanted.map((effect) => this.#claim(effect));
    const open = new Set(claims.keys().filter((index) => claims[index]!.owner !== undefined));
    let failure: unknown;
    try {
      for (const index of [...open]) await this.#lookUp(claims[index]!, () => open.delete(index));
      if (open.size > 0) {
        await perform([...open], (index, ...answer) => this.#take({ wanted, claims, open }, index, answer));
      }
    } catch (error) {
      failure = error;
    }
    if (open.size > 0) {
      failure ??= new FastDistillError("internal.invariant", "An effect was not answered");
    }
    for (const index of open) this.#finish(claims[index]!.key, () => claims[index]!.owner!.reject(failure));
    return await Promise.all(claims.map(settle));
  }

  #claim(effect: WantedEffect): Claim {
    const key = effectKey(effect);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return { key, record: underWay, reused: true };
    const owner = Promise.withResolvers<EffectRecord>();
    owner.promise.catch(() => {}); // Whoever waits sees the failure; nobody may be waiting yet.
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
