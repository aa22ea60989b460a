import type { EffectRecord, EffectSource, WantedEffect } from "../effects/mod.ts";
import { costOf } from "../provider/mod.ts";
import { Lineage } from "./_lineage.ts";
import type { Plan } from "./plan.ts";

/** What one row of a source took and gave, with all that was made of it. */
export interface RowTally {
  readonly usd: number;
  readonly tokens: number;
  /** Rows that reached the end. */
  readonly kept: number;
  /** Milliseconds that calls took, one after another. */
  readonly ms: number;
  /** By provider, in the order of the plan. */
  readonly providers: readonly ProviderTally[];
}

/** What one row of a source asked of one provider. */
export interface ProviderTally {
  readonly ms: number;
  readonly requests: number;
  readonly tokens: number;
}

interface SeenEffect {
  readonly wanted: WantedEffect;
  readonly record: EffectRecord;
}

/** Adds up, for each row of a source, what became of it. */
export class ProbeTally {
  readonly lineage: Lineage = new Lineage();
  readonly #plan: Plan;
  readonly #effects: Map<string, SeenEffect> = new Map();
  readonly #kept: string[] = [];
  isPriced = true;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The same source of effects, watched. Rows that share an effect pay for it once. */
  watching(source: EffectSource): EffectSource {
    return {
      obtain: async (wanted, perform) => {
        const settled = await source.obtain(wanted, perform);
        settled.forEach((effect, index) => {
          if (effect.ok && !this.#effects.has(effect.record.key)) {
            this.#effects.set(effect.record.key, { wanted: wanted[index]!, record: effect.record });
          }
        });
        return settled;
      },
    };
  }

  /** Takes note of a row that reached the end. */
  keep(rowId: string): void {
    this.#kept.push(rowId);
  }

  /** The tallies of the rows of a source, by position; what is not there took and gave nothing. */
  rowsOf(step: string): readonly RowTally[] {
    const rows = new Map<number, Draft>();
    const draftOf = (rowId: string | undefined): Draft | undefined => {
      const source = rowId === undefined ? undefined : this.lineage.sourceOf(rowId);
      if (source?.step !== step) return undefined;
      let draft = rows.get(source.index);
      if (draft === undefined) rows.set(source.index, draft = newDraft(this.#plan));
      return draft;
    };
    for (const rowId of this.#kept) {
      const draft = draftOf(rowId);
      if (draft !== undefined) draft.kept++;
    }
    for (const effect of this.#effects.values()) {
      const draft = draftOf(effect.wanted.row);
      if (draft !== undefined && effect.wanted.kind === "chat") this.#addCall(draft, effect);
    }
    return [...rows].sort(([a], [b]) => a - b).map(([, draft]) => tallyOf(draft));
  }

  #addCall(draft: Draft, { wanted, record: { meta } }: SeenEffect): void {
    const provider = this.#plan.steps.get(wanted.step!)!.config.provider!;
    const price = meta.price ?? this.#plan.pipeline.config.providers[provider]!.price;
    const tally = draft.providers.get(provider)!;
    const { usage } = meta;
    const tokens = usage === undefined ? 0 : usage.input_tokens + usage.output_tokens;
    if (price === undefined) this.isPriced = false;
    else if (usage !== undefined) draft.usd += costOf(usage, price);
    tally.tokens += tokens;
    // Samples that one call gave have the same start.
    tally.calls.set(`${wanted.step}/${wanted.row}/${meta.started_at}`, meta.duration_ms);
  }
}

interface Draft {
  usd: number;
  kept: number;
  readonly providers: ReadonlyMap<string, { tokens: number; readonly calls: Map<string, number> }>;
}

function newDraft({ providers }: Plan): Draft {
  const tallies = [...providers.keys()].map((name) =>
    [name, { tokens: 0, calls: new Map<string, number>() }] as const
  );
  return { usd: 0, kept: 0, providers: new Map(tallies) };
}

function tallyOf({ usd, kept, providers }: Draft): RowTally {
  const tallies = [...providers.values()].map(({ tokens, calls }) => {
    return { ms: sum([...calls.values()]), requests: calls.size, tokens };
  });
  return {
    usd,
    kept,
    tokens: sum(tallies.map(({ tokens }) => tokens)),
    ms: sum(tallies.map(({ ms }) => ms)),
    providers: tallies,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
