import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { BaselineConfig, GateConfig, MetricConfig } from "../config/mod.ts";
import type { Row } from "../record/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import { type Baseline, checkGates, judgeGates } from "./gates.ts";
import { QualityAggregator } from "./quality.ts";
import type { GateVerdict } from "./run_summary.ts";
import { StageMeasures } from "./stage_measures.ts";

type Metrics = Readonly<Record<string, MetricConfig>>;

const METRICS: Metrics = {
  same: { stage: "s", kind: "agreement", columns: ["a", "b"] },
  kappa: { stage: "s", kind: "cohen_kappa", columns: ["a", "b"] },
  rho: { stage: "s", kind: "spearman", columns: ["score", "ok"] },
  swap: { stage: "s", kind: "swap_consistency", columns: ["a", "b"] },
};
const COLUMNS = { ok: "boolean", score: "number", a: "string", b: "string" } as const;

/** A gate on the stage `s`. */
function gateOn(metric: string, gate: Partial<GateConfig>): GateConfig {
  return { stage: "s", metric, severity: "fail", ...gate };
}

/** What a gate is compared with. */
function noWorse(change: Partial<BaselineConfig> = {}): BaselineConfig {
  return { run: "base", margin: 0, alpha: 0.05, better: "higher", if_missing: "fail", ...change };
}

interface Judged {
  readonly rows: readonly Row[];
  /** Rows of the run `base`; there is none without them. */
  readonly before?: readonly Row[];
  readonly parts?: number;
}

function measuresOf(gates: readonly GateConfig[], rows: readonly Row[]): StageMeasures {
  const measures = new StageMeasures({ stage: "s", gates, metrics: METRICS });
  for (const row of rows) measures.add(row);
  return measures;
}

function judge(gates: readonly GateConfig[], { rows, before, parts = 1 }: Judged): readonly GateVerdict[] {
  const quality = new QualityAggregator({ columns: COLUMNS, metrics: METRICS });
  for (const row of rows) quality.add(row);
  const measures = measuresOf(gates, []);
  for (let part = 0; part < parts; part++) {
    measures.merge(measuresOf(gates, rows.filter((_, index) => index % parts === part)));
  }
  const baseline: Baseline = before === undefined
    ? { problem: "is not compared: there is no run" }
    : { runId: "base-1", measures: measuresOf(gates, before) };
  return judgeGates(gates, {
    stages: new Map([["s", quality.report()]]),
    measures: new Map([["s", measures]]),
    baselines: new Map(gates.map((_, index) => [index, baseline])),
    seed: 7,
  });
}

function judgeOne(gate: GateConfig, judged: Judged): GateVerdict {
  return judge([gate], judged)[0]!;
}

/** So many rows, of which so many are ok. */
function rowsOf(count: number, ok: number, more: (index: number) => Row = () => ({})): readonly Row[] {
  return Array.from(
    { length: count },
    (_, index) => ({ sample_id: `r${index}`, ok: index < ok, ...more(index) }),
  );
}

Deno.test("judgeGates() holds the end of the interval against the limit, and says both", () => {
  const rows = rowsOf(500, 480);
  const failed = judgeOne(gateOn("ok_rate", { min: 0.95, confidence: 0.95 }), { rows });
  assertEquals(
    failed.message,
    "Gate failed: ok_rate of stage s is 0.96, with 95 % confidence from 0.939 to 0.974 (Wilson, 500 values): " +
      "the lower end is below min 0.95",
  );
  assertEquals([failed.passed, failed.value, failed.n, failed.interval?.method], [
    false,
    0.96,
    500,
    "wilson",
  ]);
  assertEquals(judgeOne(gateOn("ok_rate", { min: 0.93, confidence: 0.95 }), { rows }).passed, true);
  assertEquals(judgeOne(gateOn("ok_rate", { max: 0.97, confidence: 0.95 }), { rows }).passed, false);
  assertEquals(judgeOne(gateOn("ok_rate", { max: 0.97, confidence: 0.5 }), { rows }).passed, true);
  assertEquals(
    judgeOne(gateOn("ok_rate", { between: [0.9, 0.99], confidence: 0.95 }), { rows }).passed,
    true,
  );
  assertEquals(judgeOne(gateOn("ok_rate", { between: [0.9, 0.95] }), { rows }).passed, false);
});

