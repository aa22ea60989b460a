import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LatencyHistogram } from "./latency_histogram.ts";

const durations = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 10_000_000 }).map((nanoseconds) => nanoseconds / 1e6),
    fc.integer({ min: 0, max: 1e9 }),
  ),
  { minLength: 1, maxLength: 200 },
);

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

Deno.test("LatencyHistogram.quantile() is within 1 % of the exact quantile", () => {
  fc.assert(fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
    const sorted = [...values].sort((a, b) => a - b);
    const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
    const found = histogramOf(values).quantile(q)!;
    assert(Math.abs(found - exact) <= 0.01 * exact, `${found} is not within 1 % of ${exact}`);
  }));
});

Deno.test("LatencyHistogram.merge() of parts is the whole", () => {
  fc.assert(fc.property(durations, fc.nat(), (values, at) => {
    const middle = at % values.length;
    const merged = histogramOf(values.slice(middle));
    merged.merge(histogramOf(values.slice(0, middle)));
    assertEquals(merged.summary(), histogramOf(values).summary());
  }));
});

Deno.test("LatencyHistogram.summary() of nothing has no values", () => {
  assertEquals(new LatencyHistogram().summary(), {
    count: 0,
    mean_ms: null,
    p50_ms: null,
    p90_ms: null,
    p99_ms: null,
    max_ms: null,
    total_ms: 0,
  });
});

Deno.test("LatencyHistogram.add() takes every duration that a clock can give", () => {
  const histogram = histogramOf([-1, 0, Infinity]);
  assertEquals(histogram.quantile(0.5), 0);
  assertEquals(histogram.summary().max_ms, Number.MAX_SAFE_INTEGER / 1e6);
  assertThrows(() => histogram.add(NaN), RangeError);
  assertThrows(() => histogram.quantile(1.5), RangeError, "between 0 and 1: 1.5");
});
