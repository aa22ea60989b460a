import { assert, assertEquals } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { ChatCall, EmbeddingCall, Provider, RerankCall } from "../provider/mod.ts";
import { type ProviderSuiteOptions, testProvider } from "./provider_suite.ts";

type Capability = NonNullable<ProviderSuiteOptions["capability"]>;

const USAGE = { input_tokens: 3, output_tokens: 0 };
const KEY = "a-secret-of-a-test";
const SOUND: Provider = {
  adapter: "double",
  endpoint: "local",
  model: "double-1",
  capabilities: ["chat", "embedding", "rerank"],
  batchMax: { inputs: 8, tokens: 1000 },
  chat: ({ sampleIndexes, signal }) => answer(signal, { choices: sampleIndexes.map(() => CHOICE) }),
  embed: ({ inputs, signal }) => answer(signal, { vectors: inputs.map(vectorOf) }),
  rerank: ({ documents, signal }) => answer(signal, { scores: documents.map((text) => text.length) }),
  check: () => Promise.resolve({ detail: "1 model" }),
};
const CHOICE = { content: "hello", finish_reason: { kind: "stop", raw: "stop" } } as const;

function vectorOf(text: string): number[] {
  return [text.length, text.charCodeAt(0)];
}

// deno-lint-ignore require-await -- what it throws is a rejection
async function answer<T extends object>(signal: AbortSignal, parts: T) {
  signal.throwIfAborted();
  return { ...parts, usage: USAGE, model: "double-1" };
}

const failing = (thrown: unknown) => () => Promise.reject(thrown);

/** All ways to be asked, with the same thing instead of an answer. */
function whatever(work: (call: ChatCall | EmbeddingCall | RerankCall) => Promise<never>): Partial<Provider> {
  return { chat: work, embed: work, rerank: work };
}

/** Never answers; gives up with the signal's reason, or with another error. */
function hanging(reasonOf: (signal: AbortSignal) => unknown = ({ reason }) => reason): Partial<Provider> {
  return whatever(({ signal }) =>
    new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(reasonOf(signal)));
    })
  );
}

/** Answers as it should, with something of the answer changed. */
function changing(change: (found: object, call: object) => object): Partial<Provider> {
  const changed = <Call, Found extends object>(ask: (call: Call) => Promise<Found>) => async (call: Call) =>
    change(await ask(call), call as object) as Found;
  return { chat: changed(SOUND.chat!), embed: changed(SOUND.embed!), rerank: changed(SOUND.rerank!) };
}

interface Tried {
  readonly capability: Capability;
  /** What is other than it should be. */
  readonly broken?: Partial<Provider> | (() => Partial<Provider>);
  readonly hangs?: Partial<Provider>;
  readonly fails?: Partial<Provider>;
}

const BUSY = new FastDistillError("provider.rate_limited", "The endpoint is busy");

/** The statements of the suite that do not hold for a provider, and all statements. */
async function tryOut(
  { capability, broken = {}, hangs = hanging(), fails = whatever(failing(BUSY)) }: Tried,
) {
  const cases = new Map<string, () => Promise<void>>();
  const make = () => ({ provider: { ...SOUND, ...(typeof broken === "function" ? broken() : broken) } });
  testProvider("x", {
    capability,
    make,
    hanging: () => ({ provider: { ...SOUND, ...hangs }, called: Promise.resolve() }),
    failures: {
      "it is busy": { make: () => ({ provider: { ...SOUND, ...fails } }), code: "provider.rate_limited" },
    },
    secrets: [KEY],
    test: (name, run) => cases.set(name.replace(/^testProvider\(.*?\) /, ""), run),
  });
  const failed: string[] = [];
  for (const [name, run] of cases) await run().catch(() => failed.push(name));
  return { failed, statements: [...cases.keys()] };
}

const IDENTITY = "states who it is, the same at each opening";
const TOKENS = "counts tokens in whole numbers";
const REQUEST = "leaves the request as it was";
const LOOK = "says in words what it finds at its endpoint, where it can look";
const ABORTED = "rejects with the signal's reason when it is aborted already";
const ABORTS = "rejects with the signal's reason when it aborts during a call";
const FAILURE = "fails with provider.rate_limited when it is busy";
const CHOICES = "answers at least one choice and never more than asked for";
const FINISH = "gives each finish reason normalised and raw";
const SINGLE = "answers one sample when one is wanted";
const VECTORS = "gives each text a vector of numbers, all of one length";
const VECTOR_ORDER = "gives vectors in the order of the texts, other ones for other texts";
const SCORES = "gives each document a number";
const SCORE_ORDER = "gives scores in the order of the documents, not the same to all";
const BATCH = "says what fits into one call";

/** Doubles that are broken on purpose: each by its name, and the statement that does not hold for it. */
const BROKEN: Readonly<
  Record<string, Omit<Tried, "capability"> & { readonly of?: Capability; readonly breaks: string }>