Deno.test("judgeGates() bounds means and quantiles by a bootstrap that is the same each time", () => {
  const rows = Array.from({ length: 200 }, (_, index) => ({ score: index % 10 }));
  const gates = [
    gateOn("score_mean", { min: 4, confidence: 0.95 }),
    gateOn("score_p10", { min: 1, confidence: 0.9 }),
  ];
  const [mean, tenth] = judge(gates, { rows });
  // 4.5 with a standard error of 2.872 / sqrt(200) = 0.203.
  const { low, high, method } = mean!.interval!;
  assert(Math.abs(low - (4.5 - 1.96 * 0.203)) < 0.06 && Math.abs(high - (4.5 + 1.96 * 0.203)) < 0.06);
  assertEquals([method, mean!.value, mean!.passed], ["bootstrap", 4.5, true]);
  assertEquals([tenth!.value, tenth!.interval!.low, tenth!.passed], [0, 0, false]);
  assertEquals(judge(gates, { rows: rows.toReversed() }), judge(gates, { rows }));
  const many = Array.from({ length: 10_001 }, (_, index) => ({ score: index % 10 }));
  assertEquals(judgeOne(gates[0]!, { rows: many }).interval?.method, "normal");
});

Deno.test("judgeGates() judges each group, and lists those that have too few rows", () => {
  const rows = [
    ...rowsOf(100, 90, () => ({ kind: "math" })),
    ...rowsOf(80, 40, () => ({ kind: "code" })),
    ...rowsOf(5, 0, () => ({ kind: "art" })),
  ];
  const gate = gateOn("ok_rate", { min: 0.8, by: "kind", min_total: 30 });
  const verdict = judgeOne(gate, { rows });
  assertEquals(
    verdict.message,
    "Gate failed: ok_rate of stage s by kind: 1 of 2 groups does not hold: code is 0.5, below min 0.8; " +
      "not judged: art (5 rows)",
  );
  assertEquals(verdict.groups?.map(({ group, rows, value, passed }) => [group, rows, value, passed]), [
    ["art", 5, 0, null],
    ["code", 80, 0.5, false],
    ["math", 100, 0.9, true],
  ]);
  assertEquals(judgeOne({ ...gate, min: 0.4 }, { rows }).passed, true);
  const few = judgeOne({ ...gate, min_total: 1_000 }, { rows });
  assertEquals([few.passed, few.message], [
    false,
    "Gate failed: ok_rate of stage s by kind cannot be judged: 3 groups without enough rows",
  ]);
});

