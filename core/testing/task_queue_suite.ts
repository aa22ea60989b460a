import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import type { JsonObject } from "../record/mod.ts";
import type { QueuedTask, TaskQueue } from "../run/mod.ts";
import { soon } from "../runtime/mod.ts";

/** A task queue that was opened for one case. */
export interface TaskQueueUnderTest {
  /** Knows no task, and gives one out three times in all. */
  readonly queue: TaskQueue;
  /** Lets so much time pass that leases run out which are not renewed. */
  readonly expire: () => Promise<void>;
  /** Called after the case. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** What {@linkcode testTaskQueue} needs to know. */
export interface TaskQueueSuiteOptions {
  /** Opens a queue without tasks, in which a task is tried three times in all. */
  readonly make: () => TaskQueueUnderTest | Promise<TaskQueueUnderTest>;
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every task queue passes: each task is done although workers fail, die or come late, a task is
 * added once, priorities and dependencies are kept, and the outcome of work with a barrier depends on nothing of that.
 *
 * @example
 * ```ts
 * import { MemoryTaskQueue } from "@fastdistill/core";
 * import { fakeClock, testTaskQueue } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const names: string[] = [];
 * testTaskQueue("mine", {
 *   make: () => {
 *     const clock = fakeClock();
 *     const queue = new MemoryTaskQueue({ clock, attempts: 3, leaseMs: 1_000 });
 *     return { queue, expire: () => clock.advance(1_000) };
 *   },
 *   test: (name) => names.push(name), // Left out in a real test.
 * });
 * assertEquals(names[0], "testTaskQueue(mine) gives a task to one worker, and keeps its result");
 * ```
 */
export function testTaskQueue(name: string, options: TaskQueueSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, run: (under: TaskQueueUnderTest) => Promise<void>) =>
    test(`testTaskQueue(${name}) ${statement}`, async () => {
      const under = await options.make();
      try {
        await run(under);
      } finally {
        await under.queue.close();
        await under.dispose?.();
      }
    });
  add("gives a task to one worker, and keeps its result", resultCase);
  add("adds a task once", onceCase);
  add("gives the highest priority first, and equal ones in order", priorityCase);
  add("gives a task again that failed, as often as it may", failingCase);
  add("gives a task again whose lease ran out, and refuses what comes late", expiryCase);
  add("keeps a lease that is renewed", renewCase);
  add("gives a task only after those that it waits for, with how they ended", barrierCase);
  add("refuses a task that waits for one that is not known", unknownCase);
  add("lets go of workers that are stopped, and of all when it is closed", closeCase);
  add("comes to the same result whatever workers there are and whichever fail", sameCase);
}

const { signal } = new AbortController();

function task(id: string, more: Partial<QueuedTask> = {}): QueuedTask {
  return { id, queue: "cpu", data: { name: id }, ...more };
}

async function resultCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("a")]);
  const lease = await queue.lease("cpu", signal);
  assert.deepEqual([lease!.task.id, lease!.task.data, lease!.attempt], ["a", { name: "a" }, 1]);
  const end = queue.end("a", signal);
  assert.equal(await lease!.done({ rows: 3 }), true);
  assert.deepEqual(await end, { state: "done", result: { rows: 3 } });
  assert.equal(await lease!.done({ rows: 4 }), false);
  assert.deepEqual(await queue.end("a", signal), { state: "done", result: { rows: 3 } });
}

async function onceCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("a"), task("b")]);
  await queue.add([task("a"), task("c")]);
  await (await queue.lease("cpu", signal))!.done({});
  await queue.add([task("a")]);
  const left = [await queue.lease("cpu", signal), await queue.lease("cpu", signal)];
  assert.deepEqual(left.map((lease) => lease!.task.id), ["b", "c"]);
  for (const lease of left) await lease!.done({});
  assert.equal(await isIdle(queue), true);
}

/** Whether a worker finds nothing to do. */
async function isIdle(queue: TaskQueue): Promise<boolean> {
  const stop = new AbortController();
  const waiting = queue.lease("cpu", stop.signal).then(() => false, () => true);
  await new Promise<void>((done) => soon(done));
  stop.abort(new Error("nothing came"));
  return await waiting;
}

async function priorityCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("low"), task("high", { priority: 5 }), task("next"), task("also", { priority: 5 })]);
  await queue.add([task("other", { queue: "chat", priority: 9 })]);
  const order: string[] = [];
  for (let taken = 0; taken < 4; taken++) {
    const lease = await queue.lease("cpu", signal);
    order.push(lease!.task.id);
    await lease!.done({});
  }
  assert.deepEqual(order, ["high", "also", "low", "next"]);
}

