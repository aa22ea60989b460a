import { assertEquals } from "@std/assert";
import { fakeClock } from "../testing/mod.ts";
import { SharedLimiters } from "./shared_limiters.ts";

const { signal } = new AbortController();
const limits = { concurrency: 3, adaptive: false };

Deno.test("SharedLimiters keep to the strictest of what the providers of an endpoint state, whichever is first", () => {
  for (const [first, second] of [[3, 1], [1, 3]] as const) {
    const shared = new SharedLimiters({ clock: fakeClock() });
    const one = shared.join("http://a", { ...limits, concurrency: first, rpm: 600 });
    const other = shared.join("http://a", { ...limits, concurrency: second });
    const elsewhere = shared.join("http://b", limits);
    assertEquals(one.tryAcquire!({ priority: 0, signal }) !== undefined, true);
    assertEquals(other.tryAcquire!({ priority: 0, signal }), undefined);
    assertEquals(elsewhere.tryAcquire!({ priority: 0, signal }) !== undefined, true);
  }
});

Deno.test("SharedLimiters say of an endpoint that it is paused, to every provider that shares it", async () => {
  const clock = fakeClock();
  const shared = new SharedLimiters({ clock });
  const [one, other] = [shared.join("http://a", limits), shared.join("http://a", limits)];
  assertEquals(other.pausedMs!(), 0);
  {
    using lease = await one.acquire({ priority: 0, signal });
    lease.report({ kind: "rate_limited", retryAfterMs: 3_000 });
  }
  await clock.advance(1_000);
  assertEquals([one.pausedMs!(), other.pausedMs!()], [2_000, 2_000]);
});

Deno.test("SharedLimiters cap the calls in flight over all endpoints, and free places go to whoever waits", async () => {
  const shared = new SharedLimiters({ clock: fakeClock(), concurrency: 2 });
  const [a, b] = [shared.join("http://a", limits), shared.join("http://b", limits)];
  const held = [await a.acquire({ priority: 0, signal }), await b.acquire({ priority: 0, signal })];
  const order: string[] = [];
  const wait = (name: string, limiter = a, priority = 0) =>
    limiter.acquire({ priority, signal }).then((lease) => {
      order.push(name);
      return lease;
    });
  const waiting = [wait("a shallow"), wait("b shallow", b), wait("b deep", b, 1)];
  await Promise.resolve();
  assertEquals(order, []);
  held[0]![Symbol.dispose](); // The place was of endpoint a, and the deepest call waits for b.
  (await waiting[2]!)[Symbol.dispose]();
  (await waiting[0]!)[Symbol.dispose]();
  (await waiting[1]!)[Symbol.dispose]();
  assertEquals(order, ["b deep", "a shallow", "b shallow"]);
});
