import { assertEquals } from "@std/assert";
import { TimingAggregator } from "./timing.ts";

Deno.test("TimingAggregator.report() keeps steps, waiting and work apart, and aggregators add", () => {
  const [a, b] = [new TimingAggregator(), new TimingAggregator()];
  a.add({ step: "teach", queue_ms: 1, service_ms: 500 });
  b.add({ step: "teach", queue_ms: 3, service_ms: 500 });
  b.add({ step: "clean", queue_ms: 0, service_ms: 0.25 });
  a.merge(b);
  const { schema, run_id, elapsed_ms, steps } = a.report({ run_id: "r1", elapsed_ms: 900 });
  assertEquals([schema, run_id, elapsed_ms], ["fastdistill.timing/1", "r1", 900]);
  assertEquals(steps["teach"]!.queue.mean_ms, 2);
  assertEquals(steps["teach"]!.service, {
    count: 2,
    mean_ms: 500,
    p50_ms: 500,
    p90_ms: 500,
    p99_ms: 500,
    max_ms: 500,
    total_ms: 1_000,
  });
  assertEquals(steps["clean"]!.service.p50_ms, 0.25);
});