async function failingCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("a")]);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const lease = await queue.lease("cpu", signal);
    assert.equal(lease!.attempt, attempt);
    assert.equal(await lease!.failed(`broke ${attempt}`), true);
  }
  assert.deepEqual(await queue.end("a", signal), { state: "failed", message: "broke 3", attempts: 3 });
  assert.equal(await isIdle(queue), true);
  await queue.add([task("b")]);
  {
    await using _forgotten = await queue.lease("cpu", signal);
  }
  assert.equal((await queue.lease("cpu", signal))!.attempt, 2);
}

async function expiryCase({ queue, expire }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("a")]);
  const dead = await queue.lease("cpu", signal);
  await expire();
  const next = await queue.lease("cpu", signal);
  assert.deepEqual([next!.task.id, next!.attempt], ["a", 2]);
  assert.deepEqual([await dead!.done({ by: "dead" }), await dead!.renew()], [false, false]);
  assert.equal(await next!.done({ by: "next" }), true);
  assert.deepEqual(await queue.end("a", signal), { state: "done", result: { by: "next" } });
}

async function renewCase({ queue, expire }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("a"), task("b")]);
  const renewed = await queue.lease("cpu", signal);
  assert.equal(await renewed!.renew(), true);
  assert.equal(await renewed!.done({}), true);
  const late = await queue.lease("cpu", signal);
  await expire();
  assert.equal(await late!.renew(), false);
}

async function barrierCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await queue.add([task("one"), task("two"), task("all", { after: ["two", "one"], priority: 9 })]);
  const one = await queue.lease("cpu", signal);
  assert.equal(one!.task.id, "one");
  await one!.done({ rows: 1 });
  for (let attempt = 1; attempt <= 3; attempt++) {
    const two = await queue.lease("cpu", signal);
    assert.equal(two!.task.id, "two");
    await two!.failed("no");
  }
  const all = await queue.lease("cpu", signal);
  assert.equal(all!.task.id, "all");
  assert.deepEqual([...all!.before], [
    ["two", { state: "failed", message: "no", attempts: 3 }],
    ["one", { state: "done", result: { rows: 1 } }],
  ]);
  await queue.add([task("late", { after: ["one"] })]);
  assert.equal((await queue.lease("cpu", signal))!.task.id, "late");
}

async function unknownCase({ queue }: TaskQueueUnderTest): Promise<void> {
  await assert.rejects(queue.add([task("a", { after: ["b"] }), task("b")]), RangeError);
  await assert.rejects(queue.end("a", signal), RangeError);
  assert.equal(await isIdle(queue), true);
}

async function closeCase({ queue }: TaskQueueUnderTest): Promise<void> {
  const stop = new AbortController();
  const [stopped, closed] = [queue.lease("cpu", stop.signal), queue.lease("cpu", signal)];
  const reason = new Error("stop");
  stop.abort(reason);
  await assert.rejects(stopped, (thrown) => thrown === reason);
  await queue.close();
  assert.equal(await closed, undefined);
  assert.equal(await queue.lease("cpu", signal), undefined);
}

const BATCHES = 12;

/** Batches are squared, a barrier puts them together in order; some attempts fail, some leases are left alone. */
async function sameCase({ queue, expire }: TaskQueueUnderTest): Promise<void> {
  const expected = Array.from({ length: BATCHES }, (_, batch) => batch * batch);
  const batches = expected.map((_, batch) => task(`batch-${batch}`, { data: { batch } }));
  await queue.add([...batches, task("sum", { after: batches.map(({ id }) => id) })]);
  let [open, isDone] = [0, false];
  const work = async (worker: number) => {
    for (let taken = 0; !isDone; taken++) {
      const lease = await queue.lease("cpu", signal);
      if (lease === undefined) return;
      open++;
      await new Promise<void>((done) => soon(done));
      if (lease.attempt === 1 && (worker + taken) % 3 === 0) await lease.failed("bad luck");
      else if (lease.attempt === 1 && (worker + taken) % 5 === 1) void lease; // It dies.
      else await lease.done(resultOf(lease.task.id, lease.task.data, lease.before));
      open--;
    }
  };
  const workers = [1, 2, 3].map(work);
  const end = queue.end("sum", signal).then((end) => {
    isDone = true;
    return end;
  });
  for (let round = 0; round < 100 && !isDone; round++) {
    await new Promise<void>((done) => soon(done));
    if (open === 0) await expire();
  }
  assert.deepEqual(await end, { state: "done", result: { values: expected } });
  await queue.close();
  await Promise.all(workers);
}

function resultOf(id: string, { batch }: JsonObject, before: ReadonlyMap<string, unknown>): JsonObject {
  if (id !== "sum") return { value: Number(batch) ** 2 };
  const ends = [...before.values()] as readonly { readonly result: { readonly value: number } }[];
  return { values: ends.map(({ result }) => result.value) };
}
