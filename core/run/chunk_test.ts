import { assertEquals } from "@std/assert";
import type { Envelope } from "../record/mod.ts";
import { Channel } from "./channel.ts";
import { type Chunk, mergeChunks } from "./chunk.ts";

const envelope = (name: string, ...path: number[]): Envelope => ({
  rowId: name,
  path,
  row: { name },
  parents: [],
});

function stream(...chunks: Chunk[]): AsyncIterable<Chunk> {
  const channel = new Channel<Chunk>(100);
  for (const chunk of chunks) channel.push(chunk);
  channel.close();
  return channel;
}

async function names(merged: AsyncIterable<Chunk>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { envelopes } of merged) seen.push(...envelopes.map(({ rowId }) => rowId));
  return seen;
}

Deno.test("mergeChunks() restores the canonical order", async () => {
  const a = stream(
    { envelopes: [envelope("a0", 0, 0)], upTo: [0, 0] },
    { envelopes: [envelope("a2", 0, 2), envelope("a2.0", 0, 2, 0)], upTo: [0, 2] },
  );
  const b = stream({ envelopes: [envelope("b0", 0, 0), envelope("b1", 0, 1)], upTo: [0, 1] }, {
    envelopes: [envelope("b3", 0, 3)],
    upTo: [0, 3],
  });
  assertEquals(await names(mergeChunks([a, b])), ["a0", "b0", "b1", "a2", "a2.0", "b3"]);
});

Deno.test("mergeChunks() is not held up by a stream that gives no rows", async () => {
  const empty = new Channel<Chunk>(100);
  const rows = new Channel<Chunk>(100);
  const seen: string[] = [];
  const done = (async () => {
    for await (const { envelopes } of mergeChunks([empty, rows])) {
      seen.push(...envelopes.map(({ rowId }) => rowId));
    }
  })();
  for (let index = 0; index < 3; index++) {
    empty.push({ envelopes: [], upTo: [0, index] });
    rows.push({ envelopes: [envelope(`r${index}`, 0, index)], upTo: [0, index] });
  }
  empty.close();
  rows.close();
  await done;
  assertEquals(seen, ["r0", "r1", "r2"]);
});

Deno.test("mergeChunks() ends with streams of unequal length, and with none at all", async () => {
  const short = stream({ envelopes: [envelope("s", 0, 5)], upTo: [0, 5] });
  const long = stream({ envelopes: [envelope("l1", 0, 1)], upTo: [0, 1] }, {
    envelopes: [envelope("l9", 0, 9)],
    upTo: [0, 9],
  });
  assertEquals(await names(mergeChunks([short, long, stream()])), ["l1", "s", "l9"]);
  assertEquals(await names(mergeChunks([stream(), stream()])), []);
});
