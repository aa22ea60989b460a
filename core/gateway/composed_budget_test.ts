import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { type Clock, seededRandom } from "../runtime/mod.ts";
import { fakeClock } from "../testing/mod.ts";
import type { BudgetLedger, Spending } from "./budget_ledger.ts";
import { ComposedBudget, type ComposedBudgetOptions, isBudgetYield } from "./composed_budget.ts";
import { Gateway } from "./gateway.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";

const { signal } = new AbortController();
const tokens = (count: number): Spending => ({ usd: 0, tokens: count, requests: 1 });
const budgetOf = (options: Partial<ComposedBudgetOptions>) =>
  new ComposedBudget({ run: {}, clock: fakeClock(), ...options });

Deno.test("ComposedBudget reserves in every ledger that applies, or in none", async () => {
  const budget = budgetOf({
    run: { tokens: 100 },
    providers: { a: { tokens: 60 } },
    steps: { ask: { requests: 2 } },
  });
  const ask = budget.ledgerOf({ provider: "a", step: "ask" });
  const first = await ask.reserve(tokens(50), signal);
  const second = ask.reserve(tokens(50), signal); // Waits for the provider; the run has room.
  const other = await budget.ledgerOf({ provider: "b", step: "judge" }).reserve(tokens(50), signal);
  first.settle(tokens(10));
  first[Symbol.dispose]();
  other.settle(tokens(30));
  other[Symbol.dispose]();
  const granted = await second;
  granted.settle(tokens(20));
  granted[Symbol.dispose]();
  assertEquals(budget.uses().map(({ name, of, spent }) => [name, of, spent]), [
    [null, "tokens", 60],
    ["a", "tokens", 30],
    ["ask", "requests", 2],
  ]);
  const error = await assertRejects(() => ask.reserve(tokens(1), signal), FastDistillError);
  assertEquals([error.code, error.message], [
    "budget.exhausted",
    'The budget of 2 requests for step "ask" is used up: 2 requests spent, and the next call may need 1 requests',
  ]);
});

Deno.test("ComposedBudget starts a new row only if those under way can be finished", async () => {
  const clock = fakeClock();
  const flow = new Map([
    ["draft", { provider: "a", isFirst: true, ahead: new Map([["judge", 1]]) }],
    ["judge", { provider: "a", isFirst: false, ahead: new Map() }],
  ]);
  const budget = budgetOf({ run: { tokens: 50 }, flow, clock });
  const [one, two] = [budget.openRow(), budget.openRow()];
  const call = (step: string, row = one) => budget.ledgerOf({ provider: "a", step, row });
  const order: string[] = [];
  const spend = async (step: string, row = one) => {
    using granted = await call(step, row).reserve(tokens(20), signal);
    order.push(`${step} ${row === one ? 1 : 2}`);
    granted.settle(tokens(15));
  };
  await spend("draft");
  const second = spend("draft", two);
  await clock.advance(500); // The first row is between its calls, and what it needs is kept back.
  assertEquals(order, ["draft 1"]);
  await spend("judge");
  one[Symbol.dispose]();
  await second;
  assertEquals(order, ["draft 1", "judge 1", "draft 2"]);
  await assertRejects(() => spend("judge", two), FastDistillError, "used up");
  two[Symbol.dispose]();
});

Deno.test("ComposedBudget does not wait for ever for a row that waits for it", async () => {
  const clock = fakeClock();
  const flow = new Map([
    ["draft", { provider: "a", isFirst: true, ahead: new Map([["judge", 1]]) }],
    ["judge", { provider: "a", isFirst: false, ahead: new Map() }],
  ]);
  const budget = budgetOf({ run: { tokens: 50 }, flow, clock });
  using one = budget.openRow();
  using two = budget.openRow();
  (await budget.ledgerOf({ provider: "a", step: "draft", row: one }).reserve(tokens(20), signal))
    [Symbol.dispose]();
  const second = budget.ledgerOf({ provider: "a", step: "draft", row: two }).reserve(tokens(20), signal);
  await clock.advance(999);
  assertEquals(budget.reserved()[0]!.tokens, 0);
  await clock.advance(1);
  (await second)[Symbol.dispose]();
});

Deno.test("ComposedBudget gives way from a share on, and for good once nothing fits", async () => {
  const budget = budgetOf({ run: { tokens: 100 } });
  const main = budget.ledgerOf({ provider: "a", step: "ask", yieldsFrom: 0.5 });
  const cheap = budget.ledgerOf({ provider: "b", step: "ask" });
  {
    using held = await main.reserve(tokens(60), signal);
    held.settle(tokens(50));
  }
  const thrown = await main.reserve(tokens(1), signal).catch((error) => error);
  assert(isBudgetYield(thrown));
  using held = await cheap.reserve(tokens(50), signal);
  held.settle(tokens(1));
});

