import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type FakeClock, fakeClock } from "@fastdistill/core/testing";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { AdaptiveLimiter, type AdaptiveLimiterOptions, type LimitChange } from "./adaptive_limiter.ts";
import type { CallOutcome, Lease } from "./limiter.ts";

const { signal } = new AbortController();
const ok: CallOutcome = { kind: "ok" };

function setUp(options: Partial<AdaptiveLimiterOptions> = {}) {
  const clock = fakeClock();
  const limiter = new AdaptiveLimiter({ clock, concurrency: 8, ...options });
  const acquire = (priority = 0, tokens = 0) => limiter.acquire({ priority, signal, tokens });
  return { clock, limiter, acquire };
}

/** Ends a call. */
function end(lease: Lease, outcome?: CallOutcome): void {
  if (outcome !== undefined) lease.report(outcome);
  lease[Symbol.dispose]();
}

/** Keeps a number of callers busy; each call takes as long and ends as the answer says. */
function keepBusy(
  { clock, limiter }: { readonly clock: FakeClock; readonly limiter: AdaptiveLimiter },
  callers: number,
  answer: (inFlight: number) => { readonly ms: number; readonly outcome: CallOutcome },
) {
  const counts = { ok: 0, refused: 0, inFlight: 0, most: 0, stopped: false };
  const call = async () => {
    while (!counts.stopped) {
      using lease = await limiter.acquire({ priority: 0, signal });
      counts.most = Math.max(counts.most, ++counts.inFlight);
      const { ms, outcome } = answer(counts.inFlight);
      await clock.sleep(ms);
      counts.inFlight--;
      lease.report(outcome);
      if (outcome.kind === "ok") counts.ok++;
      else counts.refused++;
    }
  };
  for (let caller = 0; caller < callers; caller++) void call();
  return counts;
}

Deno.test("AdaptiveLimiter refuses limits that let nothing through", () => {
  for (const concurrency of [0, -1, 1.5, NaN]) {
    assertThrows(() => setUp({ concurrency }), RangeError, "at least one call");
  }
  assertThrows(() => setUp({ rpm: 0 }), RangeError, "positive, found 0");
});

Deno.test("AdaptiveLimiter sends nothing while the endpoint asks to wait, and says how long that took", async () => {
  const { clock, acquire } = setUp();
  end(await acquire(), { kind: "rate_limited", retryAfterMs: 7_000 });
  const next = acquire();
  let isGranted = false;
  void next.then(() => isGranted = true);
  await clock.advance(6_999);
  assertEquals(isGranted, false);
  await clock.advance(1);
  assertEquals((await next).waited_ms, 7_000);
});

Deno.test("AdaptiveLimiter waits for the longest of several pauses that are asked for", async () => {
  const { clock, limiter, acquire } = setUp();
  const leases = [await acquire(), await acquire()];
  end(leases[0]!, { kind: "rate_limited", retryAfterMs: 1_000 });
  end(leases[1]!, { kind: "rate_limited", retryAfterMs: 3_000 });
  const next = acquire();
  await clock.advance(2_999);
  assertEquals(limiter.state().waiting, 1);
  await clock.advance(1);
  end(await next);
});

Deno.test("AdaptiveLimiter finds how many calls at once are accepted, and stays there", async () => {
  const { clock, limiter } = setUp({ concurrency: 64 });
  const counts = keepBusy({ clock, limiter }, 100, (inFlight) => {
    if (inFlight > 20) return { ms: 20, outcome: { kind: "rate_limited" } };
    return { ms: 500, outcome: ok };
  });
  await clock.advance(30_000);
  const before = { ...counts };
  await clock.advance(30_000);
  const [answered, refused] = [counts.ok - before.ok, counts.refused - before.refused];
  assert(answered >= 0.95 * 20 * 2 * 30, `${answered} calls answered`);
  assert(refused <= 0.015 * answered, `${refused} calls refused`);
});

Deno.test("AdaptiveLimiter does not fill the queue of an endpoint that queues silently", async () => {
  const { clock, limiter } = setUp({ concurrency: 200 });
  let freeAt = 0;
  const counts = keepBusy({ clock, limiter }, 200, () => {
    const now = clock.monotonic();
    freeAt = Math.max(freeAt, now) + 25; // 40 calls a second, 500 ms each when it is at ease
    return { ms: freeAt - now + 475, outcome: ok };
  });
  await clock.advance(20_000);
  const before = counts.ok;
  await clock.advance(20_000);
  assert(counts.ok - before >= 0.95 * 40 * 20, `${counts.ok - before} calls answered`);
  assert(limiter.state().window <= 60, `window is ${limiter.state().window}`);
});

Deno.test("AdaptiveLimiter sends as many as it may when it is not adaptive", async () => {
  const { clock, limiter } = setUp({ concurrency: 40, adaptive: false });
  const counts = keepBusy({ clock, limiter }, 50, () => ({ ms: 100, outcome: { kind: "overloaded" } }));
  await clock.advance(50);
  assertEquals(counts.most, 40);
});

