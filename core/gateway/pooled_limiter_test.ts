import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type FakeClock, fakeClock, testBudgetLedger, testLimiter } from "@fastdistill/core/testing";
import { FastDistillError } from "../errors/mod.ts";
import { AdaptiveLimiter, type AdaptiveLimiterOptions } from "./adaptive_limiter.ts";
import { ComposedBudget } from "./composed_budget.ts";
import type { Lease, LeaseRequest } from "./limiter.ts";
import { PooledLimiter } from "./pooled_limiter.ts";

const { signal } = new AbortController();
const test = (name: string, run: () => Promise<void>) => Deno.test(name, run);

testLimiter("AdaptiveLimiter", {
  make: (concurrency) => ({
    limiter: new AdaptiveLimiter({ clock: fakeClock(), concurrency, adaptive: false }),
  }),
  test,
});
for (const sizes of [[1], [1, 1], [1, 2, 1]]) {
  testLimiter(`PooledLimiter of ${sizes.length}`, {
    make: (concurrency) => {
      const clock = fakeClock();
      // The last deployment takes the rest, so that together they let exactly so many through.
      let left = concurrency;
      const members = sizes.flatMap((size, index) => {
        const own = index === sizes.length - 1 ? left : Math.min(size, left - 1);
        left -= own;
        return own <= 0
          ? []
          : [{ limiter: new AdaptiveLimiter({ clock, concurrency: own, adaptive: false }) }];
      });
      return { limiter: new PooledLimiter(members, { clock }) };
    },
    test,
  });
}
testBudgetLedger("ComposedBudget", {
  make: (run) => ({
    ledger: new ComposedBudget({ run, clock: fakeClock() }).ledgerOf({ provider: "teacher", step: "ask" }),
  }),
  test,
});
testBudgetLedger("ComposedBudget of a provider", {
  make: (limits) => ({
    ledger: new ComposedBudget({ run: {}, providers: { teacher: limits }, clock: fakeClock() })
      .ledgerOf({ provider: "teacher", step: "ask" }),
  }),
  test,
});

function poolOf(...members: readonly (Partial<AdaptiveLimiterOptions> & { readonly weight?: number })[]) {
  const clock = fakeClock();
  const limiters = members.map((options) => new AdaptiveLimiter({ clock, concurrency: 4, ...options }));
  const pool = new PooledLimiter(
    limiters.map((limiter, index) => ({ limiter, weight: members[index]!.weight })),
    { clock },
  );
  const acquire = (rest: Partial<LeaseRequest> = {}) => pool.acquire({ priority: 0, signal, ...rest });
  return { clock, limiters, pool, acquire };
}

/** Lets a deployment fail until its circuit opens. */
async function breakDown(limiter: AdaptiveLimiter): Promise<void> {
  for (let failures = 0; failures < 5; failures++) {
    using lease = await limiter.acquire({ priority: 0, signal });
    lease.report({ kind: "unreachable" });
  }
  assert(limiter.isDown());
}

Deno.test("PooledLimiter refuses to be a pool of nothing", () => {
  assertThrows(() => new PooledLimiter([], { clock: fakeClock() }), RangeError, "at least one deployment");
});

Deno.test("PooledLimiter sends a call where most room is, and among equals where none was sent for longest", async () => {
  const { acquire } = poolOf({ concurrency: 1 }, { concurrency: 3 }, { concurrency: 2 });
  const leases: Lease[] = [];
  for (let call = 0; call < 6; call++) leases.push(await acquire());
  assertEquals(leases.map(({ deployment }) => deployment), [1, 2, 1, 0, 2, 1]);
});

Deno.test("PooledLimiter is paused while all of its deployments are, until the first of them goes on", async () => {
  const { pool, acquire } = poolOf({ concurrency: 1 }, { concurrency: 1 });
  const pauses: number[] = [];
  for (const retryAfterMs of [9_000, 4_000]) {
    using lease = await acquire();
    lease.report({ kind: "rate_limited", retryAfterMs });
    pauses.push(pool.pausedMs());
  }
  assertEquals(pauses, [0, 4_000]);
});

Deno.test("PooledLimiter counts room by its weight", async () => {
  const { acquire } = poolOf({ concurrency: 2, weight: 10 }, { concurrency: 8 });
  const leases = [await acquire(), await acquire(), await acquire()];
  assertEquals(leases.map(({ deployment }) => deployment), [0, 0, 1]);
});

