import { assert, assertEquals, assertRejects } from "@std/assert";
import { Channel } from "./channel.ts";
import { SpillingChannel } from "./spilling_channel.ts";

Deno.test("Channel hands items on in order and says when it is full", async () => {
  const channel = new Channel<number>(2);
  assertEquals(channel.ready(), undefined);
  channel.push(1);
  channel.push(2);
  const room = channel.ready();
  assert(room instanceof Promise);
  const items = channel[Symbol.asyncIterator]();
  assertEquals((await items.next()).value, 1);
  await room;
  channel.push(3);
  channel.close();
  assertEquals([(await items.next()).value, (await items.next()).value, (await items.next()).done], [
    2,
    3,
    true,
  ]);
});

Deno.test("Channel ends its reader and frees its writer when it fails", async () => {
  const channel = new Channel<number>(1);
  channel.push(1);
  const room = channel.ready();
  channel.fail(new Error("upstream broke"));
  await room;
  await assertRejects(
    async () => {
      for await (const _ of channel) assert(false);
    },
    Error,
    "upstream broke",
  );
});

Deno.test("SpillingChannel is never full, keeps order, and leaves no file behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const channel = new SpillingChannel<{ n: number }>(10, `${folder}/spill/x.jsonl`);
    for (let n = 0; n < 100; n++) channel.push({ n });
    channel.close();
    const seen: number[] = [];
    assertEquals((await Deno.stat(`${folder}/spill/x.jsonl`)).isFile, true);
    for await (const { n } of channel) seen.push(n);
    assertEquals(seen, Array.from({ length: 100 }, (_, n) => n));
    assertEquals([...Deno.readDirSync(`${folder}/spill`)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SpillingChannel gives back what was spilled while more is added", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const channel = new SpillingChannel<{ n: number }>(4, `${folder}/spill/x.jsonl`);
    const items = channel[Symbol.asyncIterator]();
    const seen: number[] = [];
    let pushed = 0;
    for (let round = 0; round < 30; round++) {
      for (let count = 0; count < 10; count++) channel.push({ n: pushed++ });
      for (let count = 0; count < 7 + round % 3; count++) seen.push((await items.next()).value!.n);
    }
    channel.close();
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      seen.push(next.value.n);
    }
    assertEquals(seen, Array.from({ length: pushed }, (_, n) => n));
    assertEquals([...Deno.readDirSync(`${folder}/spill`)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