> = {
  providerWithoutModel: { broken: { model: "" }, breaks: IDENTITY },
  providerThatStatesNothing: { broken: { capabilities: [] }, breaks: IDENTITY },
  providerWithKeyInItsEndpoint: { broken: { endpoint: `http://x/?key=${KEY}` }, breaks: IDENTITY },
  providerThatChangesItsModel: {
    broken: (() => {
      let opened = 0;
      return () => ({ model: `m${opened++}` });
    })(),
    breaks: IDENTITY,
  },
  providerThatCountsFractions: {
    broken: changing((found) => ({ ...found, usage: { ...USAGE, input_tokens: 0.5 } })),
    breaks: TOKENS,
  },
  providerThatNamesNoModelInItsAnswer: {
    broken: changing((found) => ({ ...found, model: "" })),
    breaks: TOKENS,
  },
  providerThatWritesIntoItsRequest: {
    broken: changing((found, call) => {
      Object.assign((call as ChatCall).request, { seen: true });
      return found;
    }),
    breaks: REQUEST,
  },
  providerThatFindsNothingToSay: { broken: { check: () => Promise.resolve({ detail: " " }) }, breaks: LOOK },
  providerThatShowsItsKeyWhenItLooks: {
    broken: { check: failing(new FastDistillError("provider.auth", `Sent ${KEY}`)) },
    breaks: LOOK,
  },
  providerThatIgnoresItsSignal: {
    broken: {
      chat: (call) => SOUND.chat!({ ...call, signal: new AbortController().signal }),
      embed: (call) => SOUND.embed!({ ...call, signal: new AbortController().signal }),
      rerank: (call) => SOUND.rerank!({ ...call, signal: new AbortController().signal }),
    },
    breaks: ABORTED,
  },
  providerThatHidesWhyItWasStopped: { hangs: hanging(() => new Error("stopped")), breaks: ABORTS },
  providerThatThrowsErrorsOfItsOwn: { fails: whatever(failing(new Error("busy"))), breaks: FAILURE },
  providerThatMistakesOneFailureForAnother: {
    fails: whatever(failing(new FastDistillError("provider.auth", "The key is refused"))),
    breaks: FAILURE,
  },
  providerThatShowsItsKey: {
    fails: whatever(failing(new FastDistillError("provider.rate_limited", `Busy, said ${KEY}`))),
    breaks: FAILURE,
  },
  providerThatAnswersTooMuch: {
    of: "chat",
    broken: { chat: ({ signal }) => answer(signal, { choices: Array.from({ length: 4 }, () => CHOICE) }) },
    breaks: CHOICES,
  },
  providerThatAnswersNothing: {
    of: "chat",
    broken: { chat: ({ signal }) => answer(signal, { choices: [] }) },
    breaks: CHOICES,
  },
  providerWithAFinishReasonOfItsOwn: {
    of: "chat",
    broken: changing((found) => ({
      ...found,
      choices: [{ ...CHOICE, finish_reason: { kind: "done", raw: null } }],
    })),
    breaks: FINISH,
  },
  providerThatAlwaysAnswersTwice: {
    of: "chat",
    broken: { chat: ({ signal }) => answer(signal, { choices: [CHOICE, CHOICE] }) },
    breaks: SINGLE,
  },
  providerThatDropsAText: {
    of: "embedding",
    broken: { embed: ({ inputs, signal }) => answer(signal, { vectors: inputs.slice(1).map(vectorOf) }) },
    breaks: VECTORS,
  },
  providerOfRaggedVectors: {
    of: "embedding",
    broken: {
      embed: ({ inputs, signal }) =>
        answer(signal, { vectors: inputs.map((_, at) => Array(at + 1).fill(at)) }),
    },
    breaks: VECTORS,
  },
  providerOfVectorsWithoutNumbers: {
    of: "embedding",
    broken: { embed: ({ inputs, signal }) => answer(signal, { vectors: inputs.map(() => [NaN]) }) },
    breaks: VECTORS,
  },
  providerThatSortsItsVectors: {
    of: "embedding",
    broken: { embed: ({ inputs, signal }) => answer(signal, { vectors: inputs.toSorted().map(vectorOf) }) },
    breaks: VECTOR_ORDER,
  },
  providerOfOneVectorForAll: {
    of: "embedding",
    broken: { embed: ({ inputs, signal }) => answer(signal, { vectors: inputs.map(() => [1, 2]) }) },
    breaks: VECTOR_ORDER,
  },
  providerThatDropsADocument: {
    of: "rerank",
    broken: {
      rerank: ({ documents, signal }) => answer(signal, { scores: documents.slice(1).map(() => 1) }),
    },
    breaks: SCORES,
  },
  providerOfScoresWithoutNumbers: {
    of: "rerank",
    broken: { rerank: ({ documents, signal }) => answer(signal, { scores: documents.map(() => Infinity) }) },
    breaks: SCORES,
  },
  providerThatSortsItsScores: {
    of: "rerank",
    broken: {
      rerank: ({ documents, signal }) =>
        answer(signal, { scores: documents.map((text) => text.length).sort((a, b) => b - a) }),
    },
    breaks: SCORE_ORDER,
  },
  providerOfOneScoreForAll: {
    of: "rerank",
    broken: { rerank: ({ documents, signal }) => answer(signal, { scores: documents.map(() => 1) }) },
    breaks: SCORE_ORDER,
  },
  providerWithNoRoomInACall: { broken: { batchMax: { inputs: 0 } }, breaks: BATCH },
};

for (const capability of ["chat", "embedding", "rerank"] as const) {
  Deno.test(`testProvider() of ${capability} accepts a provider that keeps the contract`, async () => {
    assertEquals((await tryOut({ capability })).failed, []);
  });

  Deno.test(`testProvider() of ${capability} has for each statement a double that breaks it, and finds it`, async (t) => {
    const { statements } = await tryOut({ capability });
    const broken = new Set<string>();
    for (const [name, { of, breaks, ...tried }] of Object.entries(BROKEN)) {
      if ((of ?? capability) !== capability || !statements.includes(breaks)) continue;
      await t.step(name, async () => {
        const { failed } = await tryOut({ capability, ...tried });
        assert(failed.includes(breaks), `It breaks: ${failed.join("; ")}`);
      });
      broken.add(breaks);
    }
    assertEquals([...broken].sort(), [...statements].sort());
  });
}

Deno.test("testProvider() says of a provider without the function that it lacks it", async () => {
  const broken = { embed: undefined };
  const { failed } = await tryOut({ capability: "embedding", broken });
  assert(failed.includes(VECTORS) && failed.includes(TOKENS));
});
