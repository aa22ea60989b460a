import assert from "node:assert/strict";
import type {
  ChatCompletion,
  EmbeddingAnswer,
  FinishReasonKind,
  Provider,
  RerankAnswer,
} from "../provider/mod.ts";
import { type AskedOptions, askProvider, callOf, type TestedCapability } from "./_provider_call.ts";

/** Tries something on an open provider. */
type AnswerCase = (provider: Provider, options: AskedOptions) => Promise<void>;

/** What each capability has to keep besides what all of them do, by a statement that completes the name of a test. */
export const ANSWER_CASES: Readonly<Record<TestedCapability, Readonly<Record<string, AnswerCase>>>> = {
  chat: {
    "answers at least one choice and never more than asked for": choicesCase,
    "gives each finish reason normalised and raw": finishReasonCase,
    "answers one sample when one is wanted": singleCase,
  },
  embedding: {
    "gives each text a vector of numbers, all of one length": vectorsCase,
    "gives vectors in the order of the texts, other ones for other texts": vectorOrderCase,
    "says what fits into one call": batchCase,
  },
  rerank: {
    "gives each document a number": scoresCase,
    "gives scores in the order of the documents, not the same to all": scoreOrderCase,
    "says what fits into one call": batchCase,
  },
};

const FINISH_KINDS: ReadonlySet<FinishReasonKind> = new Set([
  "stop",
  "length",
  "tool_calls",
  "content_filter",
  "error",
  "other",
]);
/** By how much of the largest number answers to the same may differ: endpoints add up in another order. */
const TOLERANCE = 0.01;

async function choicesCase(provider: Provider, options: AskedOptions): Promise<void> {
  const call = callOf(provider, options);
  const { choices } = await askProvider(provider, call, options) as ChatCompletion;
  const asked = call.sampleIndexes!.length;
  assert.ok(choices.length >= 1, "An answer has at least one choice");
  assert.ok(choices.length <= asked, `Asked for ${asked} choices, got ${choices.length}`);
  for (const choice of choices) assert.equal(typeof choice.content, "string");
}

async function finishReasonCase(provider: Provider, options: AskedOptions): Promise<void> {
  const { choices } = await askProvider(provider, callOf(provider, options), options) as ChatCompletion;
  for (const { finish_reason: { kind, raw } } of choices) {
    assert.ok(FINISH_KINDS.has(kind), `Unknown kind of finish reason: ${kind}`);
    assert.ok(raw === null || typeof raw === "string", "A raw finish reason is text or null");
  }
}

async function singleCase(provider: Provider, options: AskedOptions): Promise<void> {
  const { choices } = await askProvider(provider, callOf(provider, options, 1), options) as ChatCompletion;
  assert.equal(choices.length, 1);
}

async function vectorsCase(provider: Provider, options: AskedOptions): Promise<void> {
  for (const size of [Infinity, 1]) {
    const call = callOf(provider, options, size);
    const { vectors } = await askProvider(provider, call, options) as EmbeddingAnswer;
    assert.equal(vectors.length, call.inputs!.length, "Each text has a vector");
    const lengths = new Set(vectors.map((vector) => vector.length));
    assert.ok(lengths.size === 1 && !lengths.has(0), `Vectors have one length: ${[...lengths].join(", ")}`);
    assert.ok(vectors.flat().every(Number.isFinite), "A vector holds finite numbers");
  }
}

async function vectorOrderCase(provider: Provider, options: AskedOptions): Promise<void> {
  const call = callOf(provider, options);
  const { vectors } = await askProvider(provider, call, options) as EmbeddingAnswer;
  const turned = { ...call, inputs: call.inputs!.toReversed() };
  const { vectors: others } = await askProvider(provider, turned, options) as EmbeddingAnswer;
  assertTurned(vectors, others);
}

async function scoresCase(provider: Provider, options: AskedOptions): Promise<void> {
  for (const size of [Infinity, 1]) {
    const call = callOf(provider, options, size);
    const { scores } = await askProvider(provider, call, options) as RerankAnswer;
    assert.equal(scores.length, call.documents!.length, "Each document has a score");
    assert.ok(scores.every(Number.isFinite), "A score is a finite number");
  }
}

async function scoreOrderCase(provider: Provider, options: AskedOptions): Promise<void> {
  const call = callOf(provider, options);
  const { scores } = await askProvider(provider, call, options) as RerankAnswer;
  const turned = { ...call, documents: call.documents!.toReversed() };
  const { scores: others } = await askProvider(provider, turned, options) as RerankAnswer;
  assertTurned(scores.map((score) => [score]), others.map((score) => [score]));
}

/** The second are to be the first, the other way round. */
function assertTurned(first: readonly (readonly number[])[], second: readonly (readonly number[])[]): void {
  const isNear = (a: readonly number[], b: readonly number[]) => {
    const unit = Math.max(...a.map(Math.abs), ...b.map(Math.abs));
    return a.every((value, at) => Math.abs(value - (b[at] ?? NaN)) <= TOLERANCE * unit);
  };
  assert.ok(
    !isNear(first[0]!, first.at(-1)!),
    "Different texts got the same: nothing can be told of their order",
  );
  const turned = second.toReversed();
  const at = first.findIndex((one, index) => !isNear(one, turned[index] ?? []));
  assert.equal(at, -1, `What belongs to text ${at} is another when the texts come the other way round`);
}

// deno-lint-ignore require-await -- a case is one
async function batchCase({ batchMax }: Provider): Promise<void> {
  if (batchMax === undefined) return;
  for (const count of [batchMax.inputs, batchMax.tokens ?? 1]) {
    assert.ok(
      Number.isSafeInteger(count) && count >= 1,
      `A call holds a whole number of texts, found ${count}`,
    );
  }
}
