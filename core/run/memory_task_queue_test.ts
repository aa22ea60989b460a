import { assertEquals } from "@std/assert";
import { fakeClock, testTaskQueue } from "../testing/mod.ts";
import { MemoryTaskQueue } from "./memory_task_queue.ts";

const { signal } = new AbortController();

testTaskQueue("MemoryTaskQueue", {
  make: () => {
    const clock = fakeClock();
    const queue = new MemoryTaskQueue({ clock, attempts: 3, leaseMs: 1_000 });
    return { queue, expire: () => clock.advance(1_000) };
  },
});

Deno.test("MemoryTaskQueue.add() waits while too many tasks are open", async () => {
  const queue = new MemoryTaskQueue({ clock: fakeClock(), capacity: 2 });
  const task = (id: string) => ({ id, queue: "cpu", data: {} });
  await queue.add([task("a"), task("b")]);
  let isAdded = false;
  const adding = queue.add([task("c")]).then(() => isAdded = true);
  const first = await queue.lease("cpu", signal);
  assertEquals(isAdded, false);
  await first!.done({});
  await adding;
  const left = [await queue.lease("cpu", signal), await queue.lease("cpu", signal)];
  assertEquals(left.map((lease) => lease!.task.id), ["b", "c"]);
  await queue.close();
});

Deno.test("MemoryTaskQueue renews a lease from the moment of asking, and leaves no timer behind", async () => {
  const clock = fakeClock();
  const queue = new MemoryTaskQueue({ clock, leaseMs: 1_000 });
  await queue.add([{ id: "a", queue: "cpu", data: {} }]);
  const lease = await queue.lease("cpu", signal);
  for (let renewals = 0; renewals < 5; renewals++) {
    await clock.advance(900);
    assertEquals(await lease!.renew(), true);
  }
  assertEquals([await lease!.done({}), clock.sleeping()], [true, 0]);
  await queue.close();
});
