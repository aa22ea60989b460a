import { FastDistillError } from "../errors/mod.ts";
import {
  effectKey,
  type EffectMeta,
  type EffectSource,
  type EffectStore,
  saltEffect,
  type TakeAnswer,
  type WantedEffect,
} from "../effects/mod.ts";
import type { BudgetLedger, Endpoint, Gateway, GatewayAnswer, Spending } from "../gateway/mod.ts";
import type { TraceSpan } from "../observe/mod.ts";
import {
  type ChatChoice,
  type ChatCompletion,
  type ChatRequest,
  costOf,
  type Price,
  type Provider,
  splitUsage,
  type Usage,
} from "../provider/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import type { CallTracker } from "./call_tracker.ts";
import type { RunTrace } from "./run_trace.ts";
import type { Clock } from "../runtime/mod.ts";

/** A provider during a run. */
export interface ProviderState {
  /** Name in the pipeline. */
  readonly name: string;
  /** Whose identity all of its effects have. */
  readonly provider: Provider;
  /** Those that are asked, where there are several. */
  readonly deployments?: readonly Provider[];
  /** Version of the adapter. */
  readonly version: number;
  readonly endpoint: Endpoint;
  readonly price?: Price | undefined;
  /** Who is asked when it fails. */
  readonly fallback?: ProviderFallback | undefined;
}

/** Who is asked when a provider has failed for good, and on which errors. */
export interface ProviderFallback {
  /** In order. */
  readonly to: () => readonly ProviderState[];
  /** Codes of errors. */
  readonly on: ReadonlySet<string>;
}

/** What a step asks of a provider. */
export interface ChatWish {
  readonly provider: ProviderState;
  readonly request: ChatRequest;
  /** Which samples, by index. */
  readonly samples: readonly number[];
  /** Who pays. */
  readonly budget: BudgetLedger;
  /** Name and version of the prompt, such as `text_generation@1`. */
  readonly prompt: string;
  /** Name of the step, for messages. */
  readonly step?: string;
  /** Id of the row, for messages. */
  readonly row?: string;
  /** Span of the row, where it has one. */
  readonly span?: TraceSpan | undefined;
  /** Tells apart draws that have the same request, where each is to be independent. Part of the key. */
  readonly draw?: string | undefined;
  readonly priority: number;
  readonly signal: AbortSignal;
  /** Gives calls up that were not sent yet. */
  readonly admission: AbortSignal;
  /** Whether another provider is asked while this one is down. @default {false} */
  readonly mayGoElsewhere?: boolean;
}

/** What a step would ask, whoever pays. */
export type UnpaidWish = Omit<ChatWish, "budget">;

/** One sample of an answer. */
export type ChatSample =
  | {
    readonly ok: true;
    readonly choice: ChatChoice;
    readonly model: string;
    readonly meta: EffectMeta;
    readonly reused: boolean;
    readonly key: string;
    /** The provider that answered, and what it was asked. */
    readonly by: ProviderState;
    readonly request: ChatRequest;
    /** The provider that was to answer and whose fallback this is. */
    readonly insteadOf?: ProviderState;
  }
  | { readonly ok: false; readonly error: unknown };

/** Told of each call that was made: waiting and service time, and the answers. */
export type CallListener = (
  call: { readonly waitedMs: number; readonly durationMs: number; readonly answers: number },
) => void;

/** Tokens set aside for an answer when the request does not limit it. */
export const OUTPUT_TOKENS_DEFAULT = 4_096;
const EFFECT_VERSION = 1;

/** What a {@linkcode ChatCaller} works with. */
export interface ChatCallerOptions {
  readonly effects: EffectSource;
  /** The one behind `effects`. */
  readonly store: EffectStore;
  /** Part of every key. */
  readonly salt?: string | undefined;
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** Follows the calls. */
  readonly calls?: CallTracker;
  /** Present when the run is traced. */
  readonly trace?: RunTrace;
}

/** Asks models: each sample is an effect of its own, and only the missing ones are asked for. */
export class ChatCaller {
  readonly #options: ChatCallerOptions;
  readonly #effects: EffectSource;
  readonly #gateway: Gateway;
  readonly #clock: Clock;

  constructor(options: ChatCallerOptions) {
    const { effects, gateway, clock } = options;
    this.#options = options;
    this.#effects = effects;
    this.#gateway = gateway;
    this.#clock = clock;
  }

  /** Whether every sample is in the store. */
  async isRecorded(wish: UnpaidWish): Promise<boolean> {
    const { store, salt } = this.#options;
    for (const sample of wish.samples) {
      const key = effectKey(saltEffect(wantedSample(wish, sample), salt));
      if (await store.get(key) === undefined) return false;
    }
    return true;
  }

