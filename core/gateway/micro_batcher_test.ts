import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fakeClock } from "../testing/mod.ts";
import { MicroBatcher } from "./micro_batcher.ts";

class TooMany extends Error {}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

Deno.test("MicroBatcher answers every item once, with its own answer, within the limits of a batch", async () => {
  const item = fc.record({ n: fc.integer({ min: 1, max: 9 }), afterMs: fc.integer({ min: 0, max: 300 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 30 }),
      async (items, itemsMax, weightMax) => {
        const clock = fakeClock();
        const batches: (readonly number[])[] = [];
        const batcher = new MicroBatcher<number, string>({
          itemsMax,
          weightMax,
          weightOf: (n) => n,
          send: async (batch) => {
            batches.push(batch);
            await clock.sleep(50 + 3 * batch.length);
            return batch.map((n) => `answer ${n}`);
          },
          isDivisible: () => false,
        });
        const answers = items.map(async ({ n, afterMs }) => {
          await clock.sleep(afterMs);
          return await batcher.submit(n);
        });
        let isDone = false;
        const all = Promise.all(answers).finally(() => isDone = true);
        while (!isDone) {
          await clock.advance(50);
          await turn();
        }
        assertEquals(await all, items.map(({ n }) => `answer ${n}`));
        assertEquals(batches.flat().length, items.length);
        for (const batch of batches) {
          const weight = batch.reduce((sum, n) => sum + n, 0);
          assert(
            batch.length <= itemsMax && (weight <= weightMax || batch.length === 1),
            JSON.stringify(batch),
          );
        }
      },
    ),
    { numRuns: 40, seed: 7 },
  );
});

Deno.test("MicroBatcher sends at once while nothing is under way, and together what came meanwhile", async () => {
  const batches: number[][] = [];
  let release = Promise.withResolvers<void>();
  const batcher = new MicroBatcher<number, number>({
    itemsMax: 100,
    send: async (batch) => {
      batches.push([...batch]);
      await release.promise;
      return batch;
    },
    isDivisible: () => false,
  });
  const answers = [batcher.submit(1), batcher.submit(2)];
  await turn();
  assertEquals(batches, [[1, 2]]);
  for (let n = 3; n <= 40; n++) answers.push(batcher.submit(n));
  await turn();
  assertEquals(batches.length, 1);
  const first = release;
  release = Promise.withResolvers<void>();
  first.resolve();
  await turn();
  assertEquals(batches.map(({ length }) => length), [2, 38]);
  release.resolve();
  assertEquals((await Promise.all(answers)).length, 40);
});

Deno.test("MicroBatcher halves a batch that is refused, and blames the one item that is to blame", async () => {
  const sizes: number[] = [];
  const batcher = new MicroBatcher<number, number>({
    itemsMax: 16,
    send: (batch) => {
      sizes.push(batch.length);
      return batch.includes(5) ? Promise.reject(new TooMany("5")) : Promise.resolve(batch.map((n) => 10 * n));
    },
    isDivisible: (error) => error instanceof TooMany,
  });
  const answers = Array.from({ length: 16 }, (_, n) => batcher.submit(n));
  await assertRejects(() => answers[5]!, TooMany);
  assertEquals(
    await Promise.all(answers.filter((_, n) => n !== 5)),
    [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((n) => 10 * n),
  );
  assertEquals([sizes.length, batcher.itemsMax], [9, 16]);
});

Deno.test("MicroBatcher learns how many items an endpoint takes", async () => {
  const sizes: number[] = [];
  const batcher = new MicroBatcher<number, number>({
    itemsMax: 32,
    send: (batch) => {
      sizes.push(batch.length);
      return batch.length > 8 ? Promise.reject(new TooMany()) : Promise.resolve(batch);
    },
    isDivisible: (error) => error instanceof TooMany,
  });
  await Promise.all(Array.from({ length: 96 }, (_, n) => batcher.submit(n)));
  assertEquals(batcher.itemsMax, 8);
  sizes.length = 0;
  await Promise.all(Array.from({ length: 32 }, (_, n) => batcher.submit(n)));
  assertEquals(sizes, [8, 8, 8, 8]);
});

Deno.test("MicroBatcher tells everyone of an error that no division helps against, and holds at least one item", async () => {
  const batcher = new MicroBatcher<number, number>({
    itemsMax: 4,
    send: () => Promise.reject(new Error("down")),
    isDivisible: () => false,
  });
  const settled = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
  assertEquals(settled.map(({ status }) => status), ["rejected", "rejected"]);
  assertThrows(
    () => new MicroBatcher({ itemsMax: 0, send: () => Promise.resolve([]), isDivisible: () => false }),
    RangeError,
  );
});
