import { assertEquals } from "@std/assert";
import type { Envelope } from "../record/mod.ts";
import { RunControl } from "./run_control.ts";
import type { Exit } from "./segment_exit.ts";
import { type Launch, SegmentRunner } from "./segment_runner.ts";

function launch(n: number): Launch {
  const envelope: Envelope = { rowId: `row-${n}`, path: [0, n], row: { n }, parents: [] };
  return {
    path: envelope.path,
    rowIds: envelope.rowId,
    start: (slot) => void slot.outputs[0]!.push(envelope),
  };
}

function runnerOf(launches: AsyncIterable<readonly Launch[]>, push: Exit["push"]): SegmentRunner {
  return new SegmentRunner({
    launches,
    exits: [{ push, ready: () => undefined, close: () => {}, fail: () => {} }],
    limits: { inFlightMax: 256, windowMax: 1_024 },
    control: new RunControl(),
    onEnded: () => {},
    endedReady: () => undefined,
  });
}

Deno.test("SegmentRunner.run() hands a row on while its source waits before the next", async () => {
  const handedOn = Promise.withResolvers<void>();
  const source = async function* (): AsyncGenerator<readonly Launch[]> {
    yield [launch(0)];
    await handedOn.promise; // Hangs, and fails, where the first row waits for the second.
    yield [launch(1)];
  };
  const rows: unknown[] = [];
  await runnerOf(source(), (envelopes) => {
    rows.push(...envelopes.map(({ row }) => row.n));
    handedOn.resolve();
  }).run();
  assertEquals(rows, [0, 1]);
});

Deno.test("SegmentRunner.run() hands rows of a source that never waits on together, in order, some at a time", async () => {
  const source = async function* (): AsyncGenerator<readonly Launch[]> {
    for (let n = 0; n < 1_000; n++) yield [launch(n)];
  };
  const sizes: number[] = [];
  const rows: unknown[] = [];
  await runnerOf(source(), (envelopes) => {
    sizes.push(envelopes.length);
    rows.push(...envelopes.map(({ row }) => row.n));
  }).run();
  assertEquals(rows, Array.from({ length: 1_000 }, (_, n) => n));
  assertEquals([Math.max(...sizes) <= 64, sizes.length < 100], [true, true]);
});

Deno.test("SegmentRunner.run() fails when what it hands rows to does", async () => {
  const refused = new Error("refused");
  const waiting = Promise.withResolvers<void>();
  const source = async function* (): AsyncGenerator<readonly Launch[]> {
    yield [launch(0)];
    await waiting.promise;
    yield [launch(1)];
  };
  const runner = runnerOf(source(), () => {
    waiting.resolve();
    throw refused;
  });
  const thrown = await runner.run().then(() => undefined, (cause) => cause);
  assertEquals(thrown, refused);
});