  /** The samples of a request, each answered or failed on its own. */
  async ask(wish: ChatWish, onCall: CallListener = () => {}): Promise<readonly ChatSample[]> {
    const wanted = wish.samples.map((sample) => wantedSample(wish, sample));
    const settled = await this.#effects.obtain(
      wanted,
      (missing, take) => this.#perform({ wish, take, onCall }, missing),
    );
    return settled.map((effect) => {
      if (!effect.ok) return effect;
      const { model, ...choice } = effect.record.response as unknown as ChatChoice & {
        readonly model: string;
      };
      return {
        ok: true,
        choice,
        model,
        meta: effect.record.meta,
        reused: effect.reused,
        key: effect.record.key,
        by: wish.provider,
        request: wish.request,
      };
    });
  }

  async #perform({ wish, take, onCall }: Asking, missing: readonly number[]): Promise<void> {
    let rest = missing;
    while (rest.length > 0) {
      const started = new Date(this.#clock.now()).toISOString();
      const answered = await this.#call(wish, rest.map((index) => wish.samples[index]!));
      const { choices } = answered.answer;
      onCall({ waitedMs: answered.waited_ms, durationMs: answered.duration_ms, answers: choices.length });
      const metas = metasOf({ wish, answered, started });
      const now = rest.slice(0, choices.length);
      const model = answered.answer.model;
      await Promise.all(now.map((wanted, index) => {
        return take(wanted, { ...choices[index]!, model } as unknown as JsonObject, metas[index]!);
      }));
      rest = rest.slice(choices.length);
    }
  }

  async #call(wish: ChatWish, sampleIndexes: readonly number[]): Promise<GatewayAnswer<ChatCompletion>> {
    const { provider, endpoint, price, name, deployments = [provider] } = wish.provider;
    const { request, span, step = "" } = wish;
    const follow = this.#options.calls?.follow(step, name);
    const trace = this.#options.trace?.startCall({ step, span, provider, request, sampleIndexes });
    const answered = this.#gateway.call<ChatCompletion>({
      endpoint,
      budget: wish.budget,
      priority: wish.priority,
      onPhase: (phase) => {
        follow?.(phase);
        trace?.onPhase(phase);
      },
      onRetry: trace?.onRetry,
      worst: worstCase(wish, sampleIndexes.length),
      signal: wish.signal,
      admission: wish.admission,
      spending: ({ usage }) => spendingOf(usage, price),
      isIdempotent: true,
      mayGoElsewhere: wish.mayGoElsewhere === true,
      quotas: (completion) => completion.quotas,
      send: async (signal, deployment = 0) => {
        const asked = deployments[deployment]!;
        const { model } = asked;
        const own = model === request.model ? request : { ...request, model };
        const chat = () => asked.chat!({ request: own, sampleIndexes, signal });
        const completion = await (trace === undefined ? chat() : trace.run(chat));
        const found = completion.choices.length;
        if (found >= 1 && found <= sampleIndexes.length) return completion;
        const message = `Asked "${name}" for ${sampleIndexes.length} choices, found ${found}`;
        throw new FastDistillError("provider.bad_response", message);
      },
    });
    return await (trace === undefined ? answered : trace.end(answered));
  }
}

interface Asking {
  readonly wish: ChatWish;
  readonly take: TakeAnswer;
  readonly onCall: CallListener;
}

/** One sample of what is asked, as an effect: everything in it that can change the answer. */
export function wantedSample(
  { provider: { provider, version }, request, prompt, step, row, draw }: UnpaidWish,
  sample: number,
): WantedEffect {
  const { adapter, endpoint } = provider;
  const fields = {
    adapter,
    adapter_version: version,
    endpoint,
    prompt,
    sample,
    request: request as unknown as JsonObject,
    ...(draw === undefined ? {} : { draw }),
  };
  return { kind: "chat", fields: { version: EFFECT_VERSION, ...fields }, step, row };
}

interface Answered {
  readonly wish: ChatWish;
  readonly answered: GatewayAnswer<ChatCompletion>;
  readonly started: string;
}

function metasOf({ wish, answered, started }: Answered): readonly EffectMeta[] {
  const { choices, usage, model } = answered.answer;
  return splitUsage(usage, choices.length).map((usage) => ({
    started_at: started,
    duration_ms: Math.round(answered.duration_ms),
    attempts: answered.attempts,
    model,
    usage,
    ...(wish.provider.price === undefined ? {} : { price: wish.provider.price }),
  }));
}

function spendingOf(usage: Usage, price: Price | undefined): Spending {
  return {
    usd: price === undefined ? 0 : costOf(usage, price),
    tokens: usage.input_tokens + usage.output_tokens,
    requests: 1,
  };
}

/** More tokens than the call can take: two bytes a token in, the limit of every choice out. */
function worstCase({ request, provider }: ChatWish, samples: number): Spending {
  const bytes =
    new TextEncoder().encode(JSON.stringify([request.messages, request.tools, request.response_schema]))
      .length;
  const output = (request.decode.max_tokens ?? OUTPUT_TOKENS_DEFAULT) * samples;
  return spendingOf({ input_tokens: Math.ceil(bytes / 2), output_tokens: output }, provider.price);
}
