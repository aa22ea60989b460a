import { assert, assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import { ComposedBudget } from "./composed_budget.ts";
import { type Endpoint, Gateway, type GatewayCall } from "./gateway.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";
import type { CallOutcome, Limiter } from "./limiter.ts";

/** A clock whose sleeps end at once and are noted; a limit on time never runs out, unless it is shorter than 10 ms. */
function instantClock(): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  let now = 0;
  return {
    sleeps,
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) => {
      if (ms >= 100_000) {
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      }
      if (ms >= 10) sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

const nothing = { usd: 0, tokens: 0, requests: 1 };

function setUp(change: Partial<Endpoint> = {}, clock = instantClock()) {
  const endpoint: Endpoint = {
    name: "teacher",
    limiter: new AdaptiveLimiter({ clock, concurrency: 2 }),
    timeoutMs: 100_000,
    attempts: 3,
    ...change,
  };
  const budget = new ComposedBudget({ run: { requests: 100 }, clock }).ledgerOf({
    provider: "teacher",
    step: "ask",
  });
  const gateway = new Gateway({ budget, clock, random: { next: () => 0.5, integer: () => 0 } });
  const call = (send: GatewayCall<string>["send"], priority = 0, signal = new AbortController().signal) =>
    gateway.call({ endpoint, priority, worst: nothing, signal, spending: () => nothing, send });
  return { call, clock, budget };
}

Deno.test("Gateway tries what is retryable again, with backoff and full jitter", async () => {
  const { call, clock, budget } = setUp();
  let tries = 0;
  const answer = await call(() => {
    if (++tries < 3) {
      return Promise.reject(new FastDistillError("provider.unavailable", "Asked, found status 500"));
    }
    return Promise.resolve("fine");
  });
  assertEquals([answer.answer, answer.attempts, clock.sleeps], ["fine", 3, [250, 500]]);
  assertEquals(budget.spent().requests, 3); // A failed attempt is a request, too.
});

Deno.test("Gateway heeds how long the endpoint asks to wait", async () => {
  const { call, clock } = setUp();
  let tries = 0;
  await call(() => {
    if (++tries > 1) return Promise.resolve("fine");
    const context = { retry_after_ms: 7_000 };
    return Promise.reject(
      new FastDistillError("provider.rate_limited", "Asked, found status 429", { context }),
    );
  });
  assertEquals(clock.sleeps, [7_000]);
});

Deno.test("Gateway tells the limiter how every attempt ended, and nothing of one that was given up", async () => {
  const outcomes: (CallOutcome | "given back")[] = [];
  const limiter: Limiter = {
    acquire: () =>
      Promise.resolve({
        waited_ms: 0,
        report: (outcome) => outcomes.push(outcome),
        [Symbol.dispose]: () => outcomes.push("given back"),
      }),
  };
  const { call } = setUp({ limiter, attempts: 6 });
  const context = { retry_after_ms: 40 };
  const errors = [
    new FastDistillError("provider.rate_limited", "Asked, found status 429", { context }),
    new FastDistillError("provider.overloaded", "Asked, found status 503"),
    new FastDistillError("provider.connection", "Asked, found no server"),
    new FastDistillError("provider.bad_response", "Asked, found nonsense"),
  ];
  await call(() => errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve("fine"));
  assertEquals(outcomes.filter((outcome) => outcome !== "given back"), [
    { kind: "rate_limited", retryAfterMs: 40 },
    { kind: "overloaded" },
    { kind: "unreachable" },
    { kind: "refused" },
    { kind: "ok", tokens: 0, quotas: undefined },
  ]);
  assertEquals(outcomes.filter((outcome) => outcome === "given back").length, 5);
  outcomes.length = 0;
  const abort = new AbortController();
  const sent = Promise.withResolvers<void>();
  const hanging = call(() => new Promise(() => sent.resolve()), 0, abort.signal);
  await sent.promise;
  abort.abort(new Error("stopped"));
  await assertRejects(() => hanging, Error, "stopped");
  assertEquals(outcomes, ["given back"]);
});

Deno.test("Gateway does not repeat what cannot succeed, and says how often it tried", async () => {
  const { call, clock } = setUp();
  const auth = new FastDistillError("provider.auth", "Asked, found status 401");
  assertEquals(await assertRejects(() => call(() => Promise.reject(auth)), FastDistillError), auth);
  assertEquals(clock.sleeps, []);
  const down = () => Promise.reject(new FastDistillError("provider.overloaded", "Asked, found status 503"));
  const error = await assertRejects(() => call(down), FastDistillError);
  assertEquals(error.message, "Asked, found status 503 (tried 3 times)");
});

Deno.test("Gateway gives an attempt up when its time is over, even if the provider does not listen", async () => {
  const { call } = setUp({ timeoutMs: 5, attempts: 1 });
  const error = await assertRejects(() => call(() => new Promise(() => {})), FastDistillError);
  assertEquals(error.code, "provider.timeout");
});

Deno.test("Gateway passes the reason of an abort on unchanged and frees its permit", async () => {
  const { call } = setUp({ limiter: new AdaptiveLimiter({ clock: instantClock(), concurrency: 1 }) });
  const abort = new AbortController();
  const reason = new Error("interrupted");
  const hanging = call(() => new Promise(() => {}), 0, abort.signal);
  abort.abort(reason);
  assertEquals(await assertRejects(() => hanging), reason);
  assertEquals((await call(() => Promise.resolve("next"))).answer, "next");
});

Deno.test("AdaptiveLimiter lets the highest priority go first, and equal ones in order", async () => {
  const { call } = setUp({ limiter: new AdaptiveLimiter({ clock: instantClock(), concurrency: 1 }) });
  const order: string[] = [];
  const held = Promise.withResolvers<string>();
  const first = call(() => held.promise);
  const rest = [["low a", 0], ["high", 5], ["low b", 0]] as const;
  const calls = rest.map(([name, priority]) =>
    call(() => Promise.resolve(name).finally(() => order.push(name)), priority)
  );
  held.resolve("done");
  await Promise.all([first, ...calls]);
  assertEquals(order, ["high", "low a", "low b"]);
  assert(order.length === 3);
});

/** A clock that stands still, and knows who sleeps. */
function sleepingClock(): Clock & { readonly sleeping: Set<number> } {
  const sleeping = new Set<number>();
  return {
    sleeping,
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((_, reject) => {
        sleeping.add(ms);
        signal?.addEventListener("abort", () => {
          sleeping.delete(ms);
          reject(signal.reason);
        }, { once: true });
      }),
  };
}

Deno.test("Gateway pauses an endpoint before the permit of the refused call is free", async () => {
  const clock = sleepingClock();
  const retried = Promise.withResolvers<void>();
  const gateway = new Gateway({
    budget: new ComposedBudget({ run: {}, clock }).ledgerOf({ provider: "teacher", step: "ask" }),
    clock,
    random: { next: () => 0.5, integer: () => 0 },
    onRetry: () => retried.resolve(),
  });
  const endpoint = {
    name: "teacher",
    limiter: new AdaptiveLimiter({ concurrency: 1, clock }),
    timeoutMs: 9_000,
    attempts: 3,
  };
  const abort = new AbortController();
  const sent: string[] = [];
  const call = (name: string) =>
    gateway.call({
      endpoint,
      priority: 0,
      worst: nothing,
      signal: abort.signal,
      spending: () => nothing,
      send: () => {
        sent.push(name);
        const context = { retry_after_ms: 7_000 };
        return Promise.reject(new FastDistillError("provider.rate_limited", "Asked, got 429", { context }));
      },
    });
  const calls = Promise.allSettled([call("first"), call("second")]);
  await retried.promise;
  await Promise.resolve();
  assertEquals([sent, [...clock.sleeping]], [["first"], [7_000]]);
  abort.abort(new Error("interrupted"));
  assertEquals((await calls).map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals([sent, clock.sleeping.size], [["first"], 0]);
});

Deno.test("AdaptiveLimiter keeps no timer for a pause that nobody waits for any more", async () => {
  const clock = sleepingClock();
  const limiter = new AdaptiveLimiter({ concurrency: 1, clock });
  const { signal } = new AbortController();
  {
    using refused = await limiter.acquire({ priority: 0, signal });
    refused.report({ kind: "rate_limited", retryAfterMs: 50_000 });
  }
  const abort = new AbortController();
  const waiting = [0, 1].map((priority) => limiter.acquire({ priority, signal: abort.signal }));
  assertEquals(clock.sleeping.size, 1);
  abort.abort(new Error("interrupted"));
  await Promise.allSettled(waiting);
  assertEquals(clock.sleeping.size, 0);
  limiter.acquire({ priority: 0, signal }).catch(() => {});
  assertEquals(clock.sleeping.size, 1);
});
