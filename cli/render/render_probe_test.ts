import type { RunProbe } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { renderProbe } from "./render_probe.ts";

const PROBE: RunProbe = {
  run_id: "tiny-0123456789ab",
  sources: [{ step: "read", rows: 5000, probed: 20 }],
  is_random: false,
  probe: {
    elapsed_ms: 4200,
    spent_usd: 0.021,
    cost_usd: 0.03,
    tokens: 12_345,
    kept: 17,
    failed: { "step.parse": 2 },
  },
  cost_usd: { p10: 4.1, p50: 5.2, p90: 6.3 },
  tokens: { p10: 2_900_000, p50: 3_100_000, p90: 3_300_000 },
  wall_ms: { p10: 60_000, p50: 70_000, p90: 80_000 },
  kept: { p10: 3900, p50: 4250, p90: 4600 },
};

Deno.test("renderProbe() shows the percentiles of the whole run, and how they came about", () => {
  assertEquals(renderProbe(PROBE), [
    "Probed 20 of 5,000 rows of read, the first ones: 17 kept, 12,345 tokens, 0.021 USD spent, in 4.2 s",
    "Failed: 2 step.parse",
    "",
    "whole run         p10         p50         p90",
    "USD              4.10        5.20        6.30",
    "tokens      2,900,000   3,100,000   3,300,000",
    "wall time  1 min 00 s  1 min 10 s  1 min 20 s",
    "kept rows       3,900       4,250       4,600",
    "",
    "Method: bootstrap over the probed rows, 2,000 draws, widened for their number (t interval)",
    "Every call counts, recorded or not; wall time is that of the calls, at the providers' limits",
    "",
  ]);
});

Deno.test("renderProbe() says unknown where a price is", () => {
  const lines = renderProbe({ ...PROBE, cost_usd: null, is_random: true });
  assertEquals(lines[4], "USD           unknown     unknown     unknown");
  assertEquals(lines[0]!.includes("drawn with the seed"), true);
});
