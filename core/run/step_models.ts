import type { Json, JsonObject } from "../record/mod.ts";
import type { StepModels } from "../step/mod.ts";
import type { ProviderState } from "./chat_caller.ts";
import type { TextAnswer, TextsWish } from "./model_caller.ts";
import type { EffectPlace } from "./perform_effect.ts";

/** What a step that names a provider may ask of it for a row. */
export function stepModels(place: EffectPlace, provider: ProviderState): StepModels {
  const { model } = provider.provider;
  return {
    embed: async (texts, { dimensions } = {}) => {
      const request = { model, ...(dimensions === undefined ? {} : { dimensions }) };
      return await askAll(place, { kind: "embedding", provider, request, texts }) as number[][];
    },
    rerank: async (query, documents) => {
      return await askAll(place, {
        kind: "rerank",
        provider,
        request: { model, query },
        texts: documents,
      }) as number[];
    },
  };
}

type Asked = Pick<TextsWish, "kind" | "provider" | "texts"> & { readonly request: JsonObject };

async function askAll(place: EffectPlace, asked: Asked): Promise<readonly Json[]> {
  if (asked.texts.length === 0) return [];
  const { resources: { budget, models, plan: { graph } }, control, plan, rowId } = place;
  const answers = await models.ask({
    ...asked,
    budget: budget.ledgerOf({ provider: asked.provider.name, step: plan.name }),
    step: plan.name,
    row: rowId,
    priority: graph.nodes.get(plan.name)!.depth,
    signal: control.signal,
    admission: control.admission,
  });
  return answers.map((answer) => {
    if (!answer.ok) throw answer.error;
    note(place, asked, answer);
    return answer.value;
  });
}

function note(
  { resources, plan, counts, cost, span, trail, rowId }: EffectPlace,
  { kind, provider }: Asked,
  { meta, reused, key }: TextAnswer & { readonly ok: true },
): void {
  if (reused) counts.reused++;
  else counts.performed++;
  const price = meta.price ?? provider.price;
  cost.add({ step: plan.name, provider: provider.name, model: meta.model, usage: meta.usage, price, reused });
  trail?.effect(plan.name, rowId, key);
  span?.event(reused ? "effect reused" : "effect performed", {
    "fastdistill.effect.kind": kind,
    "fastdistill.effect.key": key,
  });
  if (reused) return;
  const { attempts, duration_ms, usage } = meta;
  const base = { type: "effect_performed", step: plan.name, kind, key, attempts, duration_ms } as const;
  resources.emit({ ...base, provider: provider.name, ...(usage === undefined ? {} : { usage }) });
}
