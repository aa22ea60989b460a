import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import type { Lease, LeaseRequest, Limiter } from "../gateway/mod.ts";
import { soon } from "../runtime/mod.ts";

/** A limiter that was opened for one case. */
export interface LimiterUnderTest {
  /** Has no calls yet. */
  readonly limiter: Limiter;
  /** Called after the case. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** What {@linkcode testLimiter} needs to know. */
export interface LimiterSuiteOptions {
  /** Opens a limiter that lets exactly so many calls through at once, at any pace. */
  readonly make: (concurrency: number) => LimiterUnderTest | Promise<LimiterUnderTest>;
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every limiter passes: never more calls than allowed, places given back are given on, the
 * highest priority first and equal ones in order, an aborted call leaves nothing behind, and `headroom` and `tryAcquire`
 * agree with what is granted.
 *
 * @example
 * ```ts
 * import type { Limiter } from "@fastdistill/core";
 * import { testLimiter } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const openMyLimiter = (_concurrency: number): Promise<Limiter> => Promise.reject(new Error("Open yours here"));
 *
 * const names: string[] = [];
 * testLimiter("mine", {
 *   make: async (concurrency) => ({ limiter: await openMyLimiter(concurrency) }),
 *   test: (name) => names.push(name), // Left out in a real test.
 * });
 * assertEquals(names[0], "testLimiter(mine) lets no more calls through than it may");
 * ```
 */
export function testLimiter(name: string, options: LimiterSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, concurrency: number, run: (limiter: Limiter) => Promise<void>) =>
    test(`testLimiter(${name}) ${statement}`, async () => {
      const under = await options.make(concurrency);
      try {
        await run(under.limiter);
      } finally {
        await under.dispose?.();
      }
    });
  add("lets no more calls through than it may", 3, ceilingCase);
  add("gives a place that was given back to who waits", 1, handOnCase);
  add("gives a place back once, however often its lease is disposed of", 2, disposeOnceCase);
  add("lets the highest priority go first, and equal ones in order", 1, orderCase);
  add("rejects with the reason of an abort, and forgets the call", 1, abortCase);
  add("lets a call inside another one through at once", 1, nestedCase);
  add("says its headroom as it grants", 2, headroomCase);
  add("tries without waiting, and never ahead of who waits", 1, tryCase);
}

const { signal } = new AbortController();

function request(rest: Partial<LeaseRequest> = {}): LeaseRequest {
  return { priority: 0, signal, ...rest };
}

function end(lease: Lease): void {
  lease.report({ kind: "ok" });
  lease[Symbol.dispose]();
}

/** Lets everything run that is ready. */
function settled(): Promise<void> {
  return new Promise((done) => soon(done));
}

async function ceilingCase(limiter: Limiter): Promise<void> {
  let [inFlight, most, done] = [0, 0, 0];
  await Promise.all(Array.from({ length: 20 }, async () => {
    using lease = await limiter.acquire(request());
    most = Math.max(most, ++inFlight);
    await settled();
    inFlight--;
    done++;
    lease.report({ kind: "ok" });
  }));
  assert.deepEqual([most, done], [3, 20]);
}

async function handOnCase(limiter: Limiter): Promise<void> {
  const first = await limiter.acquire(request());
  let isGranted = false;
  const second = limiter.acquire(request());
  void second.then(() => isGranted = true);
  await settled();
  assert.equal(isGranted, false);
  end(first);
  end(await second);
  end(await limiter.acquire(request()));
}

async function disposeOnceCase(limiter: Limiter): Promise<void> {
  const [first, second] = [await limiter.acquire(request()), await limiter.acquire(request())];
  for (let times = 0; times < 3; times++) end(first);
  const third = await limiter.acquire(request());
  let isGranted = false;
  const fourth = limiter.acquire(request());
  void fourth.then(() => isGranted = true);
  await settled();
  assert.equal(isGranted, false);
  for (const lease of [second, third]) end(lease);
  end(await fourth);
}

async function orderCase(limiter: Limiter): Promise<void> {
  const order: string[] = [];
  const holding = await limiter.acquire(request());
  const calls = ["low 1", "high 1", "low 2", "high 2"].map(async (name) => {
    const lease = await limiter.acquire(request({ priority: name.startsWith("high") ? 2 : 1 }));
    order.push(name);
    end(lease);
  });
  await settled();
  end(holding);
  await Promise.all(calls);
  assert.deepEqual(order, ["high 1", "high 2", "low 1", "low 2"]);
}

async function abortCase(limiter: Limiter): Promise<void> {
  const reason = new Error("stop");
  const early = limiter.acquire(request({ signal: AbortSignal.abort(reason) }));
  await assert.rejects(early, (thrown) => thrown === reason);
  const holding = await limiter.acquire(request());
  const stop = new AbortController();
  const waiting = limiter.acquire(request({ signal: stop.signal, priority: 9 }));
  const next = limiter.acquire(request());
  stop.abort(reason);
  await assert.rejects(waiting, (thrown) => thrown === reason);
  end(holding);
  end(await next);
}

async function nestedCase(limiter: Limiter): Promise<void> {
  const outer = await limiter.acquire(request());
  const inner = await limiter.acquire(request({ priority: Infinity, isNested: true }));
  end(inner);
  end(outer);
  end(await limiter.acquire(request()));
}

async function headroomCase(limiter: Limiter): Promise<void> {
  if (limiter.headroom === undefined) return;
  const room = () => limiter.headroom!(request());
  assert.ok(room() > 0, "An idle limiter has room");
  const leases = [await limiter.acquire(request()), await limiter.acquire(request())];
  assert.equal(room(), 0);
  const waiting = limiter.acquire(request());
  end(leases[0]!);
  const third = await waiting;
  assert.equal(room(), 0);
  for (const lease of [leases[1]!, third]) end(lease);
  assert.ok(room() > 0, "A limiter is idle again once every call has ended");
  assert.notEqual(limiter.isDown?.(), true);
}

async function tryCase(limiter: Limiter): Promise<void> {
  if (limiter.tryAcquire === undefined) return;
  const lease = limiter.tryAcquire(request());
  assert.ok(lease !== undefined, "An idle limiter lets a call through at once");
  assert.equal(limiter.tryAcquire(request()), undefined);
  const waiting = limiter.acquire(request());
  assert.equal(limiter.tryAcquire(request({ priority: 9 })), undefined);
  end(lease);
  end(await waiting);
}