Deno.test("AdaptiveLimiter keeps to the calls and tokens a minute", async () => {
  for (const limits of [{ rpm: 120 }, { tpm: 12_000 }]) {
    const { clock, limiter } = setUp({ concurrency: 100, ...limits });
    const sent: number[] = [];
    const call = async () => {
      while (clock.monotonic() < 180_000) {
        using lease = await limiter.acquire({ priority: 0, signal, tokens: 400 });
        sent.push(clock.monotonic());
        await clock.sleep(200);
        lease.report({ kind: "ok", tokens: 100 });
      }
    };
    for (let caller = 0; caller < 20; caller++) void call();
    await clock.advance(180_000);
    for (const from of [0, 45_000, 100_000]) {
      const inMinute = sent.filter((at) => at >= from && at < from + 60_000).length;
      assert(inMinute <= 121 && inMinute >= 112, `${inMinute} calls in the minute from ${from} ms`);
    }
  }
});

Deno.test("AdaptiveLimiter lets a call through that is larger than a second's tokens", async () => {
  const { clock, acquire } = setUp({ tpm: 600 });
  end(await acquire(0, 300), { kind: "ok", tokens: 300 });
  const second = acquire(0, 300);
  await clock.advance(60_000);
  end(await second);
});

Deno.test("AdaptiveLimiter stays within an advertised quota without a refusal", async () => {
  const { clock, limiter } = setUp({ concurrency: 64 });
  let [level, last] = [40, 0];
  const counts = keepBusy({ clock, limiter }, 64, () => {
    level = Math.min(40, level + (clock.monotonic() - last) / 50);
    last = clock.monotonic();
    if (level < 1) return { ms: 10, outcome: { kind: "rate_limited" } };
    level--;
    const quotas = [{
      of: "requests" as const,
      limit: 40,
      remaining: Math.floor(level),
      resetMs: (40 - level) * 50,
    }];
    return { ms: 300, outcome: { kind: "ok", quotas } };
  });
  await clock.advance(60_000);
  assertEquals(counts.refused, 0);
  assert(counts.ok >= 0.95 * 20 * 60, `${counts.ok} calls answered`);
});

Deno.test("AdaptiveLimiter probes an endpoint that fails outright with one call at a time, and comes back", async () => {
  const { clock, limiter } = setUp();
  let isDown = true;
  const counts = keepBusy({ clock, limiter }, 8, () => {
    return { ms: 10, outcome: isDown ? { kind: "unreachable" } : ok };
  });
  await clock.advance(20_000);
  assert(counts.refused <= 20, `${counts.refused} calls sent to an endpoint that is down`);
  isDown = false;
  await clock.advance(9_000);
  assert(counts.ok > 100, `${counts.ok} calls answered`);
});

Deno.test("AdaptiveLimiter takes probes from all over its queue, so that calls which fail by themselves hold up no others", async () => {
  for (const good of [[40, 80], [0, 40], [20, 60]] as const) {
    const { clock, limiter } = setUp({ concurrency: 4 });
    let answered = 0;
    const call = async (fails: boolean) => {
      using lease = await limiter.acquire({ priority: 0, signal });
      await clock.sleep(10);
      lease.report(fails ? { kind: "unreachable" } : ok);
      if (!fails) answered++;
    };
    const calls = Array.from({ length: 80 }, (_, index) => call(index < good[0] || index >= good[1]));
    const settled = Promise.allSettled(calls);
    await clock.advance(10_000);
    assertEquals(answered, 40);
    await clock.advance(60_000);
    await settled;
  }
});

Deno.test("AdaptiveLimiter sends calls away when an endpoint has been down for long", async () => {
  const { clock, acquire } = setUp({ concurrency: 1 });
  for (let failure = 0; failure < 5; failure++) end(await acquire(), { kind: "unreachable" });
  const probes = (async () => {
    for (;;) end(await acquire(), { kind: "unreachable" });
  })();
  const rejected = assertRejects(() => probes, FastDistillError);
  await clock.advance(40_000);
  const error = await rejected;
  assertEquals(error.code, "provider.unavailable");
  assert(/found it down for 3\d s/.test(error.message), error.message);
});

Deno.test("AdaptiveLimiter probes again when a probe was given up", async () => {
  const { clock, acquire } = setUp({ concurrency: 1 });
  for (let failure = 0; failure < 5; failure++) end(await acquire(), { kind: "unreachable" });
  const probe = acquire();
  await clock.advance(250);
  end(await probe);
  end(await acquire(), ok);
});

Deno.test("AdaptiveLimiter leaves no timer and no place behind when all who wait give up", async () => {
  const { clock, limiter, acquire } = setUp();
  end(await acquire(), { kind: "rate_limited", retryAfterMs: 5_000 });
  const abort = new AbortController();
  const waiting = [1, 2, 3].map(() => limiter.acquire({ priority: 0, signal: abort.signal }));
  await clock.advance(1);
  assertEquals([limiter.state().waiting, clock.sleeping()], [3, 1]);
  abort.abort(new Error("stopped"));
  for (const one of waiting) await assertRejects(() => one, Error, "stopped");
  assertEquals([limiter.state().waiting, limiter.state().inFlight, clock.sleeping()], [0, 0, 0]);
});

