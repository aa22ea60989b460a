import { assertEquals } from "@std/assert";
import { LiveRate } from "./live_rate.ts";

Deno.test("LiveRate.perSecond() follows what happened in the last ten seconds", () => {
  const rate = new LiveRate(0);
  assertEquals(rate.perSecond(0, 0), 0);
  for (let second = 1; second <= 30; second++) rate.perSecond(second * 1_000, second * 5);
  assertEquals(rate.perSecond(31_000, 155), 5);
  for (let second = 32; second <= 45; second++) rate.perSecond(second * 1_000, 155);
  assertEquals(rate.perSecond(46_000, 155), 0);
});
