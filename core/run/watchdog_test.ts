import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { verifyRun } from "../artifact/mod.ts";
import type { LoadedPipeline } from "../config/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { soon } from "../runtime/mod.ts";
import { defineStep, pass, stepSpec } from "../step/mod.ts";
import { type FakeClock, fakeClock } from "../testing/mod.ts";
import {
  askTask,
  hashAnswer,
  inFolder,
  type ModelDouble,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  runText,
  testPipeline,
} from "./_run_double.ts";
import type { RunHandle } from "./run_handle.ts";
import { startRun } from "./start_run.ts";

const ROWS = Array.from({ length: 3 }, (_, n) => ({ prompt: `p${n}` }));
const never = <T>(): Promise<T> => new Promise<T>(() => {});
const step = { name: "stuck", version: 1, summary: "Hangs", config: z.strictObject({}), columns: () => ({}) };
const config = z.strictObject({});

/** Lets time pass, a second at a time, while the run does what it really does between. */
async function pump(clock: FakeClock, { result }: RunHandle): Promise<RunSummary> {
  let summary: RunSummary | undefined;
  result.then((value) => summary = value, () => {});
  for (let second = 0; second < 100_000 && summary === undefined; second++) {
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => soon(resolve));
    await clock.advance(1_000);
  }
  return summary ?? await result;
}

async function stalledRun(
  pipeline: LoadedPipeline,
  { model = modelDouble(), watch = () => {} }: {
    readonly model?: ModelDouble;
    readonly watch?: (handle: RunHandle, folder: string) => void | Promise<void>;
  } = {},
): Promise<RunSummary> {
  let summary!: RunSummary;
  await inFolder(async (folder) => {
    const clock = fakeClock();
    const handle = await startRun({ pipeline, registry: registryOf(model), runsDir: folder, clock });
    summary = await pump(clock, handle);
    assertEquals((await verifyRun(summary.run_dir)).problems, []);
    await watch(handle, folder);
    assertEquals(clock.sleeping(), 0);
  });
  return summary;
}

Deno.test("a row step that never resolves is named, and the run ends with its rows pending", async () => {
  const pipeline = testPipeline().step("read", rowsStep(ROWS)).step(
    "hang",
    rowStep((row) => row.prompt === "p1" ? never() : pass(row)),
  ).build();
  const summary = await stalledRun(pipeline, {
    watch: async (_handle, folder) => {
      const [run] = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory);
      const ledger = await runText({ run_dir: `${folder}/${run!.name}` } as RunSummary, "ledger/hang.jsonl");
      assertEquals(ledger.trim().split("\n").length, 1);
    },
  });
  assertEquals([summary.status, summary.error?.code], ["failed", "run.stalled"]);
  assertMatch(
    summary.error!.message,
    /step "hang" holds 2 rows and has not moved for \d\d s, waiting for its process\(\) to return \(1 row\)$/,
  );
  assertEquals(summary.rows.kept, 1);
});

Deno.test("a step that heeds the signal lets the run end of itself", async () => {
  const reasons: string[] = [];
  const hang = stepSpec(defineStep({
    ...step,
    kind: "row",
    open: () => ({
      process: (_row, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason.code);
            reject(signal.reason);
          }, { once: true })
        ),
    }),
  }));
  const summary = await stalledRun(testPipeline().step("read", rowsStep(ROWS)).step("hang", hang).build());
  assertEquals(summary.error?.code, "run.stalled");
  assertEquals(reasons, ["run.stalled", "run.stalled", "run.stalled"]);
});

Deno.test("a batch step that never resolves is named", async () => {
  const hang = stepSpec(defineStep({
    ...step,
    kind: "batch",
    batchSize: () => 2,
    open: () => ({ process: () => never() }),
  }));
  const summary = await stalledRun(testPipeline().step("read", rowsStep(ROWS)).step("hang", hang).build());
  assertMatch(
    summary.error!.message,
    /step "hang" holds 3 rows .* waiting for its process\(\) to return \(3 rows\)/,
  );
});

Deno.test("a source that never gives a row is named", async () => {
  const silent = stepSpec<unknown, { prompt: string }>(defineStep({
    ...step,
    kind: "source",
    open: () => ({
      rows: async function* () {
        await never();
        yield { prompt: "" };
      },
    }),
  }));
  const summary = await stalledRun(testPipeline().step("read", silent).build());
  assertMatch(
    summary.error!.message,
    /step "read" holds 0 rows .* waiting for its source to give the next row/,
  );
});

