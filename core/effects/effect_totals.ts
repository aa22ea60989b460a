import { addUsage, costOf, NO_USAGE, type Usage } from "../provider/mod.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";
import { type EffectFilter, modelOfEffect, selectEffects } from "./select_effects.ts";

/** What a set of effects comes to. */
export interface EffectFigures {
  /** How many. */
  readonly effects: number;
  /** Of their requests, answers and circumstances as JSON. */
  readonly bytes: number;
  /** ISO 8601; `null` when there are none. */
  readonly oldest: string | null;
  /** ISO 8601; `null` when there are none. */
  readonly newest: string | null;
  /** What they cost at the prices recorded with them. */
  readonly cost_usd: number;
  /** How many used tokens whose price was not known. */
  readonly unpriced: number;
  /** Of all together. */
  readonly usage: Usage;
}

/** The effects of one kind and model. */
export interface EffectGroup extends EffectFigures {
  /** Such as `chat`. */
  readonly kind: string;
  /** `null` where no model was asked. */
  readonly model: string | null;
}

/** All effects of a store, and the same by kind and model, the most numerous first. */
export interface EffectTotals extends EffectFigures {
  /** By kind and model. */
  readonly groups: readonly EffectGroup[];
}

const NOTHING: EffectFigures = {
  effects: 0,
  bytes: 0,
  oldest: null,
  newest: null,
  cost_usd: 0,
  unpriced: 0,
  usage: NO_USAGE,
};

/** Adds up the effects of a store. Every record is read, and so checked. @throws {FastDistillError} `store.*` */
export async function effectTotals(store: EffectStore, filter: EffectFilter = {}): Promise<EffectTotals> {
  const groups = new Map<string, EffectGroup>();
  let all = NOTHING;
  for await (const record of selectEffects(store, filter)) {
    const figures = figuresOf(record);
    const [kind, model] = [record.kind, modelOfEffect(record) ?? null];
    const id = JSON.stringify([kind, model]);
    all = add(all, figures);
    groups.set(id, { kind, model, ...add(groups.get(id) ?? NOTHING, figures) });
  }
  const sorted = [...groups.values()].map((group) => ({ ...group, ...rounded(group) })).sort(largestFirst);
  return { ...all, ...rounded(all), groups: sorted };
}

/** What one effect cost at the price recorded with it; `undefined` when no price or no usage was. */
export function costOfEffect({ meta }: EffectRecord): number | undefined {
  return meta.usage === undefined || meta.price === undefined ? undefined : costOf(meta.usage, meta.price);
}

/** The bytes of an effect's request, answer and circumstances as JSON. */
export function bytesOfEffect({ request, response, meta }: EffectRecord): number {
  return new TextEncoder().encode(JSON.stringify([request, response, meta])).length;
}

function figuresOf(record: EffectRecord): EffectFigures {
  const { usage, started_at } = record.meta;
  const cost = costOfEffect(record);
  return {
    effects: 1,
    bytes: bytesOfEffect(record),
    oldest: started_at,
    newest: started_at,
    cost_usd: cost ?? 0,
    unpriced: usage !== undefined && cost === undefined ? 1 : 0,
    usage: usage ?? NO_USAGE,
  };
}

function add(a: EffectFigures, b: EffectFigures): EffectFigures {
  return {
    effects: a.effects + b.effects,
    bytes: a.bytes + b.bytes,
    oldest: a.oldest === null || (b.oldest !== null && b.oldest < a.oldest) ? b.oldest : a.oldest,
    newest: a.newest === null || (b.newest !== null && b.newest > a.newest) ? b.newest : a.newest,
    cost_usd: a.cost_usd + b.cost_usd,
    unpriced: a.unpriced + b.unpriced,
    usage: addUsage(a.usage, b.usage),
  };
}

// Sums of many small amounts; the digits after these are rounding.
function rounded({ cost_usd }: EffectFigures): { readonly cost_usd: number } {
  return { cost_usd: Number(cost_usd.toPrecision(12)) };
}

function largestFirst(a: EffectGroup, b: EffectGroup): number {
  return b.effects - a.effects || (`${a.kind} ${a.model}` < `${b.kind} ${b.model}` ? -1 : 1);
}
