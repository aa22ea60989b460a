import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fakeClock } from "../testing/mod.ts";
import { playSpending, type SpendingOutcome, type SpendingPlay } from "./_spending_double.ts";
import type { BudgetLimits } from "./budget_account.ts";

/** Absorbs the rounding of sums of US dollars, as the budget does. */
const ROUNDING = 1e-9;

const rate = fc.record({
  input: fc.double({ min: 0.01, max: 20, noNaN: true }),
  output: fc.double({ min: 0.01, max: 100, noNaN: true }),
});
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const limits: fc.Arbitrary<BudgetLimits> = fc.record({
  usd: sometimes(fc.double({ min: 0, max: 0.5, noNaN: true })),
  tokens: sometimes(fc.integer({ min: 0, max: 40_000 })),
  requests: sometimes(fc.integer({ min: 0, max: 200 })),
});

const play: fc.Arbitrary<SpendingPlay> = fc.record({
  rows: fc.integer({ min: 1, max: 60 }),
  concurrency: fc.integer({ min: 1, max: 24 }),
  prices: fc.record({ a: rate, b: rate }),
  maxTokens: fc.integer({ min: 1, max: 400 }),
  failing: fc.constantFrom(0, 0.1, 0.5),
  hanging: fc.constantFrom(0, 0.05),
  hedged: fc.constantFrom(0, 0.2, 1),
  run: limits,
  a: limits,
  judge: limits,
  share: sometimes(fc.double({ min: 0.01, max: 1, noNaN: true })),
  isBreadthFirst: fc.boolean(),
  seed: fc.string(),
});

async function played(play: SpendingPlay): Promise<SpendingOutcome> {
  const clock = fakeClock();
  const playing = playSpending(play, clock);
  let isOver = false;
  const over = playing.finally(() => isOver = true);
  while (!isOver) await clock.advance(60_000);
  return await over;
}

Deno.test("whatever prices, retries, failures, time limits, hedges and concurrency, no budget is overspent", async () => {
  let hedges = 0;
  const property = fc.asyncProperty(play, async (play) => {
    const outcome = await played(play);
    hedges += outcome.hedges;
    for (const budget of ["run", "a", "judge"] as const) {
      for (const unit of ["usd", "tokens", "requests"] as const) {
        const [billed, limit] = [outcome.billed[budget][unit], play[budget][unit] ?? Infinity];
        assert(billed <= limit + ROUNDING, `${budget}: billed ${billed} of ${limit} ${unit}`);
      }
    }
    assert(outcome.billed.run.usd <= outcome.counted.usd + ROUNDING, "more was billed than was counted");
    for (const held of outcome.held) assertEquals(held, { usd: 0, tokens: 0, requests: 0 });
    const known = ["budget.exhausted", "provider.overloaded", "provider.timeout", "provider.unavailable"];
    assertEquals([...outcome.codes].filter((code) => !known.includes(code)), []);
  });
  await fc.assert(property, { numRuns: 150, seed: 7 });
  assert(hedges > 100, `${hedges} calls were hedged: too few to say anything`);
});

const pressed = fc.record({
  concurrency: fc.integer({ min: 1, max: 16 }),
  prices: fc.record({ a: rate, b: rate }),
  failing: fc.constantFrom(0, 0.1),
  hedged: fc.constantFrom(0, 0.1),
  seed: fc.string(),
});

Deno.test("when the money ends, 95 % of the rows are complete that the same money could have completed", async () => {
  const property = fc.asyncProperty(pressed, async (pressed) => {
    const base: SpendingPlay = {
      ...pressed,
      rows: 2_000,
      maxTokens: 40,
      hanging: 0,
      run: {},
      a: {},
      judge: {},
    };
    const whole = await played({ ...base, rows: 600 });
    const each = whole.counted.usd / whole.completed;
    const usd = 500 * each;
    const ours = await played({ ...base, run: { usd } });
    const breadth = await played({ ...base, run: { usd }, isBreadthFirst: true });
    assert(ours.billed.run.usd <= usd + ROUNDING);
    assert(ours.completed >= 0.95 * 500, `${ours.completed} rows of 500`);
    // With one call at a time there is no breadth to speak of.
    assert(
      pressed.concurrency === 1 ? breadth.completed <= ours.completed : breadth.completed < ours.completed,
      `${breadth.completed} rows breadth first, ${ours.completed} ours`,
    );
  });
  await fc.assert(property, { numRuns: 6, seed: 7 });
});
