import {
  effectKey,
  type EffectSource,
  type EffectStore,
  saltEffect,
  type WantedEffect,
} from "../effects/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { isJsonObject } from "../record/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import {
  type ChatCaller,
  type ChatSample,
  type ProviderState,
  type UnpaidWish,
  wantedSample,
} from "./chat_caller.ts";

/** What a provider, and who it falls back to, is asked for. */
export interface ChainAsking {
  /** The first of the chain. */
  readonly provider: ProviderState;
  readonly samples: readonly number[];
  /** What would be asked of one of the chain. */
  readonly wishOf: (provider: ProviderState, samples: readonly number[]) => UnpaidWish;
  /** Asks one of the chain. */
  readonly ask: (
    provider: ProviderState,
    asked: { readonly samples: readonly number[]; readonly mayGoElsewhere: boolean },
  ) => Promise<readonly ChatSample[]>;
}

/** Told when a provider has failed for good and the next one is asked. */
export type FallListener = (
  fall: {
    readonly step: string;
    readonly provider: string;
    readonly to: string;
    readonly error: FastDistillError;
  },
) => void;

/** What {@linkcode FallbackChains} work with. */
export interface FallbackChainsOptions {
  readonly caller: ChatCaller;
  readonly effects: EffectSource;
  /** The one behind `effects`. */
  readonly store: EffectStore;
  /** Part of every key. */
  readonly salt?: string | undefined;
  readonly clock: Clock;
  /** Whether recorded answers are asked for again: then what a fallback says takes their place. @default {false} */
  readonly renews?: boolean;
  readonly onFall: FallListener;
}

const KIND = "chat_fallback";
const VERSION = 1;
/** Errors of a provider that every further row would run into as well. */
export const OF_EVERY_ROW: ReadonlySet<string> = new Set(["provider.auth", "provider.model_not_found"]);

/**
 * Asks the providers of a chain in turn, each for the samples on which those before it failed. That a fallback answered
 * is recorded as an effect of its own, beside the answer: only then does its answer stand for the first provider's when
 * the same is asked again. Rows that ask the same at the same moment share the chain, so that they get the same answer.
 */
export class FallbackChains {
  readonly #options: FallbackChainsOptions;
  /** By the key under which the first provider's answer would be recorded. */
  readonly #underWay: Map<string, Promise<ChatSample>> = new Map();

  /** Nothing is asked yet. */
  constructor(options: FallbackChainsOptions) {
    this.#options = options;
  }