Deno.test("ComposedBudget keeps a share for a step until it is finished, then lets the others have what is left", async () => {
  const budget = budgetOf({ run: { tokens: 100 }, shares: new Map([["judge", 0.4]]) });
  const draft = budget.ledgerOf({ provider: "a", step: "draft", givesWay: true });
  const spend = async (ledger: BudgetLedger, count: number) => {
    using held = await ledger.reserve(tokens(count), signal);
    held.settle(tokens(count));
  };
  await spend(draft, 50);
  const early = await draft.reserve(tokens(10), signal);
  const late = draft.reserve(tokens(10), signal); // May fit, once it is known what the one in flight takes.
  const judge = budget.ledgerOf({ provider: "a", step: "judge" });
  await spend(judge, 20);
  early.settle(tokens(5));
  early[Symbol.dispose]();
  assert(isBudgetYield(await late.catch((error) => error)));
  assert(
    isBudgetYield(await spend(draft, 1).catch((error) => error)),
    "a later row fits where an earlier did not",
  );
  budget.finishStep("judge");
  await spend(draft, 25);
  await assertRejects(() => spend(draft, 1), FastDistillError, "used up");
});

Deno.test("ComposedBudget ends the run where a call that cannot give way needs what is kept", async () => {
  const budget = budgetOf({ run: { requests: 4 }, shares: new Map([["judge", 0.5]]) });
  const embed = budget.ledgerOf({ provider: "a", step: "embed" });
  for (let call = 0; call < 2; call++) {
    using held = await embed.reserve(tokens(1), signal);
    held.settle(tokens(1));
  }
  await assertRejects(() => embed.reserve(tokens(1), signal), FastDistillError, "2 requests spent");
});

Deno.test("ComposedBudget counts wall time, of a provider from its first call", async () => {
  const clock = fakeClock();
  const budget = budgetOf({ clock, providers: { a: { seconds: 10 } } });
  await clock.advance(60_000);
  const ledger = budget.ledgerOf({ provider: "a", step: "ask" });
  (await ledger.reserve(tokens(1), signal))[Symbol.dispose]();
  await clock.advance(9_999);
  (await ledger.reserve(tokens(1), signal))[Symbol.dispose]();
  await clock.advance(1);
  await assertRejects(
    () => ledger.reserve(tokens(1), signal),
    FastDistillError,
    'The budget of 10 seconds for provider "a" is used up: 10 seconds spent',
  );
});

Deno.test("ComposedBudget says once that 50, 80 and 95 % are used", async () => {
  const alerts: (readonly [string, number])[] = [];
  const budget = budgetOf({
    run: { tokens: 100 },
    steps: { ask: { requests: 4 } },
    onAlert: ({ scope, share }) => alerts.push([scope, share]),
  });
  const ledger = budget.ledgerOf({ provider: "a", step: "ask" });
  for (const count of [49, 1, 46]) {
    using held = await ledger.reserve(tokens(count), signal);
    held.settle(tokens(count));
  }
  assertEquals(alerts, [["run", 0.5], ["step", 0.5], ["run", 0.95]]);
});

Deno.test("ComposedBudget lets an aborted one go, and those behind it pass", async () => {
  const budget = budgetOf({ run: { tokens: 10 } });
  const ledger = budget.ledgerOf({ provider: "a", step: "ask" });
  const held = await ledger.reserve(tokens(5), signal);
  const abort = new AbortController();
  const large = ledger.reserve(tokens(9), abort.signal);
  const small = ledger.reserve(tokens(5), signal);
  abort.abort(new Error("stopped"));
  await assertRejects(() => large, Error, "stopped");
  (await small)[Symbol.dispose]();
  held[Symbol.dispose]();
});

const row = fc.record({
  worst: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 2, maxLength: 2 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  fails: fc.integer({ min: 0, max: 3 }),
  provider: fc.constantFrom("a", "b"),
});
const limit = fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined });

Deno.test("ComposedBudget is never overspent, whatever prices, retries, failures and concurrency", async () => {
  const scenario = fc.record({
    rows: fc.array(row, { maxLength: 40 }),
    run: limit,
    a: limit,
    judge: limit,
    price: fc.double({ min: 0.000_001, max: 10, noNaN: true }),
    concurrency: fc.integer({ min: 1, max: 16 }),
    seed: fc.integer(),
  });
  await fc.assert(fc.asyncProperty(scenario, playScenario), { numRuns: 150 });
});

