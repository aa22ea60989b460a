import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { type ErrorCode, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { ChatRequest, Provider, Usage } from "../provider/mod.ts";
import { canonicalJson } from "../record/mod.ts";
import { ANSWER_CASES } from "./_answer_cases.ts";
import { deepFreeze } from "./_deep_freeze.ts";
import { type AskedOptions, askProvider, callOf } from "./_provider_call.ts";

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
  /** What a chat provider is asked. @default {that of the suite} */
  readonly request?: (provider: Provider) => ChatRequest;
}

/** What {@linkcode testProvider} needs to know. */
export interface ProviderSuiteOptions extends AskedOptions {
  /** Opens a provider that answers what it is asked. */
  readonly make: () => ProviderUnderTest | Promise<ProviderUnderTest>;
  /** A function that opens a provider that never answers, or the reason why there is none. */
  readonly hanging: (() => HangingProvider | Promise<HangingProvider>) | string;
  /** Ways to fail, by a name that completes "fails ... when". */
  readonly failures: Readonly<Record<string, ProviderFailureCase>>;
  /** What may appear in no error and no identity. */
  readonly secrets?: readonly string[];
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every provider passes, for one of the things that it can do: `chat`, `embedding` or `rerank`.
 * It states who it is, counts in whole tokens, leaves the request as it was, stops when its signal aborts, fails with
 * `provider.*` errors, says in words what it finds when it looks at its endpoint, and never shows a secret. Besides:
 *
 * - of `chat`, it answers as many choices as asked for or fewer, and keeps raw finish reasons;
 * - of `embedding`, each text has a vector, all of one length, in the order of the texts;
 * - of `rerank`, each document has a score, in the order of the documents.
 *
 * A provider that can do several things has a suite for each.
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
  const { capability = "chat", hanging, failures } = options;
  const test = options.test ?? nodeTest;
  const title = capability === "chat" ? name : `${name}, ${capability}`;
  const add = (statement: string, run: () => Promise<void>) =>
    test(`testProvider(${title}) ${statement}`, run);
  add("states who it is, the same at each opening", () => identityCase(options));
  for (const [statement, run] of Object.entries(ANSWER_CASES[capability])) {
    add(statement, async () => {
      await using opened = await open(options.make);
      await run(opened.provider, options);
    });
  }
  add("counts tokens in whole numbers", () => usageCase(options));
  add("leaves the request as it was", () => requestCase(options));
  add("says in words what it finds at its endpoint, where it can look", () => lookCase(options));
  add("rejects with the signal's reason when it is aborted already", () => abortedCase(options));
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
    const { capability = "chat" } = options;
    assert.ok(capabilities.includes(capability), `A provider that is tested for it states ${capability}`);
    identities.push([adapter, model, capabilities.join()].join("\n"));
    assertNoSecret(options, [adapter, endpoint, model].join("\n"));
  }
  assert.equal(identities[0], identities[1], "An identity must not change between openings");
}

async function usageCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const { provider } = opened;
  const answer = await askProvider(provider, callOf(provider, options), options);
  const { usage, model } = answer;
  const counts = ["input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens"] as const;
  for (const name of counts) assertCount(usage, name);
  const { input_tokens, cached_input_tokens = 0 } = usage;
  assert.ok(cached_input_tokens <= input_tokens, "Cached tokens are a part of the input tokens");
  assert.ok(model.length > 0, "An answer names its model");
  canonicalJson(JSON.parse(JSON.stringify(answer)));
}

function assertCount(usage: Usage, name: keyof Usage): void {
  const count = usage[name];
  const isNeeded = name === "input_tokens" || name === "output_tokens";
  if (count === undefined && !isNeeded) return;
  assert.ok(Number.isSafeInteger(count) && Number(count) >= 0, `${name} must be a whole number: ${count}`);
}

async function requestCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const call = callOf(opened.provider, options);
  const before = JSON.stringify(call);
  await askProvider(opened.provider, deepFreeze(call), options);
  assert.equal(JSON.stringify(call), before);
}

async function lookCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const { check } = opened.provider;
  if (check === undefined) return;
  const found = await check.call(opened.provider, new AbortController().signal).catch((thrown) => {
    assertFailure(options, thrown);
    return undefined;
  });
  if (found === undefined) return;
  assert.ok(found.detail.trim().length > 0, "A look at an endpoint says what was found");
  assertNoSecret(options, found.detail);
}

async function abortedCase(options: ProviderSuiteOptions): Promise<void> {
  await using opened = await open(options.make);
  const { provider } = opened;
  const reason = new RangeError("stopped by the suite");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(
    () => askProvider(provider, callOf(provider, options), { ...options, signal }),
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
  const { provider } = opened;
  const { signal } = controller;
  const answer = askProvider(provider, callOf(provider, options), { ...options, signal });
  const rejected = assert.rejects(answer, (thrown) => thrown === reason);
  await Promise.race([called, rejected]);
  controller.abort(reason);
  await rejected;
}

async function failureCase(options: ProviderSuiteOptions, failure: ProviderFailureCase): Promise<void> {
  await using opened = await open(failure.make);
  const { provider } = opened;
  const call = callOf(
    provider,
    failure.request === undefined ? options : { ...options, request: failure.request },
  );
  const thrown = await askProvider(provider, call, options).then(() => undefined, (error) => error);
  assertFailure(options, thrown);
  assert.equal(thrown.code, failure.code);
  if (failure.retryable !== undefined) assert.equal(thrown.retryable, failure.retryable);
}

/** That a provider may fail so, whatever the reason. */
function assertFailure(options: ProviderSuiteOptions, thrown: unknown): asserts thrown is FastDistillError {
  assert.ok(isFastDistillError(thrown), `Expected a FastDistillError, got ${thrown}`);
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
