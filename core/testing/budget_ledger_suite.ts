import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { isFastDistillError } from "../errors/mod.ts";
import type { BudgetLedger, Spending } from "../gateway/mod.ts";
import { soon } from "../runtime/mod.ts";

/** Upper limits of a budget under test. */
export interface LedgerLimits {
  /** US dollars. */
  readonly usd?: number;
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** Attempts of calls. */
  readonly requests?: number;
}

/** A ledger that was opened for one case. */
export interface BudgetLedgerUnderTest {
  /** Has spent nothing. */
  readonly ledger: BudgetLedger;
  /** Called after the case. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** What {@linkcode testBudgetLedger} needs to know. */
export interface BudgetLedgerSuiteOptions {
  /** Opens a ledger with nothing spent. */
  readonly make: (limits: LedgerLimits) => BudgetLedgerUnderTest | Promise<BudgetLedgerUnderTest>;
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every budget ledger passes: what is set aside and what was spent never exceed a limit
 * together, what is not settled flows back, calls in flight are waited for, and a budget that is used up is so for
 * everyone.
 *
 * @example
 * ```ts
 * import type { BudgetLedger } from "@fastdistill/core";
 * import { type LedgerLimits, testBudgetLedger } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const openMyLedger = (_limits: LedgerLimits): Promise<BudgetLedger> => Promise.reject(new Error("Open yours here"));
 *
 * const names: string[] = [];
 * testBudgetLedger("mine", {
 *   make: async (limits) => ({ ledger: await openMyLedger(limits) }),
 *   test: (name) => names.push(name), // Left out in a real test.
 * });
 * assertEquals(names[0], "testBudgetLedger(mine) counts what was settled, and nothing that is only set aside");
 * ```
 */
export function testBudgetLedger(name: string, options: BudgetLedgerSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, limits: LedgerLimits, run: (ledger: BudgetLedger) => Promise<void>) =>
    test(`testBudgetLedger(${name}) ${statement}`, async () => {
      const under = await options.make(limits);
      try {
        await run(under.ledger);
      } finally {
        await under.dispose?.();
      }
    });
  add("counts what was settled, and nothing that is only set aside", {}, countingCase);
  add("waits for calls in flight, and takes what flows back", { tokens: 100 }, waitingCase);
  add("gives back what was not settled, once", { requests: 1 }, releasingCase);
  add("is used up for everyone from then on", { tokens: 100 }, exhaustedCase);
  add("lets an aborted one go without a trace", { tokens: 100 }, abortCase);
  add("tries without waiting", { usd: 1 }, tryCase);
  add("is never overspent", { usd: 3, tokens: 3_000, requests: 40 }, overspendingCase);
}

const { signal } = new AbortController();
const NOTHING: Spending = { usd: 0, tokens: 0, requests: 0 };

function tokens(count: number): Spending {
  return { usd: 0, tokens: count, requests: 1 };
}

/** Lets everything run that is ready. */
function settled(): Promise<void> {
  return new Promise((done) => soon(done));
}

function isUsedUp(thrown: unknown): boolean {
  return isFastDistillError(thrown) && thrown.code === "budget.exhausted";
}

async function countingCase(ledger: BudgetLedger): Promise<void> {
  assert.deepEqual(ledger.spent(), NOTHING);
  using reservation = await ledger.reserve({ usd: 2, tokens: 200, requests: 1 }, signal);
  assert.deepEqual(ledger.spent(), NOTHING);
  reservation.settle({ usd: 0.5, tokens: 60, requests: 1 });
  assert.deepEqual(ledger.spent(), { usd: 0.5, tokens: 60, requests: 1 });
}

async function waitingCase(ledger: BudgetLedger): Promise<void> {
  const first = await ledger.reserve(tokens(80), signal);
  let isGranted = false;
  const second = ledger.reserve(tokens(80), signal);
  void second.then(() => isGranted = true);
  await settled();
  assert.equal(isGranted, false);
  first.settle(tokens(10));
  first[Symbol.dispose]();
  using granted = await second;
  granted.settle(tokens(70));
  assert.equal(ledger.spent().tokens, 80);
}

async function releasingCase(ledger: BudgetLedger): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const reservation = await ledger.reserve(tokens(1), signal);
    reservation[Symbol.dispose]();
    reservation[Symbol.dispose]();
  }
  const last = await ledger.reserve(tokens(1), signal);
  const waiting = ledger.reserve(tokens(1), signal);
  last.settle(tokens(1));
  last[Symbol.dispose]();
  await assert.rejects(waiting, isUsedUp);
}

async function exhaustedCase(ledger: BudgetLedger): Promise<void> {
  await assert.rejects(ledger.reserve(tokens(101), signal), isUsedUp);
  await assert.rejects(ledger.reserve(tokens(1), signal), isUsedUp);
  assert.equal(ledger.tryReserve?.(tokens(1)), undefined);
}

async function abortCase(ledger: BudgetLedger): Promise<void> {
  const reason = new Error("stop");
  await assert.rejects(
    ledger.reserve(tokens(1), AbortSignal.abort(reason)),
    (thrown) => thrown === reason,
  );
  const first = await ledger.reserve(tokens(80), signal);
  const stop = new AbortController();
  const waiting = ledger.reserve(tokens(80), stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, (thrown) => thrown === reason);
  first[Symbol.dispose]();
  (await ledger.reserve(tokens(100), signal))[Symbol.dispose]();
  assert.deepEqual(ledger.spent(), NOTHING);
}

async function tryCase(ledger: BudgetLedger): Promise<void> {
  if (ledger.tryReserve === undefined) return;
  const dollars = (usd: number): Spending => ({ usd, tokens: 1, requests: 1 });
  const first = ledger.tryReserve(dollars(0.75));
  assert.ok(first !== undefined, "There is room");
  assert.equal(ledger.tryReserve(dollars(0.5)), undefined);
  first[Symbol.dispose]();
  const again = await ledger.reserve(dollars(1), signal); // The refused try has used nothing up.
  again[Symbol.dispose]();
}

async function overspendingCase(ledger: BudgetLedger): Promise<void> {
  let most: Spending = NOTHING;
  const call = async (index: number) => {
    const worst = { usd: 0.1 + index % 7 / 20, tokens: 50 + index % 5 * 40, requests: 1 };
    using reservation = await ledger.reserve(worst, signal);
    await settled();
    const share = index % 3 / 2;
    reservation.settle({ usd: worst.usd * share, tokens: Math.round(worst.tokens * share), requests: 1 });
    const { usd, tokens, requests } = ledger.spent();
    most = {
      usd: Math.max(most.usd, usd),
      tokens: Math.max(most.tokens, tokens),
      requests: Math.max(most.requests, requests),
    };
  };
  const ends = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => call(index)));
  assert.ok(ends.some(({ status }) => status === "rejected"), "The budget is used up by so many calls");
  for (const end of ends) if (end.status === "rejected") assert.ok(isUsedUp(end.reason), String(end.reason));
  assert.ok(most.usd <= 3 + 1e-9 && most.tokens <= 3_000 && most.requests <= 40, JSON.stringify(most));
  assert.ok(most.requests > 10, "Most of the budget is put to use");
}