Deno.test("PooledLimiter avoids the deployment that just failed while another one has room", async () => {
  const { acquire } = poolOf({ concurrency: 8 }, { concurrency: 1 });
  assertEquals((await acquire({ avoids: 0 })).deployment, 1);
  assertEquals((await acquire({ avoids: 0 })).deployment, 0);
});

Deno.test("PooledLimiter leaves a dead deployment out, tries it now and then, and takes it back", async () => {
  const { clock, limiters, acquire } = poolOf({ concurrency: 100 }, { concurrency: 2 });
  await breakDown(limiters[0]!);
  const use = async (kind: "ok" | "unreachable") => {
    using lease = await acquire();
    lease.report({ kind: lease.deployment === 0 ? kind : "ok" });
    return lease.deployment;
  };
  assertEquals([await use("unreachable"), await use("unreachable")], [1, 1]);
  await clock.advance(250);
  assertEquals([await use("unreachable"), await use("unreachable")], [0, 1]); // The probe failed.
  await clock.advance(500);
  assertEquals([await use("ok"), await use("ok")], [0, 0]);
});

Deno.test("PooledLimiter sends calls away when every deployment is down and they may go elsewhere", async () => {
  const { clock, pool, acquire } = poolOf({ concurrency: 5 }, { concurrency: 5 });
  const holding = await Promise.all(Array.from({ length: 10 }, () => acquire()));
  const mobile = acquire({ mayGoElsewhere: true });
  const rooted = acquire();
  for (const lease of holding) lease.report({ kind: "unreachable" });
  for (const lease of holding) lease[Symbol.dispose]();
  for (const call of [mobile, acquire({ mayGoElsewhere: true, priority: 1 })]) {
    const error = await assertRejects(() => call, FastDistillError);
    assertEquals([error.code, error.retryable, pool.isDown()], ["provider.unavailable", false, true]);
  }
  await clock.advance(250); // The one that may not waits for the probe, and is it.
  using lease = await rooted;
  lease.report({ kind: "ok" });
  assertEquals(pool.isDown(), false);
});

interface Bucket {
  readonly perSecond: number;
  level: number;
  at: number;
}

/** Keeps callers busy with a pool whose deployments refuse what goes beyond their rate. */
function keepBusy(
  { clock, pool }: { readonly clock: FakeClock; readonly pool: PooledLimiter },
  rates: readonly number[],
) {
  const counts = { ok: rates.map(() => 0), refused: 0 };
  const buckets: Bucket[] = rates.map((perSecond) => ({ perSecond, level: perSecond, at: 0 }));
  const call = async () => {
    for (;;) {
      using lease = await pool.acquire({ priority: 0, signal });
      const bucket = buckets[lease.deployment!]!;
      const at = clock.monotonic();
      bucket.level = Math.min(bucket.perSecond, bucket.level + (at - bucket.at) / 1_000 * bucket.perSecond);
      bucket.at = at;
      const isRefused = bucket.level < 1;
      if (!isRefused) bucket.level--;
      await clock.sleep(isRefused ? 5 : 200);
      lease.report(isRefused ? { kind: "rate_limited" } : { kind: "ok" });
      if (isRefused) counts.refused++;
      else counts.ok[lease.deployment!]!++;
    }
  };
  for (let caller = 0; caller < 128; caller++) void call();
  return counts;
}

Deno.test("PooledLimiter reaches the sum of what three deployments with different rates take", async () => {
  const rates = [5, 20, 40];
  const { clock, pool } = poolOf(...rates.map((rate) => ({ concurrency: 64, rpm: rate * 60 })));
  const counts = keepBusy({ clock, pool }, rates);
  const seconds = 120;
  await clock.advance(seconds * 1_000);
  const done = counts.ok.reduce((sum, ok) => sum + ok, 0);
  const share = done / (rates.reduce((sum, rate) => sum + rate, 0) * seconds);
  assert(share >= 0.95, `Reached ${(share * 100).toFixed(1)} % of the sum: ${counts.ok}`);
  assert(counts.refused <= done * 0.01, `${counts.refused} of ${done} calls were refused`);
});
