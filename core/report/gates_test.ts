import { assertEquals, assertThrows } from "@std/assert";
import type { GateConfig } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { checkGates } from "./gates.ts";
import { QualityAggregator } from "./quality.ts";
import type { GateVerdict } from "./run_summary.ts";

const quality = new QualityAggregator({ columns: { judged: "boolean" } });
for (let index = 0; index < 130; index++) {
  quality.add({ gold_match: index < 56, score: 12.5, note: null, text: "x", judged: null });
}
const stages = new Map([
  ["distilled", quality.report()],
  ["empty", new QualityAggregator().report()],
]);

function check(gate: Partial<GateConfig>): GateVerdict {
  const [verdict] = checkGates([
    { stage: "distilled", metric: "gold_match_rate", severity: "fail", ...gate },
  ], stages);
  return verdict!;
}

function refusal(gate: Partial<GateConfig>): FastDistillError {
  return assertThrows(() => check(gate), FastDistillError);
}

Deno.test("checkGates() names gate, value and threshold when a gate fails", () => {
  assertEquals(check({ min: 0.999 }), {
    stage: "distilled",
    metric: "gold_match_rate",
    value: 56 / 130,
    passed: false,
    severity: "fail",
    message: "Gate failed: gold_match_rate of stage distilled is 0.4308, below min 0.999",
  });
  assertEquals(
    check({ metric: "count", max: 100 }).message,
    "Gate failed: count of stage distilled is 130, above max 100",
  );
});

Deno.test("checkGates() says what held", () => {
  const { passed, message } = check({ min: 0.3 });
  assertEquals([passed, message], [
    true,
    "Gate held: gold_match_rate of stage distilled is 0.4308, at least min 0.3",
  ]);
  assertEquals(
    check({ metric: "score_mean", min: 12.5, max: 12.5 }).message,
    "Gate held: score_mean of stage distilled is 12.5, at least min 12.5 and at most max 12.5",
  );
  assertEquals(check({ metric: "count" }).message, "Gate held: count of stage distilled is 130");
});

Deno.test("checkGates() shows as many digits as tell the value from the threshold", () => {
  assertEquals(
    check({ min: 0.43077 }).message,
    "Gate failed: gold_match_rate of stage distilled is 0.430769, below min 0.43077",
  );
  assertEquals(
    check({ max: 0.4308 }).message,
    "Gate held: gold_match_rate of stage distilled is 0.43077, at most max 0.4308",
  );
});

Deno.test("checkGates() wants min_total rows whatever the value", () => {
  const { passed, message } = check({ min: 0.3, min_total: 200 });
  assertEquals([passed, message], [
    false,
    "Gate failed: gold_match_rate of stage distilled rests on 130 rows, fewer than min_total 200",
  ]);
  assertEquals(check({ min: 0.3, min_total: 130 }).passed, true);
});

Deno.test("checkGates() does not hold a gate without a value", () => {
  assertEquals(
    check({ metric: "judged_rate", min: 0 }).message,
    "Gate failed: judged_rate of stage distilled has no value: none of 130 rows gives one",
  );
  assertEquals(check({ metric: "note_rate", min: 0 }).passed, false);
  assertEquals(check({ stage: "empty", metric: "anything_rate", max: 1 }).passed, false);
});

Deno.test("checkGates() marks a gate that only warns", () => {
  const { passed, message } = check({ min: 0.999, severity: "warn" });
  assertEquals([passed, message], [
    false,
    "Gate warning: gold_match_rate of stage distilled is 0.4308, below min 0.999",
  ]);
});

Deno.test("checkGates() proposes the nearest metric and the nearest stage", () => {
  const metric = refusal({ metric: "gold_mach_rate" });
  assertEquals([metric.code, metric.message], [
    "gate.unknown_metric",
    'Stage "distilled" has no metric "gold_mach_rate"; did you mean "gold_match_rate"?',
  ]);
  assertEquals(refusal({ metric: "text_rate" }).code, "gate.unknown_metric");
  const stage = refusal({ stage: "distiled" });
  assertEquals([stage.code, stage.message], [
    "graph.unknown_stage",
    'A gate on gold_match_rate names the stage "distiled", and no step writes it; did you mean "distilled"?',
  ]);
});