Deno.test("judgeGates() compares with another run by the test that fits, and says which", () => {
  const [rows, before] = [rowsOf(2_000, 1_740), rowsOf(2_000, 1_800)];
  const paired = judgeOne(gateOn("ok_rate", { no_worse_than: noWorse() }), { rows, before });
  assertEquals(
    paired.message,
    "Gate failed: ok_rate of stage s is 0.87; worse than 0.9 in run base-1 " +
      "(0.03 worse, p < 0.0001 by the McNemar test on 2000 pairs, alpha 0.05)",
  );
  assertEquals([paired.baseline?.pairs, paired.baseline?.test], [2_000, "mcnemar"]);
  const others = before.map((row, index) => ({ ...row, sample_id: `other ${index}` }));
  const apart = judgeOne(gateOn("ok_rate", { no_worse_than: noWorse() }), { rows, before: others });
  assertEquals([apart.passed, apart.baseline?.test, apart.baseline?.pairs], [
    false,
    "two_proportion",
    undefined,
  ]);
  const margin = judgeOne(gateOn("ok_rate", { no_worse_than: noWorse({ margin: 0.04 }) }), { rows, before });
  assertEquals(margin.passed, true);
  assertMatch(
    margin.message,
    /no worse than 0.9 in run base-1, margin 0.04 \(0.03 worse, p = .* by the Tango score test/,
  );
  const lower = judgeOne(gateOn("ok_rate", { no_worse_than: noWorse({ better: "lower" }) }), {
    rows,
    before,
  });
  assertEquals(lower.passed, true);
  assertEquals(
    judgeOne(gateOn("ok_rate", { no_worse_than: noWorse() }), { rows: before, before: rows }).passed,
    true,
  );
});

Deno.test("judgeGates() compares means row by row where ids pair them, otherwise as a whole", () => {
  const { next } = seededRandom("means");
  const before = Array.from({ length: 300 }, (_, index) => ({ sample_id: `r${index}`, score: next() * 10 }));
  const rows = before.map((row) => ({ ...row, score: row.score - 0.1 + (next() - 0.5) * 0.5 }));
  const gate = gateOn("score_mean", { no_worse_than: noWorse() });
  const paired = judgeOne(gate, { rows, before });
  assertEquals([paired.passed, paired.baseline?.test], [false, "sign_flip_permutation"]);
  const apart = judgeOne(gate, { rows: rows.map(({ score }) => ({ score })), before });
  assertEquals([apart.passed, apart.baseline?.test], [true, "welch_t"]);
  const renamed = rows.map(({ sample_id, score }) => ({ sample_id, score }));
  const by = judgeOne(gateOn("score_mean", { no_worse_than: noWorse({ pair_by: ["question"] }) }), {
    rows: renamed,
    before,
  });
  assertMatch(by.message, /cannot be compared with run base-1: 600 rows of both runs lack question/);
});

Deno.test("judgeGates() adjusts for the number of groups, and shows groups that are gone", () => {
  const groups = Array.from({ length: 10 }, (_, index) => `g${index}`);
  const before = groups.flatMap((kind) =>
    rowsOf(100, 60, (index) => ({ kind, sample_id: `${kind} ${index}` }))
  );
  // One group lost six rows and gained none: p = 1/64 by itself, 10/64 among ten.
  const rows = before.map((row, index) => ({ ...row, ok: index >= 54 && index < 60 ? false : row.ok! }));
  const gate = gateOn("ok_rate", { by: "kind", no_worse_than: noWorse() });
  const verdict = judgeOne(gate, { rows, before });
  assertEquals(verdict.passed, true);
  assertAlmostEquals(verdict.groups![0]!.baseline!.p_value!, 10 / 64, 1e-12);
  const alone = judgeOne(gate, { rows: rows.slice(0, 100), before });
  assertEquals(alone.passed, false);
  assertAlmostEquals(alone.groups![0]!.baseline!.p_value!, 1 / 64, 1e-12);
  assertEquals(alone.groups?.[1]?.finding, "has no rows, and 100 rows in run base-1: not judged");
});

Deno.test("judgeGates() fails a gate that has nothing to compare with, unless it may pass", () => {
  const rows = rowsOf(10, 9);
  const missing = judgeOne(gateOn("ok_rate", { no_worse_than: noWorse() }), { rows });
  assertEquals([missing.passed, missing.message], [
    false,
    "Gate failed: ok_rate of stage s is 0.9; is not compared: there is no run",
  ]);
  assertEquals(
    judgeOne(gateOn("ok_rate", { no_worse_than: noWorse({ if_missing: "pass" }) }), { rows }).passed,
    true,
  );
});

Deno.test("judgeGates() judges figures of several columns", () => {
  const rows = Array.from({ length: 300 }, (_, index) => ({
    a: index % 2 === 0 ? "A" : "B",
    b: index % 3 === 0 ? "B" : index % 2 === 0 ? "A" : "B",
    score: index,
    ok: index > 150,
  }));
  const gates = ["same", "kappa", "rho", "swap"].map((metric) =>
    gateOn(metric, { min: 0.5, confidence: 0.95 })
  );
  const [same, kappa, rho, swap] = judge(gates, { rows });
  assertEquals([same!.value, same!.interval?.method], [250 / 300, "wilson"]);
  assertEquals([swap!.value, swap!.passed], [50 / 300, false]);
  assert(kappa!.value! > 0.6 && kappa!.value! < 0.7 && kappa!.interval!.low > 0.55, String(kappa!.value));
  assert(rho!.value! > 0.8 && rho!.passed);
});

Deno.test("checkGates() does not pretend to judge what needs the rows", () => {
  const quality = new QualityAggregator();
  quality.add({ ok: true });
  const stages = new Map([["s", quality.report()]]);
  assertThrows(
    () => checkGates([gateOn("ok_rate", { min: 0, confidence: 0.9 })], stages),
    TypeError,
    "needs the rows",
  );
});

const anyRow: fc.Arbitrary<Row> = fc.record({
  sample_id: fc.stringMatching(/^[a-z]{6}$/),
  ok: fc.option(fc.boolean()),
  score: fc.option(
    fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
  ),
  kind: fc.constantFrom("x", "y", null),
  a: fc.constantFrom("A", "B"),
  b: fc.constantFrom("A", "B", null),
});

Deno.test("StageMeasures.merge() of parts says what the whole says, to the byte", () => {
  const gates = [
    gateOn("ok_rate", { min: 0.5, confidence: 0.9, by: "kind" }),
    gateOn("score_mean", { max: 1, confidence: 0.9, no_worse_than: noWorse() }),
    gateOn("score_p90", { max: 1 }),
    gateOn("kappa", { min: 0, confidence: 0.8 }),
    gateOn("rho", { min: 0, by: "kind" }),
    gateOn("same", { no_worse_than: noWorse({ margin: 0.1 }), by: "kind", min_total: 2 }),
  ];
  const rows = fc.array(anyRow, { maxLength: 25 });
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 2, max: 5 }), (rows, before, parts) => {
      const whole = judge(gates, { rows, before });
      assertEquals(JSON.stringify(judge(gates, { rows, before, parts })), JSON.stringify(whole));
    }),
    { numRuns: 25 },
  );
});

