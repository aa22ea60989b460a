import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { costOf } from "../provider/mod.ts";
import { CostAggregator, type EffectCost } from "./cost.ts";
import { formatReport } from "./report_json.ts";

const anyEffect: fc.Arbitrary<EffectCost> = fc.record({
  step: fc.constantFrom("teach", "judge"),
  provider: fc.constantFrom("teacher", "critic", undefined),
  model: fc.constantFrom("tiny-1", "big-2"),
  usage: fc.record({ input_tokens: fc.integer({ min: 50, max: 1e6 }), output_tokens: fc.nat(1e6) }),
  price: fc.record({
    input: fc.integer({ min: 0, max: 100_000_000 }).map((micros) => micros / 1_000_000),
    output: fc.constantFrom(0.2, 0.1, 15),
    cached_input: fc.constantFrom(0.01, 0.005),
  }),
  reused: fc.boolean(),
});

function reportOf(effects: readonly EffectCost[], kept = 3): ReturnType<CostAggregator["report"]> {
  const cost = new CostAggregator();
  for (const effect of effects) cost.add(effect);
  return cost.report({ run_id: "r1", kept });
}

Deno.test("CostAggregator.report() does not depend on order or grouping, to the byte", () => {
  fc.assert(fc.property(fc.array(anyEffect, { maxLength: 40 }), fc.nat(40), (effects, at) => {
    const [merged, rest] = [new CostAggregator(), new CostAggregator()];
    for (const effect of effects.slice(at).reverse()) merged.add(effect);
    for (const effect of effects.slice(0, at)) rest.add(effect);
    merged.merge(rest);
    assertEquals(formatReport(merged.report({ run_id: "r1", kept: 3 })), formatReport(reportOf(effects)));
  }));
});

Deno.test("CostAggregator.report() agrees with costOf()", () => {
  fc.assert(fc.property(fc.array(anyEffect, { minLength: 1, maxLength: 20 }), (effects) => {
    const expected = effects.reduce((sum, { usage, price }) => sum + costOf(usage!, price!), 0);
    const { cost_usd } = reportOf(effects).total;
    assert(Math.abs(cost_usd! - expected) <= 1e-9 * expected, `${cost_usd} is not ${expected}`);
  }));
});

Deno.test("CostAggregator.report() has no dust of floating-point addition", () => {
  const usage = { input_tokens: 1, output_tokens: 0 };
  const effects = Array.from(
    { length: 300_000 },
    () => ({ step: "teach", provider: "p", usage, price: { input: 0.1, output: 0 }, reused: false }) as const,
  );
  assertEquals(reportOf(effects).total.spent_usd, 0.03);
});

Deno.test("CostAggregator.report() charges cached input at its own price", () => {
  const usage = { input_tokens: 1_000_000, output_tokens: 0, cached_input_tokens: 400_000 };
  const price = { input: 2, output: 8, cached_input: 0.5 };
  const effect = { step: "teach", provider: "p", usage, price, reused: false };
  assertEquals(reportOf([effect]).total.cost_usd, 1.4);
});

Deno.test("CostAggregator.report() tells what was spent now from what the dataset cost", () => {
  const effect = {
    step: "teach",
    provider: "teacher",
    model: "tiny-1",
    usage: { input_tokens: 1000, output_tokens: 1000 },
    price: { input: 1, output: 2 },
  };
  const local = { step: "execute", reused: false };
  const report = reportOf([{ ...effect, reused: false }, { ...effect, reused: true }, local], 4);
  const both = {
    performed: 1,
    reused: 1,
    usage: { input_tokens: 2000, output_tokens: 2000 },
    cost_usd: 0.006,
    spent_usd: 0.003,
  };
  assertEquals(report.calls, { performed: 1, reused: 1 });
  assertEquals(report.total, { ...both, performed: 2 });
  assertEquals(report.steps["teach"], both);
  assertEquals(report.steps["execute"]!.cost_usd, 0);
  assertEquals(report.providers, { teacher: both });
  assertEquals(report.models, { "tiny-1": both });
  assertEquals(report.entries.map(({ step, provider, model }) => [step, provider, model]), [
    ["execute", null, null],
    ["teach", "teacher", "tiny-1"],
  ]);
  assertEquals(report.cost_per_kept_usd, 0.0015);
});

Deno.test("CostAggregator.report() has no cost where a price is unknown", () => {
  const usage = { input_tokens: 10, output_tokens: 10 };
  const priced = { step: "a", provider: "p", usage, price: { input: 1, output: 1 }, reused: false };
  const report = reportOf([priced, { step: "b", provider: "q", usage, reused: false }]);
  assertEquals(report.total.cost_usd, null);
  assertEquals(report.cost_per_kept_usd, null);
  assertEquals(report.total.spent_usd, 0.00002);
  assertEquals(report.steps["a"]!.cost_usd, 0.00002);
  assertEquals(reportOf([priced], 0).cost_per_kept_usd, null);
});
