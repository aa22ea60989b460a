import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import { type FakeClock, fakeClock } from "../testing/mod.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";
import { CallCap } from "./call_cap.ts";
import { ComposedBudget } from "./composed_budget.ts";
import { type Endpoint, Gateway, type GatewayCall } from "./gateway.ts";
import { type HedgeLimits, Hedging } from "./hedging.ts";

const cost = (tokens: number) => ({ usd: tokens / 1_000, tokens, requests: 1 });
const WORST = cost(100);

interface SetUp {
  readonly hedge?: HedgeLimits;
  readonly concurrency?: number;
  readonly tokens?: number;
  readonly attempts?: number;
}

function setUp({ hedge, concurrency = 4, tokens, attempts = 1 }: SetUp) {
  const clock = fakeClock();
  const budget = new ComposedBudget({ run: { tokens }, clock });
  const cap = new CallCap(concurrency);
  const limiter = new AdaptiveLimiter({ clock, concurrency, adaptive: false, cap });
  const hedging = hedge && new Hedging(hedge);
  const endpoint: Endpoint = { name: "teacher", limiter, timeoutMs: 60_000, attempts, hedging };
  const won: string[] = [];
  const gateway = new Gateway({
    budget: budget.ledgerOf({ provider: "teacher", step: "ask" }),
    clock,
    random: seededRandom("hedging"),
    onHedge: (hedge) => won.push(hedge.won),
  });
  const { signal } = new AbortController();
  const call = (send: GatewayCall<number>["send"], options: Partial<GatewayCall<number>> = {}) =>
    gateway.call({
      endpoint,
      priority: 0,
      worst: WORST,
      signal,
      isIdempotent: true,
      spending: cost,
      send,
      ...options,
    });
  return { clock, budget, limiter, cap, hedging, won, call };
}

/** Answers 10 tokens after a while; a copy that is given up ends at once. */
function after(clock: FakeClock, latencies: readonly number[]): GatewayCall<number>["send"] {
  let copies = 0;
  return async (signal) => {
    await clock.sleep(latencies[copies++] ?? 1, signal);
    return 10;
  };
}

function assertNothingHeld({ clock, budget, limiter, cap }: ReturnType<typeof setUp>): void {
  assertEquals([limiter.state().inFlight, limiter.state().waiting, cap.inFlight], [0, 0, 0]);
  assertEquals(clock.sleeping(), 0);
  for (const held of budget.reserved()) assertEquals(held, { usd: 0, tokens: 0, requests: 0 });
}

const HEDGE: HedgeLimits = { after: { ms: 100 }, maxShare: 1 };

Deno.test("Gateway sends a straggler twice, takes the first answer, and counts the other copy at its worst", async () => {
  const world = setUp({ hedge: HEDGE });
  const answer = world.call(after(world.clock, [5_000, 50]));
  await world.clock.advance(150);
  assertEquals((await answer).hedged, true);
  assertEquals(world.won, ["second"]);
  assertEquals(world.budget.spent().tokens, 110);
  assertNothingHeld(world);
});

Deno.test("Gateway hedges nothing that is fast, that must not be done twice, or that nobody asked to hedge", async () => {
  const fast = setUp({ hedge: HEDGE });
  const once = setUp({ hedge: HEDGE });
  const off = setUp({});
  const answers = [
    fast.call(after(fast.clock, [99, 1])),
    once.call(after(once.clock, [500, 1]), { isIdempotent: false }),
    off.call(after(off.clock, [500, 1])),
  ];
  for (const world of [fast, once, off]) {
    await world.clock.advance(1_000);
    assertEquals([world.won, world.budget.spent().requests], [[], 1]);
    assertNothingHeld(world);
  }
  await Promise.all(answers);
});

Deno.test("Gateway hedges only with a free place and room in the budget, and waits for neither", async () => {
  for (const world of [setUp({ hedge: HEDGE, concurrency: 1 }), setUp({ hedge: HEDGE, tokens: 150 })]) {
    const answer = world.call(after(world.clock, [500, 1]));
    await world.clock.advance(600);
    assertEquals([(await answer).hedged, world.budget.spent().tokens], [false, 10]);
    assertNothingHeld(world);
  }
});