  /** Whether every sample was answered before, by the provider or by a fallback. */
  async isRecorded(asking: Omit<ChainAsking, "ask">): Promise<boolean> {
    for (const sample of asking.samples) {
      if (await this.#startOf(asking, sample) === undefined) return false;
    }
    return true;
  }

  /** The samples, each answered by the first of the chain that does not fail. */
  async ask(asking: ChainAsking): Promise<readonly ChatSample[]> {
    const { provider, samples, ask } = asking;
    if (provider.fallback === undefined) return await ask(provider, { samples, mayGoElsewhere: false });
    const keys = samples.map((sample) => this.#keyOf(asking, sample));
    const joined = keys.map((key) => this.#underWay.get(key));
    const own = [...samples.keys()].filter((index) => joined[index] === undefined);
    const answered = this.#ask({ ...asking, samples: own.map((index) => samples[index]!) });
    const settled = joined.map((other) => other?.then(shared));
    for (const [place, index] of own.entries()) {
      const sample = answered.then((all) => all[place]!);
      sample.catch(() => {}); // Whoever waits sees it; nobody may be waiting.
      this.#underWay.set(keys[index]!, sample);
      settled[index] = sample;
    }
    try {
      return await Promise.all(settled.map((sample) => sample!));
    } finally {
      await answered.catch(() => {});
      for (const index of own) this.#underWay.delete(keys[index]!);
    }
  }

  async #ask(asking: ChainAsking): Promise<readonly ChatSample[]> {
    const { provider, samples, ask } = asking;
    const { to, on } = provider.fallback!;
    const chain = [provider, ...to()];
    const mayRest = on.has("provider.unavailable");
    const starts = await Promise.all(samples.map((sample) => this.#startOf(asking, sample)));
    const course: Course = { found: [], failures: samples.map(() => []) };
    for (const [turn, one] of chain.entries()) {
      const isLast = turn === chain.length - 1;
      const open = [...samples.keys()].filter((index) =>
        turn >= (starts[index] ?? 0) && mayGoOn(course, { index, on })
      );
      if (open.length === 0) continue;
      this.#tellOfFalls({ asking, course, open, to: one });
      const wanted = open.map((index) => samples[index]!);
      const answers = await ask(one, { samples: wanted, mayGoElsewhere: !isLast && mayRest });
      for (const [place, index] of open.entries()) {
        course.found[index] = answers[place]!;
        note(course, { index, provider: one.name });
      }
      if (turn === 0) continue;
      credit(course, { open, insteadOf: provider });
      const fresh = open.filter((index) => starts[index] !== turn);
      await this.#record(asking, { course, open: fresh, by: one });
    }
    return course.found.map((sample, index) => ended(sample, { failures: course.failures[index]!, on }));
  }

  /** Where in the chain a recorded answer is; `undefined` where there is none. */
  async #startOf(asking: Omit<ChainAsking, "ask">, sample: number): Promise<number | undefined> {
    const { provider, wishOf } = asking;
    const { caller, store, salt, effects } = this.#options;
    if (await caller.isRecorded(wishOf(provider, [sample]))) return 0;
    if (provider.fallback === undefined) return undefined;
    const wanted = this.#markOf(asking, sample);
    if (await store.get(effectKey(saltEffect(wanted, salt))) === undefined) return undefined;
    const [mark] = await effects.obtain([wanted], () => Promise.resolve());
    if (!mark?.ok || !isJsonObject(mark.record.response)) return undefined;
    const { key } = mark.record.response;
    const place = provider.fallback.to().findIndex((one) => this.#keyOf(asking, sample, one) === key);
    return place < 0 ? undefined : place + 1;
  }

  #keyOf(
    { provider, wishOf }: Omit<ChainAsking, "ask">,
    sample: number,
    by: ProviderState = provider,
  ): string {
    return effectKey(saltEffect(wantedSample(wishOf(by, [sample]), sample), this.#options.salt));
  }

  #markOf(asking: Omit<ChainAsking, "ask">, sample: number): WantedEffect {
    const { step, row } = asking.wishOf(asking.provider, [sample]);
    return { kind: KIND, fields: { version: VERSION, instead_of: this.#keyOf(asking, sample) }, step, row };
  }

  /** Records that a fallback answered. */
  async #record(
    asking: ChainAsking,
    { course, open, by }: { course: Course; open: readonly number[]; by: ProviderState },
  ): Promise<void> {
    const { effects, clock, renews, store, salt } = this.#options;
    const answers = open.flatMap((index) => {
      const sample = course.found[index]!;
      return sample.ok ? [{ mark: this.#markOf(asking, asking.samples[index]!), key: sample.key }] : [];
    });
    if (answers.length === 0) return;
    if (renews === true) {
      const marks = answers.map(({ mark }) => effectKey(saltEffect(mark, salt)));
      await store.delete([...marks, ...open.map((index) => this.#keyOf(asking, asking.samples[index]!))]);
    }
    const { adapter, endpoint, model } = by.provider;
    const meta = { started_at: new Date(clock.now()).toISOString(), duration_ms: 0, attempts: 1 };
    const settled = await effects.obtain(
      answers.map(({ mark }) => mark),
      async (missing, take) => {
        const answered = { adapter, endpoint, model };
        await Promise.all(missing.map((index) => {
          return take(index, { key: answers[index]!.key, ...answered }, meta);
        }));
      },
    );
    for (const mark of settled) if (!mark.ok) throw mark.error;
  }

  #tellOfFalls({ asking, course, open, to }: Falling): void {
    const failures = open.flatMap((index) => course.failures[index]!.at(-1) ?? []);
    // Samples of one call share its error.
    const told = new Map(failures.map((failure) => [failure.error, failure]));
    const { step = "" } = asking.wishOf(asking.provider, asking.samples);
    for (const { provider, error } of told.values()) {
      this.#options.onFall({ step, provider, to: to.name, error });
    }
  }
}

interface Failure {
  readonly provider: string;
  readonly error: FastDistillError;
}

/** How far the samples have come. */
interface Course {
  readonly found: ChatSample[];
  /** By sample, in the order of the chain. */
  readonly failures: readonly Failure[][];
}

interface Falling {
  readonly asking: ChainAsking;
  readonly course: Course;
  readonly open: readonly number[];
  readonly to: ProviderState;
}

/** A row that joined a chain under way has paid for nothing. */
function shared(sample: ChatSample): ChatSample {
  return sample.ok ? { ...sample, reused: true } : sample;
}

function mayGoOn(
  { found, failures }: Course,
  { index, on }: { readonly index: number; readonly on: ReadonlySet<string> },
): boolean {
  if (found[index] === undefined) return true;
  const last = failures[index]!.at(-1);
  return !found[index].ok && last !== undefined && last.error === found[index].error &&
    on.has(last.error.code);
}

function note(
  { found, failures }: Course,
  { index, provider }: { readonly index: number; readonly provider: string },
): void {
  const sample = found[index]!;
  if (!sample.ok && isFastDistillError(sample.error)) {
    failures[index]!.push({ provider, error: sample.error });
  }
}

/** Says of answers of a fallback whose they were to be. */
function credit(
  { found }: Course,
  { open, insteadOf }: { readonly open: readonly number[]; readonly insteadOf: ProviderState },
): void {
  for (const index of open) {
    const sample = found[index]!;
    if (sample.ok) found[index] = { ...sample, insteadOf };
  }
}

/** A sample on which every provider of the chain failed names them all; any other stays as it is. */
function ended(
  sample: ChatSample,
  { failures, on }: { readonly failures: readonly Failure[]; readonly on: ReadonlySet<string> },
): ChatSample {
  if (sample.ok || failures.length < 2 || failures.some(({ error }) => !on.has(error.code))) return sample;
  if (failures.every(({ error }) => OF_EVERY_ROW.has(error.code))) {
    return { ok: false, error: failures[0]!.error };
  }
  const said = failures.map(({ provider, error }) => `${provider} said ${error.code}: ${error.message}`);
  const message = `Asked ${failures.length} providers in turn, and each failed: ${said.join("; ")}`;
  const tried = failures.map(({ provider, error: { code } }) => ({ provider, code }));
  const { error } = failures.at(-1)!;
  return {
    ok: false,
    error: new FastDistillError("provider.chain_exhausted", message, { context: { tried }, cause: error }),
  };
}