/** Rows that are ok with a probability; the same seed gives the same rows. */
function drawn(seed: string, rate: number, count = 2_000): readonly Row[] {
  const { next } = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => ({ sample_id: `r${index}`, ok: next() < rate }));
}

/** The rows once more: some that were ok are not any more, and some the other way round. */
function redone(seed: string, rows: readonly Row[], flips: { readonly lose: number; readonly gain: number }) {
  const { next } = seededRandom(seed);
  return rows.map((row) => ({ ...row, ok: row.ok === true ? next() >= flips.lose : next() < flips.gain }));
}

Deno.test("no_worse_than catches 3 points on 2,000 paired rows, 20 times of 20, and raises at most 2 of 20 false alarms", () => {
  const gate = gateOn("ok_rate", { no_worse_than: noWorse() });
  const isAlarm = (rows: readonly Row[], before: readonly Row[]) => !judgeOne(gate, { rows, before }).passed;
  const trials = Array.from({ length: 20 }, (_, trial) => {
    const before = drawn(`before ${trial}`, 0.8);
    // 5 % of 80 % are lost and 20 % of 20 % gained: no change on the whole. Then 3 points on top.
    const same = redone(`same ${trial}`, before, { lose: 0.05, gain: 0.2 });
    const worse = redone(`worse ${trial}`, before, { lose: 0.0875, gain: 0.2 });
    return { caught: isAlarm(worse, before), alarm: isAlarm(same, before) };
  });
  assertEquals(trials.filter(({ caught }) => caught).length, 20);
  assert(trials.filter(({ alarm }) => alarm).length <= 2);
});

Deno.test("no_worse_than on rows that are not paired has the power that the documentation states", () => {
  const gate = gateOn("ok_rate", { no_worse_than: noWorse() });
  const apart = (rows: readonly Row[]) => rows.map(({ ok }) => ({ ok: ok! }));
  const alarms = (before: number, after: number) =>
    Array.from({ length: 100 }, (_, trial) => {
      const [old, young] = [drawn(`old ${trial}`, before), drawn(`young ${trial}`, after)];
      return judgeOne(gate, { rows: apart(young), before: apart(old) });
    }).filter(({ passed }) => !passed).length;
  // By the normal approximation 99 %, 91 %, 75 % and 60 %; 5 % without a difference. Four standard deviations of room.
  assert(alarms(0.95, 0.92) >= 92);
  assert(alarms(0.9, 0.87) >= 80);
  assert(alarms(0.8, 0.77) >= 59 && alarms(0.8, 0.77) <= 93);
  assert(alarms(0.5, 0.47) >= 40 && alarms(0.5, 0.47) <= 80);
  assert(alarms(0.9, 0.9) <= 13);
});