Deno.test("Hedging keeps to its share of calls and its dollars, and learns the quantile first", () => {
  const share = new Hedging({ after: { quantile: 0.95 }, maxShare: 0.1, maxUsd: 0.15 });
  assertEquals([share.afterMs(), share.allows(WORST)], [undefined, false]);
  for (let call = 1; call <= 100; call++) {
    share.send();
    share.observe(call);
  }
  assertEquals(share.afterMs(), 96);
  assertEquals(share.allows(WORST), true);
  share.hedge(WORST);
  assertEquals(share.allows(WORST), false); // 0.1 of 0.15 dollars are gone.
});

Deno.test("Gateway lets the copy answer that is left when the other fails, and fails when both do", async () => {
  const world = setUp({ hedge: HEDGE });
  const failing = (until: number) => {
    let copies = 0;
    return async (signal: AbortSignal) => {
      const copy = ++copies;
      await world.clock.sleep(copy === 1 ? 500 : 100, signal);
      if (copy >= until) throw new FastDistillError("provider.bad_request", `Asked, got a refusal ${copy}`);
      return 10;
    };
  };
  const saved = world.call(failing(2));
  const lost = world.call(failing(1));
  const rejected = assertRejects(() => lost, FastDistillError, "refusal 1");
  await world.clock.advance(1_000);
  assertEquals((await saved).answer, 10);
  await rejected;
  assertEquals(world.won.sort(), ["first", "none"]);
  assertNothingHeld(world);
});

Deno.test("Gateway leaves no lease, no reservation and no timer behind, whenever a call is aborted", async () => {
  for (let at = 0; at <= 700; at += 25) {
    const world = setUp({ hedge: HEDGE, concurrency: 2, tokens: 250, attempts: 3 });
    const abort = new AbortController();
    const calls = Array.from({ length: 5 }, () =>
      world.call(async (signal) => {
        await world.clock.sleep(230, signal);
        throw new FastDistillError("provider.unavailable", "Asked, got status 500");
      }, { signal: abort.signal }));
    const ends = Promise.allSettled(calls);
    await world.clock.advance(at);
    abort.abort(new Error("interrupted"));
    await world.clock.advance(0);
    await ends;
    assertNothingHeld(world);
  }
});

Deno.test("Gateway is never overspent with hedges, retries, failures and concurrency, and leaks nothing", async () => {
  const plan = fc.record({
    tokens: fc.integer({ min: 100, max: 4_000 }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    maxShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
    calls: fc.array(
      fc.record({
        ms: fc.integer({ min: 1, max: 900 }),
        used: fc.integer({ min: 0, max: 100 }),
        fails: fc.boolean(),
      }),
      { minLength: 1, maxLength: 30 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ tokens, concurrency, maxShare, calls }) => {
      const world = setUp({ hedge: { after: { ms: 100 }, maxShare }, concurrency, tokens, attempts: 2 });
      let [paid, sent] = [0, 0];
      const ends = Promise.allSettled(calls.map(({ ms, used, fails }) => {
        let copies = 0;
        return world.call(async () => {
          sent++;
          // The endpoint goes on with a call that was given up, and it is paid for.
          await world.clock.sleep(++copies === 1 ? ms : 10);
          if (fails && copies === 1) throw new FastDistillError("provider.overloaded", "Asked, got 503");
          paid += used;
          return used;
        });
      }));
      await world.clock.advance(100_000);
      await ends;
      assert(paid <= world.budget.spent().tokens, "what was paid for is counted");
      assert(world.budget.spent().tokens <= tokens, "no overspend");
      assert(world.hedging!.hedges <= maxShare * sent);
      assertNothingHeld(world);
    }),
    { numRuns: 150, seed: 7 },
  );
});

Deno.test("Gateway does not let a call wait for the place that the call around it holds", async () => {
  const world = setUp({ concurrency: 1, tokens: 1_000 });
  const inner = () => world.call(after(world.clock, [10]));
  const outer = world.call(async () => (await inner()).answer + 1);
  await world.clock.advance(100);
  assertEquals((await outer).answer, 11);
  assertNothingHeld(world);
});