interface Scenario {
  readonly rows: readonly { worst: number[]; share: number; fails: number; provider: string }[];
  readonly run: number | undefined;
  readonly a: number | undefined;
  readonly judge: number | undefined;
  readonly price: number;
  readonly concurrency: number;
  readonly seed: number;
}

/** Rows of two calls each pass a gateway that fails, retries and answers in a random order. */
async function playScenario(scenario: Scenario): Promise<void> {
  const { rows, price, concurrency } = scenario;
  const random = seededRandom(String(scenario.seed));
  const clock = instantClock();
  const usd = scenario.run === undefined ? undefined : scenario.run * price;
  const budget = new ComposedBudget({
    run: { usd, tokens: scenario.run },
    providers: { a: { tokens: scenario.a } },
    steps: { judge: { tokens: scenario.judge } },
    flow: new Map([
      ["draft", { provider: "a", isFirst: true, ahead: new Map([["judge", 1]]) }],
      ["judge", { provider: "b", isFirst: false, ahead: new Map() }],
    ]),
    clock,
  });
  const paid = { run: 0, a: 0, judge: 0 };
  let flying = 0;
  const gateway = new Gateway({ budget: budget.ledgerOf({ provider: "", step: "" }), clock, random });
  const limiter = new AdaptiveLimiter({ clock, concurrency, adaptive: false });
  const endpoint = { name: "a", limiter, timeoutMs: 1_000_000, attempts: 3 };
  const ends = await Promise.allSettled(rows.map(async ({ worst, share, fails, provider }) => {
    using hold = budget.openRow();
    for (const [index, step] of ["draft", "judge"].entries()) {
      let left = fails;
      const cost = (count: number) => ({ usd: count * price, tokens: count, requests: 1 });
      await gateway.call({
        endpoint,
        budget: budget.ledgerOf({ provider, step, row: hold }),
        priority: index,
        worst: cost(worst[index]!),
        signal,
        send: async () => {
          flying++;
          assert(
            budget.reserved().every(({ usd, tokens, requests }) => Math.min(usd, tokens, requests) >= 0),
          );
          assert(flying <= concurrency);
          for (let ticks = random.next() * 5; ticks > 0; ticks--) await Promise.resolve();
          flying--;
          if (left-- > 0) throw new FastDistillError("provider.overloaded", "busy");
          const spent = Math.floor(worst[index]! * share);
          paid.run += spent;
          if (provider === "a") paid.a += spent;
          if (step === "judge") paid.judge += spent;
          return spent;
        },
        spending: cost,
      });
    }
  }));
  for (const name of ["run", "a", "judge"] as const) assert(paid[name] <= (scenario[name] ?? Infinity), name);
  assertEquals(budget.spent().tokens, paid.run);
  const reserved = budget.reserved();
  for (const held of reserved) assertEquals(held, { usd: 0, tokens: 0, requests: 0 });
  const isBound = scenario.run !== undefined || scenario.a !== undefined || scenario.judge !== undefined;
  for (const end of ends) {
    if (end.status === "fulfilled") continue;
    assert(
      ["provider.overloaded", "provider.unavailable", ...(isBound ? ["budget.exhausted"] : [])].includes(
        end.reason.code,
      ),
    );
  }
}

/** A clock whose sleeps end at once, except where a limit on time waits for its call. */
function instantClock(): Clock {
  let now = 0;
  const sleep = (ms: number, until?: AbortSignal) => {
    if (ms >= 1_000_000) {
      return new Promise<void>((_, reject) => until?.addEventListener("abort", () => reject(until.reason)));
    }
    now += ms;
    return Promise.resolve();
  };
  return { now: () => now, monotonic: () => now, sleep };
}

Deno.test("ComposedBudget serves in the order of arrival, so that what is done is a prefix", async () => {
  const budget = budgetOf({ run: { tokens: 100 } });
  const ask = () => budget.ledgerOf({ provider: "a", step: "ask" });
  const first = await ask().reserve(tokens(80), signal);
  const order: string[] = [];
  const large = ask().reserve(tokens(90), signal).then(
    () => order.push("large"),
    () => order.push("large refused"),
  );
  const small = ask().reserve(tokens(10), signal).then(
    () => order.push("small"),
    () => order.push("small refused"),
  );
  first.settle(tokens(80));
  first[Symbol.dispose]();
  await Promise.all([large, small]);
  assertEquals(order, ["large refused", "small refused"]);
});
