import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { type ErrorCode, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { ChatCompletion, ChatRequest, FinishReasonKind, Provider, Usage } from "../provider/mod.ts";
import { canonicalJson } from "../record/mod.ts";
import { deepFreeze } from "./_deep_freeze.ts";

/** A provider that was opened for one case, with what it needs to be cleared away afterwards. */
export interface ProviderUnderTest {
  /** Closed by the suite. */
  readonly provider: Provider;
  /** Called after the case, after the provider's own `close`. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** A provider whose endpoint never answers. */
export interface HangingProvider extends ProviderUnderTest {
  /** Settles when the endpoint has the call. */
  readonly called: Promise<void>;
}

/** One way in which an endpoint fails. */
export interface ProviderFailureCase {
  /** Opens a provider that fails so. */
  readonly make: () => ProviderUnderTest | Promise<ProviderUnderTest>;
  /** What the error has to say. */
  readonly code: ErrorCode;
  /** Whether it has to count as something to try again; not checked when absent. */
  readonly retryable?: boolean;
  /** What is asked. @default {that of the suite} */
  readonly request?: (provider: Provider) => ChatRequest;
}

/** What {@linkcode testProvider} needs to know. */
export interface ProviderSuiteOptions {
  /** Opens a provider that answers `request`. */
  readonly make: () => ProviderUnderTest | Promise<ProviderUnderTest>;
  /** A function that opens a provider that never answers, or the reason why there is none. */
  readonly hanging: (() => HangingProvider | Promise<HangingProvider>) | string;
  /** Ways to fail, by a name that completes "fails ... when". */
  readonly failures: Readonly<Record<string, ProviderFailureCase>>;
  /** What is asked. @default {one user message} */
  readonly request?: (provider: Provider) => ChatRequest;
  /** Which samples are asked for. @default {[0, 1, 2]} */
  readonly sampleIndexes?: readonly number[];
  /** What may appear in no error and no identity. */
  readonly secrets?: readonly string[];
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

const FINISH_KINDS: ReadonlySet<FinishReasonKind> = new Set([
  "stop",
  "length",
  "tool_calls",
  "content_filter",
  "error",
  "other",
]);

/**
 * Registers the tests that every chat provider passes: it answers as many choices as asked for or fewer, counts in
 * whole tokens, keeps raw finish reasons, stops when its signal aborts, fails with `provider.*` errors, and never
 * shows a secret.
 *
 * @example
 * ```ts
 * import type { Provider } from "@fastdistill/core";
 * import { testProvider } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const echo: Provider = {
 *   adapter: "echo",
 *   endpoint: "local",
 *   model: "echo-1",
 *   capabilities: ["chat"],
 *   chat: ({ signal }) => {
 *     signal.throwIfAborted();
 *     const choice = { content: "hi", finish_reason: { kind: "stop" as const, raw: "stop" } };
 *     return Promise.resolve({ choices: [choice], usage: { input_tokens: 1, output_tokens: 1 }, model: "echo-1" });
 *   },
 * };
 * const names: string[] = [];
 * testProvider("echo", {
 *   make: () => ({ provider: echo }),
 *   hanging: "it answers at once",
 *   failures: {},
 *   test: (name) => names.push(name),
 * });
 * assertEquals(names[0], "testProvider(echo) states who it is, the same at each opening");
 * ```
 */
export function testProvider(name: string, options: ProviderSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, run: () => Promise<void>) =>
    test(`testProvider(${name}) ${statement}`, run);
  add("states who it is, the same at each opening", () => identityCase(options));
  add("answers at least one choice and never more than asked for", () => choicesCase(options));
  add("counts tokens in whole numbers", () => usageCase(options));
  add("gives each finish reason normalised and raw", () => finishReasonCase(options));
  add("answers one sample when one is wanted", () => singleCase(options));
  add("leaves the request as it was", () => requestCase(options));
  add("rejects with the signal's reason when it is aborted already", () => abortedCase(options));
  const { hanging, failures } = options;
  if (typeof hanging !== "string") {
    add("rejects with the signal's reason when it aborts during a call", () => hangingCase(options, hanging));
  }
  for (const [when, failure] of Object.entries(failures)) {
    add(`fails with ${failure.code} when ${when}`, () => failureCase(options, failure));
  }
}

async function identityCase(options: ProviderSuiteOptions): Promise<void> {
  const identities: string[] = [];
  for (let opening = 0; opening < 2; opening++) {
    await using opened = await open(options.make);
    const { adapter, endpoint, model, capabilities } = opened.provider;
    for (const part of [adapter, endpoint, model]) {
      assert.ok(part.length > 0, "An identity must not be empty");
    }
    assert.ok(capabilities.includes("chat"), "A chat provider states the capability chat");
    identities.push([adapter, model, capabilities.join()].join("\n"));
    assertNoSecret(options, [adapter, endpoint, model].join("\n"));
  }
  assert.equal(identities[0], identities[1], "An identity must not change between openings");
}

async function choicesCase(options: ProviderSuiteOptions): Promise<void> {
  await withAnswer(options, ({ choices }, asked) => {
    assert.ok(choices.length >= 1, "An answer has at least one choice");
    assert.ok(choices.length <= asked, `Asked for ${asked} choices, got ${choices.length}`);
    for (const choice of choices) assert.equal(typeof choice.content, "string");
  });
}

async function usageCase(options: ProviderSuiteOptions): Promise<void> {
  await withAnswer(options, ({ usage, model, choices }) => {
    const counts = ["input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens"] as const;
    for (const name of counts) assertCount(usage, name);
    const { input_tokens, cached_input_tokens = 0 } = usage;
    assert.ok(cached_input_tokens <= input_tokens, "Cached tokens are a part of the input tokens");
    assert.ok(model.length > 0, "An answer names its model");
    canonicalJson(JSON.parse(JSON.stringify({ choices, usage, model })));
  });
}

function assertCount(usage: Usage, name: keyof Usage): void {
  const count = usage[name];
  const isNeeded = name === "input_tokens" || name === "output_tokens";
  if (count === undefined && !isNeeded) return;
  assert.ok(Number.isSafeInteger(count) && Number(count) >= 0, `${name} must be a whole number: ${count}`);
}

async function finishReasonCase(options: ProviderSuiteOptions): Promise<void> {
  await withAnswer(options, ({ choices }) => {
    for (const { finish_reason: { kind, raw } } of choices) {
      assert.ok(FINISH_KINDS.has(kind), `Unknown kind of finish reason: ${kind}`);
      assert.ok(raw === null || typeof raw === "string", "A raw finish reason is text or null");
    }
  });
}

async function singleCase(options: ProviderSuiteOptions): Promise<void> {
  const sampleIndexes = (options.sampleIndexes ?? [0, 1, 2]).slice(0, 1);
  await withAnswer({ ...options, sampleIndexes }, ({ choices }) => assert.equal(choices.length, 1));
}

async function requestCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const request = requestOf(options, opened.provider);
  const before = canonicalJson(request);
  await chat(opened.provider, { request: deepFreeze(request), options });
  assert.equal(canonicalJson(request), before);
}

async function abortedCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const reason = new RangeError("stopped by the suite");
  const signal = AbortSignal.abort(reason);
  const request = requestOf(options, opened.provider);
  await assert.rejects(
    () => chat(opened.provider, { request, options, signal }),
    (thrown) => thrown === reason,
  );
}

