import type { CallTracker } from "./call_tracker.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { EffectMeta, EffectSource, WantedEffect } from "../effects/mod.ts";
import { type BudgetLedger, type Gateway, type GatewayAnswer, MicroBatcher } from "../gateway/mod.ts";
import {
  type BatchLimits,
  costOf,
  type Price,
  type Provider,
  type Quota,
  splitInputTokens,
  type Usage,
} from "../provider/mod.ts";
import { canonicalJson, type Json, type JsonObject } from "../record/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import type { ProviderState } from "./chat_caller.ts";

/** Batches where a provider states no limit of its own. */
const BATCH_LIMITS: BatchLimits = { inputs: 64 };
const EFFECT_VERSION = 1;

/** What is asked of a model that takes many texts at once. */
export interface TextsWish {
  readonly kind: "embedding" | "rerank";
  readonly provider: ProviderState;
  /** The same for all texts. */
  readonly request: JsonObject;
  readonly texts: readonly string[];
  /** Who pays. */
  readonly budget: BudgetLedger;
  readonly step: string;
  /** Id of the row, for messages. */
  readonly row?: string;
  readonly priority: number;
  readonly signal: AbortSignal;
  /** Gives calls up that were not sent yet. */
  readonly admission: AbortSignal;
}

/** What became of one text. */
export type TextAnswer =
  | {
    readonly ok: true;
    readonly value: Json;
    readonly meta: EffectMeta;
    readonly reused: boolean;
    readonly key: string;
  }
  | { readonly ok: false; readonly error: unknown };

/** What a model answered to a batch. */
interface BatchAnswer {
  readonly values: readonly Json[];
  readonly usage: Usage;
  readonly model: string;
  readonly quotas?: readonly Quota[] | undefined;
}

/** What a {@linkcode ModelCaller} works with. */
export interface ModelCallerOptions {
  readonly effects: EffectSource;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly calls: CallTracker;
}

interface AnsweredText {
  readonly response: JsonObject;
  readonly meta: EffectMeta;
}

/**
 * Asks models that take many texts at once: each text is an effect of its own, and the missing ones of all rows that
 * come at about the same time share calls. How they share them changes no answer.
 */
export class ModelCaller {
  readonly #options: ModelCallerOptions;
  readonly #batchers: Map<string, MicroBatcher<string, AnsweredText>> = new Map();

  constructor(options: ModelCallerOptions) {
    this.#options = options;
  }

  /** An answer to each text, in order; each is given or fails on its own. */
  async ask(wish: TextsWish): Promise<readonly TextAnswer[]> {
    const batcher = this.#batcherOf(wish);
    const settled = await this.#options.effects.obtain(
      wish.texts.map((text) => wantedText(wish, text)),
      async (missing, take) => {
        const errors = await Promise.all(missing.map(async (index) => {
          try {
            const { response, meta } = await batcher.submit(wish.texts[index]!);
            await take(index, response, meta);
          } catch (error) {
            return { error };
          }
        }));
        const failed = errors.find((one) => one !== undefined);
        if (failed !== undefined) throw failed.error;
      },
    );
    return settled.map((effect) => {
      if (!effect.ok) return effect;
      const { record: { response, meta, key }, reused } = effect;
      return { ok: true, value: (response as JsonObject)["value"]!, meta, reused, key };
    });
  }

  /** What shares a call asks the same thing of the same model, and is paid by the same step. */
  #batcherOf(wish: TextsWish): MicroBatcher<string, AnsweredText> {
    const { kind, provider, request, step } = wish;
    const name = canonicalJson([kind, provider.name, step, request]);
    let known = this.#batchers.get(name);
    if (known === undefined) {
      const { inputs, tokens } = provider.provider.batchMax ?? BATCH_LIMITS;
      known = new MicroBatcher({
        itemsMax: inputs,
        weightMax: tokens,
        weightOf: tokensOf,
        send: (texts) => this.#call(wish, texts),
        isDivisible: (error) => isFastDistillError(error) && DIVISIBLE.has(error.code),
      });
      this.#batchers.set(name, known);
    }
    return known;
  }

  async #call(wish: TextsWish, texts: readonly string[]): Promise<readonly AnsweredText[]> {
    const { provider: { provider, endpoint, price, name, deployments = [provider] }, step } = wish;
    const started = new Date(this.#options.clock.now()).toISOString();
    const input_tokens = texts.reduce(
      (sum, text) => sum + tokensOf(text),
      tokensOf(canonicalJson(wish.request)),
    );
    const answered = await this.#options.gateway.call<BatchAnswer>({
      endpoint,
      budget: wish.budget,
      priority: wish.priority,
      onPhase: this.#options.calls.follow(step, name),
      worst: spendingOf({ input_tokens, output_tokens: 0 }, price),
      signal: wish.signal,
      admission: wish.admission,
      spending: ({ usage }) => spendingOf(usage, price),
      isIdempotent: true,
      quotas: ({ quotas }) => quotas,
      send: async (signal, deployment = 0) => {
        const provider = deployments[deployment]!;
        return checked(name, texts, await sendBatch({ ...wish, provider }, texts, signal));
      },
    });
    return answersOf({ answered, texts, started, price });
  }
}

async function sendBatch(
  { kind, provider, request }: Pick<TextsWish, "kind" | "request"> & { readonly provider: Provider },
  texts: readonly string[],
  signal: AbortSignal,
): Promise<BatchAnswer> {
  if (kind === "embedding") {
    const { vectors, ...rest } = await provider.embed!({ request: request as never, inputs: texts, signal });
    return { ...rest, values: vectors };
  }
  const { scores, ...rest } = await provider.rerank!({ request: request as never, documents: texts, signal });
  return { ...rest, values: scores };
}

function checked(name: string, texts: readonly string[], answer: BatchAnswer): BatchAnswer {
  const found = answer.values.length;
  if (found === texts.length) return answer;
  throw new FastDistillError(
    "provider.bad_response",
    `Asked "${name}" about ${texts.length} texts, found ${found} answers`,
  );
}

interface Answered {
  readonly answered: GatewayAnswer<BatchAnswer>;
  readonly texts: readonly string[];
  readonly started: string;
  readonly price: Price | undefined;
}

function answersOf({ answered, texts, started, price }: Answered): readonly AnsweredText[] {
  const { answer: { values, usage, model }, attempts, duration_ms } = answered;
  const usages = splitInputTokens(usage, texts.map(tokensOf));
  return values.map((value, index) => ({
    response: { value, model },
    meta: {
      started_at: started,
      duration_ms: Math.round(duration_ms),
      attempts,
      model,
      usage: usages[index]!,
      ...(price === undefined ? {} : { price }),
    },
  }));
}

/** Codes that may be due to the size of a batch, or to one text in it. */
const DIVISIBLE: ReadonlySet<string> = new Set([
  "provider.bad_request",
  "provider.context_window",
  "provider.content_filter",
]);

/** More tokens than the text has: two bytes each. */
function tokensOf(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 2);
}

function spendingOf(usage: Usage, price: Price | undefined) {
  const usd = price === undefined ? 0 : costOf(usage, price);
  return { usd, tokens: usage.input_tokens + usage.output_tokens, requests: 1 };
}

/** One text as an effect: everything in it that can change the answer. */
function wantedText(
  { kind, provider: { provider, version }, request, step, row }: TextsWish,
  text: string,
): WantedEffect {
  const { adapter, endpoint } = provider;
  const fields = { version: EFFECT_VERSION, adapter, adapter_version: version, endpoint, request, text };
  return { kind, fields, step, row };
}
