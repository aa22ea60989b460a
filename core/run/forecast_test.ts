import { assert, assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../runtime/mod.ts";
import { forecastSums } from "./forecast.ts";

Deno.test("forecastSums() of rows that were all tried is their sum", () => {
  const [sum] = forecastSums([{ rows: 3, tried: [[1], [2], [4]] }], { seed: "" });
  assertEquals(sum, { p10: 7, p50: 7, p90: 7 });
});

Deno.test("forecastSums() of equal rows leaves nothing open, and adds sources up", () => {
  const strata = [{ rows: 1000, tried: [[2, 1], [2, 1]] }, { rows: 10, tried: [[5, 0], [5, 0], [5, 0]] }];
  const [first, second] = forecastSums(strata, { seed: "" });
  assertEquals([first, second], [{ p10: 2050, p50: 2050, p90: 2050 }, { p10: 1000, p50: 1000, p90: 1000 }]);
});

Deno.test("forecastSums() is the same for the same seed, and never below what is known", () => {
  const strata = [{ rows: 6, tried: [[0], [100], [0]] }];
  const once = forecastSums(strata, { seed: "a" });
  assertEquals(forecastSums(strata, { seed: "a" }), once);
  assert(once[0]!.p10 >= 100 && once[0]!.p90 > once[0]!.p50, JSON.stringify(once));
});

Deno.test("forecastSums() refuses to forecast from one row, unless there is no other", () => {
  assertThrows(() => forecastSums([{ rows: 2, tried: [[1]] }], { seed: "" }), RangeError, "2 rows from 1");
  assertEquals(forecastSums([{ rows: 1, tried: [[1]] }], { seed: "" })[0]!.p50, 1);
});

Deno.test("forecastSums() covers the true sum of skewed rows about as often as it says", () => {
  const rates = [10, 20, 50].map((tried) => coverage({ tried, rows: 400, trials: 300 }));
  for (const rate of rates) assert(rate > 0.7 && rate < 0.9, `covered ${rates.join(", ")}`);
});

/** Share of trials in which p10 to p90 holds the sum of log-normal rows (sigma 0.8). */
function coverage({ tried, rows, trials }: { tried: number; rows: number; trials: number }): number {
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const random = seededRandom(`coverage/${tried}/${trial}`);
    const all = Array.from({ length: rows }, () => {
      const z = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
      return [Math.exp(0.8 * z)];
    });
    const [{ p10, p50, p90 }] = forecastSums([{ rows, tried: all.slice(0, tried) }], {
      seed: String(trial),
      draws: 400,
    }) as [{ p10: number; p50: number; p90: number }];
    assert(p10 <= p50 && p50 <= p90);
    const sum = all.reduce((total, [value]) => total + value!, 0);
    if (p10 <= sum && sum <= p90) covered++;
  }
  return covered / trials;
}
