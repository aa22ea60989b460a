import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import type { Envelope } from "../record/mod.ts";
import { RunControl } from "./run_control.ts";
import type { Exit } from "./segment_exit.ts";
import { type Launch, SegmentRunner, type SegmentRunnerOptions } from "./segment_runner.ts";

function launch(n: number): Launch {
  const envelope: Envelope = { rowId: `row-${n}`, path: [0, n], row: { n }, parents: [] };
  return {
    path: envelope.path,
    rowIds: envelope.rowId,
    start: (slot) => void slot.outputs[0]!.push(envelope),
  };
}

function runnerOf(
  launches: AsyncIterable<readonly Launch[]>,
  push: Exit["push"],
  options: Partial<SegmentRunnerOptions> & { readonly ready?: Exit["ready"] } = {},
): SegmentRunner {
  const { ready = () => undefined } = options;
  return new SegmentRunner({
    launches,
    exits: [{ push, ready, close: () => {}, fail: () => {} }],
    limits: { inFlightMax: 256, windowMax: 1_024, heldMax: 1_024 },
    spillPath: "/nothing-is-spilled-here/rows.jsonl",
    control: new RunControl(),
    onEnded: () => {},
    endedReady: () => undefined,
    ...options,
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

/** Rows whose first one takes until `first` resolves; the others are done at once, and every third of them fails. */
async function* behindASlowOne(count: number, first: Promise<void>): AsyncGenerator<readonly Launch[]> {
  const { path, rowIds, start } = launch(0);
  yield [{
    path,
    rowIds,
    start: async (slot) => {
      await first;
      await start(slot);
    },
  }];
  for (let n = 1; n < count; n++) {
    const { path, rowIds, start } = launch(n);
    yield [{
      path,
      rowIds,
      start: (slot) => {
        const envelope: Envelope = { rowId: `row-${n}`, path, row: { n }, parents: [] };
        if (n % 3 > 0) return start(slot);
        const error = new FastDistillError("step.failed", `Row ${n}`);
        slot.ended.push({ step: "s", envelope, ending: { state: "failed", error } });
      },
    }];
    if (n % 100 === 0) await Promise.resolve();
  }
}

Deno.test("SegmentRunner.run() keeps what waits for a slow row in a file, and gives it back in order as there is room", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const spillPath = join(folder, "tmp", "rows.jsonl");
    const first = Promise.withResolvers<void>();
    const [rows, failed, sizes]: [unknown[], string[], number[]] = [[], [], []];
    let room = Promise.withResolvers<void>();
    let spilled = 0;
    let isFull = false;
    const source = async function* (): AsyncGenerator<readonly Launch[]> {
      yield* behindASlowOne(2_000, first.promise);
      spilled = (await Deno.stat(spillPath)).size;
      first.resolve();
    };
    await runnerOf(source(), (envelopes) => {
      rows.push(...envelopes.map(({ row }) => row.n));
      sizes.push(envelopes.length);
      isFull = true;
      queueMicrotask(() => {
        isFull = false;
        room.resolve();
        room = Promise.withResolvers();
      });
    }, {
      limits: { inFlightMax: 4, windowMax: 10_000, heldMax: 100 },
      spillPath,
      ready: () => isFull && rows.length > 0 ? room.promise : undefined,
      onEnded: ({ ending }) => failed.push(ending.state === "failed" ? ending.error.message : ending.state),
    }).run();
    const all = Array.from({ length: 2_000 }, (_, n) => n);
    assertEquals(rows, all.filter((n) => n === 0 || n % 3 > 0));
    assertEquals(failed, all.filter((n) => n > 0 && n % 3 === 0).map((n) => `Row ${n}`));
    assertEquals(spilled > 50_000, true);
    assertEquals([Math.max(...sizes) <= 356, sizes.length >= 5], [true, true]);
    assertEquals([...Deno.readDirSync(join(folder, "tmp"))], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SegmentRunner.run() fails when what waits cannot be written", async () => {
  const first = Promise.withResolvers<void>();
  const failing = runnerOf(behindASlowOne(2_000, first.promise), () => {}, {
    limits: { inFlightMax: 4, windowMax: 10_000, heldMax: 100 },
    spillPath: "/dev/null/rows.jsonl",
  }).run();
  const error = await assertRejects(() => failing, FastDistillError);
  first.resolve();
  assertEquals(error.code, "data.write_failed");
  assertMatch(error.message, /rows that wait for their turn: \/dev\/null\/rows\.jsonl/);
});

Deno.test("SegmentRunner.run() ends when what is behind it fails while rows wait in the file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = Promise.withResolvers<void>();
    const refused = new Error("refused");
    const source = async function* (): AsyncGenerator<readonly Launch[]> {
      yield* behindASlowOne(1_000, first.promise);
      first.resolve();
    };
    let pushed = 0;
    const failing = runnerOf(source(), (envelopes) => pushed += envelopes.length, {
      limits: { inFlightMax: 4, windowMax: 10_000, heldMax: 100 },
      spillPath: join(folder, "rows.jsonl"),
      ready: () => pushed > 0 ? Promise.reject(refused) : undefined,
    }).run();
    assertEquals(await failing.then(() => undefined, (cause) => cause), refused);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
