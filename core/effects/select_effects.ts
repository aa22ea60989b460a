import { isJsonObject } from "../record/mod.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

/** Which effects are meant; what is absent does not matter. */
export interface EffectFilter {
  /** Such as `chat`. */
  readonly kind?: string | undefined;
  /** The model as it was asked for, or as the endpoint stated it. */
  readonly model?: string | undefined;
  /** ISO 8601; those that began then or later. */
  readonly since?: string | undefined;
  /** ISO 8601; those that began earlier. */
  readonly before?: string | undefined;
  /** Keys that are not meant. */
  readonly except?: ReadonlySet<string> | undefined;
}

/** The effects of a store that a filter means, in the order of their keys. */
export async function* selectEffects(
  store: EffectStore,
  { kind, model, since, before, except }: EffectFilter = {},
): AsyncGenerator<EffectRecord> {
  for await (const record of store.list()) {
    if (except?.has(record.key)) continue;
    if (kind !== undefined && record.kind !== kind) continue;
    if (model !== undefined && record.meta.model !== model && askedModel(record) !== model) continue;
    const { started_at } = record.meta;
    if ((since === undefined || started_at >= since) && (before === undefined || started_at < before)) {
      yield record;
    }
  }
}

/** The model of an effect: its version string as the endpoint stated it, else as it was asked for. */
export function modelOfEffect(record: EffectRecord): string | undefined {
  return record.meta.model ?? askedModel(record);
}

function askedModel({ request }: EffectRecord): string | undefined {
  const inner = request.request;
  return isJsonObject(inner) && typeof inner.model === "string" ? inner.model : undefined;
}
