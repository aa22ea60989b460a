import { assertEquals } from "@std/assert";
import { AdaptiveLimiter } from "../gateway/mod.ts";
import { fakeClock } from "../testing/mod.ts";
import { CallTracker } from "./call_tracker.ts";

const { signal } = new AbortController();

Deno.test("CallTracker says of each provider what is in flight, over all steps, and what it lets through", () => {
  const clock = fakeClock();
  const calls = new CallTracker(clock.monotonic);
  const limiter = new AdaptiveLimiter({ clock, concurrency: 3, adaptive: false });
  for (const provider of ["teacher", "judge"]) calls.add(provider, { limiter, concurrency: 3 });
  calls.follow("ask", "teacher")("answer");
  calls.follow("ask", "teacher")("permit");
  const moved = calls.follow("revise", "teacher");
  moved("permit");
  moved("answer");
  assertEquals(calls.providers(), [
    { provider: "teacher", in_flight: 2, waiting: 1, limit: 3 },
    { provider: "judge", in_flight: 0, waiting: 0, limit: 3 },
  ]);
  moved("done");
  assertEquals(calls.providers()[0]!.in_flight, 1);
});

Deno.test("CallTracker says how long a provider is paused, and when its endpoint is down", async () => {
  const clock = fakeClock();
  const calls = new CallTracker(clock.monotonic);
  const limiter = new AdaptiveLimiter({ clock, concurrency: 8, adaptive: false });
  calls.add("teacher", { limiter, concurrency: 8 });
  const end = async (
    outcome: { readonly kind: "rate_limited" | "unreachable"; readonly retryAfterMs?: number },
  ) => {
    using lease = await limiter.acquire({ priority: 0, signal });
    lease.report(outcome);
  };
  await end({ kind: "rate_limited", retryAfterMs: 7_000 });
  await clock.advance(2_000);
  assertEquals([calls.providers()[0]!.paused_ms, calls.providers()[0]!.down], [5_000, undefined]);
  await clock.advance(5_000);
  assertEquals(calls.providers()[0]!.paused_ms, undefined);
  for (let failure = 0; failure < 5; failure++) await end({ kind: "unreachable" });
  assertEquals([calls.providers()[0]!.paused_ms, calls.providers()[0]!.down], [250, true]);
  await clock.advance(250);
  using _probe = await limiter.acquire({ priority: 0, signal });
  assertEquals([calls.providers()[0]!.paused_ms, calls.providers()[0]!.down], [undefined, true]);
});