Deno.test("a global step that stops reading is named, and who waits for room before it", async () => {
  const hang = stepSpec(defineStep({
    ...step,
    kind: "global",
    open: () => ({
      process: async function* (rows) {
        for await (const { rowId, row } of rows) {
          await never();
          yield { rowId, outcome: pass(row) };
        }
      },
    }),
  }));
  const many = Array.from({ length: 5_000 }, (_, n) => ({ n }));
  const summary = await stalledRun(testPipeline().step("read", rowsStep(many)).step("hang", hang).build());
  assertMatch(summary.error!.message, /step "read" .* waiting for room in the channel read>hang/);
  assertMatch(summary.error!.message, /step "hang" .* waiting for its process\(\) to return/);
});

Deno.test("a sink that never finishes a row is named", async () => {
  const hang = stepSpec(defineStep({
    ...step,
    kind: "sink",
    config,
    open: () => ({ write: () => never(), close: () => Promise.resolve({ files: [] }) }),
  }));
  const summary = await stalledRun(testPipeline().step("read", rowsStep(ROWS)).step("hang", hang).build());
  assertMatch(summary.error!.message, /step "hang" holds 1 row .* its process\(\) to return \(1 row\)/);
});

Deno.test("a step that hangs when it is closed as well does not keep the run", async () => {
  const hang = stepSpec(defineStep({
    ...step,
    kind: "row",
    open: () => ({ process: () => never(), close: () => never() }),
  }));
  const summary = await stalledRun(testPipeline().step("read", rowsStep(ROWS)).step("hang", hang).build());
  assertEquals(summary.error?.code, "run.stalled");
});

Deno.test("calls of ten minutes are no stall", async () => {
  await inFolder(async (folder) => {
    const clock = fakeClock();
    const model = modelDouble({
      answer: async (call) => {
        await clock.sleep(600_000);
        return await hashAnswer(call);
      },
    });
    const start = testPipeline({ timeout_ms: 900_000 });
    const pipeline = start.step("read", rowsStep(ROWS)).step("ask", stepSpec(askTask), {
      provider: "teacher",
    }).build();
    const handle = await startRun({ pipeline, registry: registryOf(model), runsDir: folder, clock });
    const summary = await pump(clock, handle);
    assertEquals([summary.status, summary.rows.kept], ["done", 3]);
    assert(summary.elapsed_ms >= 600_000);
  });
});

Deno.test("a row under a time limit of its step is no stall, and fails when the limit is over", async () => {
  const pipeline = testPipeline().step("read", rowsStep(ROWS)).step(
    "hang",
    rowStep((row) => row.prompt === "p1" ? never() : pass(row)),
    { timeout_ms: 200_000 },
  ).build();
  const summary = await stalledRun(pipeline);
  assertEquals([summary.status, summary.rows.failed], ["done", { "step.timeout": 1 }]);
  assertEquals(summary.rows.kept, 2);
});

Deno.test("watchdog.stall_seconds: 0 waits for ever", async () => {
  await inFolder(async (folder) => {
    const clock = fakeClock();
    const pipeline = testPipeline({ stall_seconds: 0 }).step("read", rowsStep(ROWS)).step(
      "hang",
      rowStep((_row) => new Promise((resolve) => release.push(() => resolve(pass({}))))),
    ).build();
    const release: (() => void)[] = [];
    const handle = await startRun({ pipeline, registry: registryOf(modelDouble()), runsDir: folder, clock });
    while (release.length < 3) await new Promise<void>((resolve) => soon(resolve));
    await clock.advance(10_000_000);
    const hanging = handle.progress().steps[1]!;
    assertEquals([hanging.in_flight, hanging.waiting_for], [3, [{ on: "process", count: 3 }]]);
    for (const resolve of release) resolve();
    assertEquals((await handle.result).status, "done");
  });
});

Deno.test("a step whose work is done elsewhere is not taken for one that hangs, as long as it says so", async () => {
  const run = async (saysSo: boolean) => {
    const gather = stepSpec(defineStep({
      ...step,
      kind: "global",
      open: (_config, { atWork }) => ({
        process: async function* (rows, signal) {
          const all = await Array.fromAsync(rows);
          // Ten parts of twenty seconds each, by the clock of the test.
          for (let part = 0; part < 10; part++) {
            for (let turn = 0; turn < 400; turn++) await new Promise<void>((resolve) => soon(resolve));
            signal.throwIfAborted();
            if (saysSo) atWork();
          }
          for (const { rowId, row } of all) yield { rowId, outcome: pass(row) };
        },
      }),
    }));
    const pipeline = testPipeline().step("read", rowsStep(ROWS)).step("gather", gather).build();
    const summary = await stalledRun(pipeline);
    return [summary.status, summary.error?.code];
  };
  assertEquals(await run(true), ["done", undefined]);
  assertEquals(await run(false), ["failed", "run.stalled"]);
});
