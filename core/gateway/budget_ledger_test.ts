import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { LocalBudgetLedger, type Spending } from "./budget_ledger.ts";

const { signal } = new AbortController();
const usd = (amount: number): Spending => ({ usd: amount, tokens: 0, requests: 1 });

Deno.test("LocalBudgetLedger waits for calls in flight before it gives up", async () => {
  const ledger = new LocalBudgetLedger({ usd: 1 });
  const first = await ledger.reserve(usd(0.9), signal);
  const second = ledger.reserve(usd(0.5), signal);
  first.settle(usd(0.3));
  first[Symbol.dispose]();
  const granted = await second;
  granted.settle(usd(0.5));
  granted[Symbol.dispose]();
  const error = await assertRejects(() => ledger.reserve(usd(0.5), signal), FastDistillError);
  assertEquals(error.code, "budget.exhausted");
  assertEquals(
    error.message,
    "The budget of 1.000000 USD is used up: 0.800000 USD spent, and the next call may need 0.500000 USD",
  );
});

Deno.test("LocalBudgetLedger serves in the order of arrival, so that what is done is a prefix", async () => {
  const ledger = new LocalBudgetLedger({ usd: 1 });
  const first = await ledger.reserve(usd(0.8), signal);
  const order: string[] = [];
  const large = ledger.reserve(usd(0.9), signal).then(
    () => order.push("large"),
    () => order.push("large refused"),
  );
  const small = ledger.reserve(usd(0.1), signal).then(
    () => order.push("small"),
    () => order.push("small refused"),
  );
  first.settle(usd(0.8));
  first[Symbol.dispose]();
  await Promise.all([large, small]);
  assertEquals(order, ["large refused", "small refused"]);
});

Deno.test("LocalBudgetLedger lets an aborted one go", async () => {
  const ledger = new LocalBudgetLedger({ requests: 1 });
  using _held = await ledger.reserve(usd(0), signal);
  const abort = new AbortController();
  const waiting = ledger.reserve(usd(0), abort.signal);
  abort.abort(new Error("stopped"));
  await assertRejects(() => waiting, Error, "stopped");
});

Deno.test("LocalBudgetLedger never lets more be spent than its limit", async () => {
  const call = fc.record({
    worst: fc.integer({ min: 1, max: 400 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 60 }),
      fc.integer({ min: 1, max: 2_000 }),
      async (calls, limit) => {
        const ledger = new LocalBudgetLedger({ tokens: limit });
        await Promise.allSettled(calls.map(async ({ worst, share }) => {
          using reservation = await ledger.reserve({ usd: 0, tokens: worst, requests: 1 }, signal);
          await Promise.resolve();
          reservation.settle({ usd: 0, tokens: Math.floor(worst * share), requests: 1 });
        }));
        assert(ledger.spent().tokens <= limit);
      },
    ),
  );
});