async function hangingCase(
  options: ProviderSuiteOptions,
  make: () => HangingProvider | Promise<HangingProvider>,
): Promise<void> {
  let called: Promise<void> | undefined;
  await using opened = await open(async () => {
    const hanging = await make();
    called = hanging.called;
    return hanging;
  });
  const controller = new AbortController();
  const reason = new FastDistillError("provider.timeout", "Waited long enough");
  const request = requestOf(options, opened.provider);
  const answer = chat(opened.provider, { request, options, signal: controller.signal });
  const rejected = assert.rejects(answer, (thrown) => thrown === reason);
  await Promise.race([called, rejected]);
  controller.abort(reason);
  await rejected;
}

async function failureCase(options: ProviderSuiteOptions, failure: ProviderFailureCase): Promise<void> {
  await using opened = await open(failure.make);
  const request = (failure.request ?? ((provider) => requestOf(options, provider)))(opened.provider);
  const thrown = await chat(opened.provider, { request, options }).then(() => undefined, (error) => error);
  assert.ok(isFastDistillError(thrown), `Expected a FastDistillError, got ${thrown}`);
  assert.equal(thrown.code, failure.code);
  if (failure.retryable !== undefined) assert.equal(thrown.retryable, failure.retryable);
  assert.match(thrown.code, /^(?:provider|plugin)\./);
  assert.ok(thrown.message.length > 0 && !/(?<!\.)\.$/.test(thrown.message), "A message has no final period");
  assertNoSecret(options, textOf(thrown));
}

/** Everything of an error that anyone may print. */
function textOf(thrown: unknown): string {
  const parts: string[] = [];
  let error = thrown;
  for (let depth = 0; depth < 8 && error instanceof Error; depth++, error = error.cause) {
    parts.push(error.message, String(error.stack), JSON.stringify(error));
    if (isFastDistillError(error)) parts.push(error.hint ?? "", JSON.stringify(error.context));
  }
  return parts.join("\n");
}

function assertNoSecret({ secrets = [] }: ProviderSuiteOptions, text: string): void {
  // The secret itself must not end up in the test's own message.
  for (const [index, secret] of secrets.entries()) {
    assert.ok(!text.includes(secret), `Secret ${index} shows in: ${text.replaceAll(secret, "(the secret)")}`);
  }
}

async function withAnswer(
  options: ProviderSuiteOptions,
  check: (completion: ChatCompletion, asked: number) => void,
): Promise<void> {
  await using opened = await open(options.make);
  const { provider } = opened;
  const answer = await chat(provider, { request: requestOf(options, provider), options });
  check(answer, (options.sampleIndexes ?? [0, 1, 2]).length);
}

interface SuiteCall {
  readonly request: ChatRequest;
  readonly options: ProviderSuiteOptions;
  readonly signal?: AbortSignal;
}

async function chat(provider: Provider, { request, options, signal }: SuiteCall): Promise<ChatCompletion> {
  assert.ok(provider.chat !== undefined, "A chat provider has chat()");
  const { sampleIndexes = [0, 1, 2] } = options;
  return await provider.chat({ request, sampleIndexes, signal: signal ?? new AbortController().signal });
}

function requestOf({ request }: ProviderSuiteOptions, provider: Provider): ChatRequest {
  if (request !== undefined) return request(provider);
  return { model: provider.model, messages: [{ role: "user", content: "Say hello" }], decode: {} };
}

async function open(
  make: () => ProviderUnderTest | Promise<ProviderUnderTest>,
): Promise<{ readonly provider: Provider } & AsyncDisposable> {
  const { provider, dispose } = await make();
  return {
    provider,
    [Symbol.asyncDispose]: async () => {
      await provider.close?.();
      await dispose?.();
    },
  };
}
