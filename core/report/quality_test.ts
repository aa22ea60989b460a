import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Row } from "../record/mod.ts";
import { QualityAggregator, type QualityOptions, qualityReport } from "./quality.ts";
import { formatReport } from "./report_json.ts";

function aggregate(rows: readonly Row[], options?: QualityOptions): QualityAggregator {
  const quality = new QualityAggregator(options);
  for (const row of rows) quality.add(row);
  return quality;
}

const METRICS: QualityOptions["metrics"] = {
  same: { stage: "s", kind: "agreement", columns: ["level", "mixed"] },
  alpha: { stage: "s", kind: "krippendorff_alpha", columns: ["level", "mixed", "pass"] },
  tau: { stage: "s", kind: "kendall", columns: ["score", "pass"] },
};

const anyRow: fc.Arbitrary<Row> = fc.record({
  pass: fc.option(fc.boolean()),
  score: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(null)),
  level: fc.constantFrom("easy", "hard", null, 3, true),
  mixed: fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.constant([1]), fc.constant({ a: 1 })),
}, { requiredKeys: [] });

Deno.test("QualityAggregator.merge() of parts in any order is the whole, to the byte", () => {
  const cuts = fc.tuple(fc.array(fc.tuple(anyRow, fc.nat(4)), { maxLength: 60 }), fc.boolean());
  fc.assert(fc.property(cuts, ([dealt, isReversed]) => {
    const options = { groupBy: ["level", "mixed"], metrics: METRICS };
    const parts = [0, 1, 2, 3, 4].map((hand) =>
      aggregate(dealt.filter(([, to]) => to === hand).map(([row]) => row), options)
    );
    const merged = new QualityAggregator(options);
    for (const part of isReversed ? parts.reverse() : parts) merged.merge(part);
    const whole = aggregate(dealt.map(([row]) => row), options);
    assertEquals(formatReport(merged.report()), formatReport(whole.report()));
  }));
});

Deno.test("QualityAggregator.merge() keeps the same groups past the bound however rows are dealt", () => {
  const rows = Array.from(
    { length: 5_000 },
    (_, index) => ({ key: `k${(index * 7919) % 5_000}`, n: index / 3 }),
  );
  const options = { groupBy: ["key"] };
  const whole = aggregate(rows, options).report();
  assertEquals(Object.keys(whole.groups["key"]!).length, 1_001);
  assertEquals(whole.groups["key"]!["(other)"]!.count, 4_000);
  const sorted = rows.map(({ key }) => key).sort();
  assertEquals(Object.keys(whole.groups["key"]!).slice(0, -1), sorted.slice(0, 1_000));
  for (const ways of [2, 7]) {
    const merged = new QualityAggregator(options);
    for (let way = ways - 1; way >= 0; way--) {
      merged.merge(aggregate(rows.filter((_, index) => index % ways === way).reverse(), options));
    }
    assertEquals(formatReport(merged.report()), formatReport(whole));
  }
});

Deno.test("QualityAggregator.report() counts true, false and null apart", () => {
  const { columns, metrics } = aggregate([{ ok: true }, { ok: false }, { ok: true }, { ok: null }, {}])
    .report();
  assertEquals(columns["ok"], { type: "boolean", null: 2, true: 2, false: 1 });
  assertEquals(metrics, { count: 5, ok_rate: 2 / 3 });
});

Deno.test("QualityAggregator.report() gives a column of mixed types no metric", () => {
  const { columns, metrics } = aggregate([{ x: true }, { x: 1 }, { s: "a" }]).report();
  assertEquals(columns, { x: { type: "any", null: 1 }, s: { type: "string", null: 2 } });
  assertEquals(metrics, { count: 3 });
});

Deno.test("QualityAggregator.report() of no rows has the metrics of stated columns, without values", () => {
  const { metrics } = aggregate([], { columns: { ok: "boolean", score: "number", text: "string" } }).report();
  assertEquals(metrics, { count: 0, ok_rate: null, score_max: null, score_mean: null, score_min: null });
});

Deno.test("QualityAggregator.report() believes the values where they contradict what was stated", () => {
  assertEquals(aggregate([{ ok: 2 }], { columns: { ok: "boolean" } }).report().metrics, {
    count: 1,
    ok_max: 2,
    ok_mean: 2,
    ok_min: 2,
  });
});

Deno.test("QualityAggregator.report() groups by value and leaves out a column that no row has", () => {
  const rows: Row[] = [{ by: "a", ok: true }, { by: null, ok: false }, { by: 1, ok: null }, { ok: true }];
  const { groups } = aggregate(rows, { groupBy: ["by", "nowhere"] }).report();
  assertEquals(Object.keys(groups), ["by"]);
  assertEquals(groups["by"], {
    "(null)": { count: 2, metrics: { count: 2, ok_rate: 0.5 } },
    "1": { count: 1, metrics: { count: 1, ok_rate: null } },
    "a": { count: 1, metrics: { count: 1, ok_rate: 1 } },
  });
});

Deno.test("QualityAggregator.report() cuts long group names", () => {
  const { groups } = aggregate([{ by: "x".repeat(500) }], { groupBy: ["by"] }).report();
  assertEquals(Object.keys(groups["by"]!), ["x".repeat(200) + "…"]);
});

Deno.test("QualityAggregator.merge() refuses an aggregator with other groups", () => {
  const merge = () => new QualityAggregator({ groupBy: ["a"] }).merge(new QualityAggregator());
  assertThrows(merge, TypeError, "group by a and nothing");
});

Deno.test("qualityReport() holds neither times nor effects, so equal runs write equal bytes", () => {
  const step = {
    step: "keep",
    use: "select",
    rows_in: 3,
    expanded: 0,
    rows_out: 2,
    finished: true,
    in_flight: 0,
  };
  const report = (performed: number) =>
    formatReport(qualityReport({
      run_id: "r1",
      rows: { read: 3, kept: 2, rejected: { low: 1 }, failed: {} },
      stages: new Map([["distilled", aggregate([{ ok: true }]).report()]]),
      steps: [{ ...step, rejected: { low: 1 }, failed: {}, effects: { performed, reused: 3 - performed } }],
    }));
  assertEquals(report(3), report(0));
  assert(report(0).includes('"ok_rate": 1'));
});