const call = fc.record({
  priority: fc.integer({ min: 0, max: 3 }),
  startsAt: fc.integer({ min: 0, max: 3_000 }),
  ms: fc.integer({ min: 0, max: 800 }),
  tokens: fc.integer({ min: 0, max: 2_000 }),
  kind: fc.constantFrom<CallOutcome["kind"] | "given up">(
    "ok",
    "ok",
    "ok",
    "rate_limited",
    "overloaded",
    "unreachable",
    "refused",
    "given up",
  ),
  /** Given up while it waits, so long after it began to. */
  patience: fc.option(fc.integer({ min: 0, max: 2_000 }), { freq: 4, nil: undefined }),
});

interface Place {
  readonly priority: number;
  readonly since: number;
}

function isBefore(one: Place, other: Place): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.since < other.since);
}

const limits = fc.record({
  concurrency: fc.integer({ min: 1, max: 12 }),
  adaptive: fc.boolean(),
  rpm: fc.option(fc.integer({ min: 30, max: 3_000 }), { nil: undefined }),
  tpm: fc.option(fc.integer({ min: 10_000, max: 1_000_000 }), { nil: undefined }),
});

Deno.test("AdaptiveLimiter serves all, never more than allowed at once, the highest priority first, and leaks nothing", async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(call, { minLength: 1, maxLength: 40 }), async (options, calls) => {
      const { clock, limiter } = setUp(options);
      let [inFlight, most, settled, failures] = [0, 0, 0, 0];
      const queue: Place[] = [];
      const wrong: string[] = [];
      const run = async ({ priority, startsAt, ms, tokens, kind, patience }: (typeof calls)[number]) => {
        await clock.sleep(startsAt);
        const abort = new AbortController();
        if (patience !== undefined) clock.sleep(patience).then(() => abort.abort(new Error("impatient")));
        const mine = { priority, since: clock.monotonic() };
        queue.push(mine);
        try {
          using lease = await limiter.acquire({ priority, signal: abort.signal, tokens });
          most = Math.max(most, ++inFlight);
          const now = clock.monotonic();
          const passed = queue.find((other) => isBefore(other, mine) && other.since < now);
          // After five failures in a row calls are probes, which come from all over the queue.
          if (passed !== undefined && failures < 5) {
            wrong.push(`${JSON.stringify(mine)} before ${JSON.stringify(passed)}`);
          }
          queue.splice(queue.indexOf(mine), 1);
          await clock.sleep(ms);
          inFlight--;
          if (kind === "given up") return void settled++;
          failures = kind === "overloaded" || kind === "unreachable" ? failures + 1 : 0;
          lease.report({ kind });
        } catch {
          queue.splice(queue.indexOf(mine), 1);
        }
        settled++;
      };
      for (const one of calls) void run(one);
      await clock.advance(3_600_000);
      assertEquals([wrong, settled, limiter.state().waiting, limiter.state().inFlight], [
        [],
        calls.length,
        0,
        0,
      ]);
      assert(most <= options.concurrency);
      assertEquals(clock.sleeping(), 0);
    }),
    { numRuns: 150, seed: 7 },
  );
});

Deno.test("AdaptiveLimiter lets the deepest step go first whenever a place is free", async () => {
  const { clock, limiter } = setUp({ concurrency: 2 });
  const started: number[] = [];
  const run = async (priority: number) => {
    using lease = await limiter.acquire({ priority, signal });
    started.push(priority);
    await clock.sleep(10);
    lease.report(ok);
  };
  for (const priority of [0, 0, 0, 2, 1, 2, 0, 1]) void run(priority);
  await clock.advance(100);
  assertEquals(started, [0, 0, 2, 2, 1, 1, 0, 0]);
});

Deno.test("AdaptiveLimiter tells when the circuit opens and closes, and when its window changed much", async () => {
  const clock = fakeClock();
  const changes: LimitChange[] = [];
  const limiter = new AdaptiveLimiter({ clock, concurrency: 32, onChange: (change) => changes.push(change) });
  const acquire = () => limiter.acquire({ priority: 0, signal: new AbortController().signal });
  for (let failure = 0; failure < 5; failure++) end(await acquire(), { kind: "unreachable" });
  const probe = acquire();
  await clock.advance(250);
  end(await probe, { kind: "ok" });
  for (let refusal = 0; refusal < 6; refusal++) {
    const lease = acquire();
    await clock.advance(2_000);
    end(await lease, { kind: "overloaded" });
  }
  assertEquals(changes.slice(0, 2), [{ kind: "opened", failures: 5 }, { kind: "closed", downMs: 250 }]);
  assertEquals(changes.filter(({ kind }) => kind === "opened").length, 2);
});
