import { assertEquals } from "@std/assert";
import { ProviderUse } from "./provider_use.ts";

Deno.test("ProviderUse.report() averages calls in flight, and counts time at the limit", () => {
  const use = new ProviderUse({ concurrency: 2, at: 0 });
  const change = (
    at: number,
    [from, to]: readonly ["permit" | "answer" | "backoff", "answer" | "backoff" | "done"],
  ) => use.change({ from, to, spentMs: 10, at });
  change(100, ["permit", "answer"]);
  change(200, ["permit", "answer"]);
  change(300, ["answer", "backoff"]);
  use.retried("provider.rate_limited");
  change(400, ["answer", "done"]);
  const report = use.report(1_000);
  assertEquals([report.calls, report.mean_in_flight, report.max_in_flight, report.share_at_limit], [
    2,
    0.4,
    2,
    0.1,
  ]);
  assertEquals(report.retries, { "provider.rate_limited": 1 });
  assertEquals([report.permit_wait.total_ms, report.service.count, report.budget_wait.count], [20, 2, 0]);
});
