import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { FastDistillError } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import { sha256 } from "../record/mod.ts";
import { temporaryFolder } from "./_fixtures/small_run.ts";
import { openEventLog } from "./event_log.ts";
import { runLayout } from "./run_layout.ts";

const warning = (at: number): RunEvent => ({ type: "warning", at, code: "w", message: `Number ${at}` });
const failed: RunEvent = {
  type: "row_failed",
  at: 1,
  step: "s",
  row_id: "r",
  code: "step.parse",
  message: "\u00e9",
};

Deno.test("openEventLog() writes one line for each event", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const log = await openEventLog(layout);
  for (let count = 0; count < 900; count++) log.sink(failed);
  log.sink(warning(2));
  const file = await log.close();
  const text = await readFile(layout.events, "utf8");
  assertEquals(text, (JSON.stringify(failed) + "\n").repeat(900) + JSON.stringify(warning(2)) + "\n");
  assertEquals(file, { role: "events", name: "events", path: "events.jsonl", sha256: sha256(text) });
});

Deno.test("openEventLog() counts a flood of events that are alike, and says at the end how many it left out", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const log = await openEventLog(layout);
  for (let count = 0; count < 100_000; count++) log.sink(failed);
  log.sink({ ...failed, code: "step.failed" });
  log.sink({ type: "run_finished", at: 9, run_id: "r1", status: "failed" });
  await log.close();
  const lines = (await readFile(layout.events, "utf8")).trim().split("\n");
  assertEquals(lines.length, 1_003);
  assertEquals(lines.slice(-2).map((line) => JSON.parse(line)), [
    { type: "events_omitted", at: 9, of: "row_failed", from: "s", code: "step.parse", count: 99_000 },
    { type: "run_finished", at: 9, run_id: "r1", status: "failed" },
  ]);
});

Deno.test("openEventLog() shows events that are rare at once", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const log = await openEventLog(layout);
  log.sink(failed);
  log.sink(warning(1));
  assertEquals((await readFile(layout.events, "utf8")).split("\n").length, 3);
  await log.close();
});

Deno.test("openEventLog() goes on after earlier executions, also after one that ended inside a line", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  await mkdir(layout.dir);
  await writeFile(layout.events, '{"type":"warning"}\n{"type":"warn');
  for (const at of [1, 2]) {
    const log = await openEventLog(layout);
    log.sink(warning(at));
    await log.close();
  }
  const lines = (await readFile(layout.events, "utf8")).split("\n");
  assertEquals(lines, [
    '{"type":"warning"}',
    '{"type":"warn',
    JSON.stringify(warning(1)),
    JSON.stringify(warning(2)),
    "",
  ]);
});

Deno.test("openEventLog() says when the file cannot be opened", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  await mkdir(layout.events, { recursive: true });
  const error = await assertRejects(() => openEventLog(layout), FastDistillError);
  assertEquals(error.code, "data.write_failed");
});

Deno.test("openEventLog() takes no event after close", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const log = await openEventLog(layout);
  log.sink(warning(1));
  await log.close();
  log.sink(warning(2));
  assertEquals((await readFile(layout.events, "utf8")).split("\n").length, 2);
});
