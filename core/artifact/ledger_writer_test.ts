import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { FastDistillError } from "../errors/mod.ts";
import { sha256, sourceRowId } from "../record/mod.ts";
import { temporaryFolder } from "./_fixtures/small_run.ts";
import type { FailedRow, LedgerEntry } from "./ledger_entry.ts";
import { createLedgerWriter } from "./ledger_writer.ts";
import { type RunLayout, runLayout } from "./run_layout.ts";

const error = new FastDistillError("step.parse", "Read a number, found: many", { hint: "Mend the prompt" });

async function writeLedger(layout: RunLayout, entries: readonly LedgerEntry[], steps = ["teach", "keep"]) {
  const writer = await createLedgerWriter({ layout, steps });
  for (const entry of entries) await writer.write(entry);
  return await writer.close();
}

async function failureOf(failed: Partial<FailedRow>): Promise<Record<string, unknown>> {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  await writeLedger(layout, [{ state: "failed", step: "teach", rowId: "a", error, ...failed }]);
  return JSON.parse(await readFile(layout.failures, "utf8"));
}

Deno.test("createLedgerWriter() writes one line for each end, in the order given, a file for each step", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const files = await writeLedger(layout, [
    { state: "kept", step: "keep", rowId: "a" },
    { state: "failed", step: "teach", rowId: "b", error, attempts: 3 },
    { state: "rejected", step: "keep", rowId: "c", reason: "too_short", detail: "3 characters" },
    { state: "shed", step: "keep", rowId: "d", reason: "budget" },
  ]);
  const keep = '{"row_id":"a","state":"kept"}\n' +
    '{"row_id":"c","state":"rejected","reason":"too_short","detail":"3 characters"}\n' +
    '{"row_id":"d","state":"shed","reason":"budget"}\n';
  const teach = '{"row_id":"b","state":"failed","code":"step.parse","attempts":3}\n';
  assertEquals(await readFile(layout.ledgerFile("keep"), "utf8"), keep);
  assertEquals(await readFile(layout.ledgerFile("teach"), "utf8"), teach);
  const failures = await readFile(layout.failures, "utf8");
  assertEquals(JSON.parse(failures), {
    row_id: "b",
    step: "teach",
    attempts: 3,
    code: "step.parse",
    message: "Read a number, found: many",
    hint: "Mend the prompt",
  });
  assertEquals(files, [
    { role: "ledger", name: "teach", path: "ledger/teach.jsonl", rows: 1, sha256: sha256(teach) },
    { role: "ledger", name: "keep", path: "ledger/keep.jsonl", rows: 3, sha256: sha256(keep) },
    { role: "failures", name: "failures", path: "failures.jsonl", rows: 1, sha256: sha256(failures) },
  ]);
});

Deno.test("createLedgerWriter() orders failures by step, so that timing does not show", async () => {
  await using folder = await temporaryFolder();
  const [early, late] = [runLayout(folder.path, "early"), runLayout(folder.path, "late")];
  const failed = (step: string, rowId: string) => ({ state: "failed", step, rowId, error }) as const;
  await writeLedger(early, [failed("teach", "a"), failed("keep", "b"), failed("teach", "c")]);
  await writeLedger(late, [failed("keep", "b"), failed("teach", "a"), failed("teach", "c")]);
  assertEquals(await readFile(early.failures, "utf8"), await readFile(late.failures, "utf8"));
});

Deno.test("createLedgerWriter() replaces what an earlier execution left and leaves nothing beside it", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  await writeLedger(layout, [{ state: "failed", step: "teach", rowId: "b", error }]);
  const files = await writeLedger(layout, [{ state: "kept", step: "keep", rowId: "b" }]);
  assertEquals(await readdir(layout.ledgerDir), ["keep.jsonl"]);
  assertEquals(await readFile(layout.failures, "utf8"), "");
  assertEquals(files.map(({ path, rows }) => [path, rows]), [["ledger/keep.jsonl", 1], [
    "failures.jsonl",
    0,
  ]]);
  assertEquals((await readdir(layout.dir)).sort(), ["failures.jsonl", "ledger"]);
});

Deno.test("createLedgerWriter() aborts without a trace", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const writer = await createLedgerWriter({ layout, steps: ["keep"] });
  await writer.write({ state: "kept", step: "keep", rowId: "a" });
  await writer.abort();
  assertEquals(await readdir(layout.dir), []);
});

Deno.test("createLedgerWriter() grows hundreds of files past their buffers, also when nobody waits", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const steps = Array.from({ length: 300 }, (_, index) => `step_${index}`);
  const writer = await createLedgerWriter({ layout, steps });
  const pending: (void | Promise<void>)[] = [];
  for (let row = 0; row < 30_000; row++) {
    const step = row % 10 === 0 ? steps[row % 300]! : "step_0";
    pending.push(writer.write({ state: "kept", step, rowId: sourceRowId("s", row) }));
  }
  await Promise.all(pending);
  const files = await writer.close();
  const first = files.find(({ name }) => name === "step_0")!;
  const text = await readFile(layout.ledgerFile("step_0"), "utf8");
  assertEquals([first.sha256, first.rows], [sha256(text), text.split("\n").length - 1]);
  assert(text.length > 1_000_000, "the buffer was written many times");
  const ids = text.trimEnd().split("\n").map((line) => JSON.parse(line).row_id);
  const expected = Array.from({ length: 30_000 }, (_, row) => row).filter((row) =>
    row % 10 !== 0 || row % 300 === 0
  );
  assertEquals(ids, expected.map((row) => sourceRowId("s", row)));
});

Deno.test("createLedgerWriter() shows the failed row without its secrets", async () => {
  const failure = await failureOf({
    row: { question: "How many?", api_key: "sk-abcdefghijklmnop", n: 1 },
    evidence: "Bearer abcdefghijklmnop said no",
  });
  assertEquals(failure["row"], { question: "How many?", api_key: "[redacted]", n: 1 });
  assertEquals(failure["evidence"], "[redacted] said no");
  assertEquals(failure["row_cut"], undefined);
});

Deno.test("createLedgerWriter() cuts evidence and rows, never through a surrogate pair", async () => {
  const columns = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`c${index}`, "x".repeat(5_000)]),
  );
  const failure = await failureOf({
    evidence: "x".repeat(3_999) + "\u{1F600}".repeat(10),
    row: { ...columns, c1: [["y".repeat(5_000)]], c2: 5 },
  });
  assertEquals(failure["evidence"], "x".repeat(3_999));
  assertEquals(failure["row_cut"], true);
  const row = failure["row"] as Record<string, unknown>;
  assertEquals([Object.keys(row).length, row["c0"], row["c2"]], [100, "x".repeat(400), 5]);
  assertEquals(String(row["c1"]).slice(0, 4), '[["y');
});

Deno.test("createLedgerWriter() takes a failed row that is not JSON", async () => {
  const failure = await failureOf({ row: { half: "\ud800", not: NaN } });
  assertEquals(failure["row"], { half: "\ud800", not: null });
});

Deno.test("createLedgerWriter() refuses steps that it was not told of and names that no file can have", async () => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  const writer = await createLedgerWriter({ layout, steps: ["keep"] });
  assertThrows(() => writer.write({ state: "kept", step: "kep", rowId: "a" }), TypeError, 'step "kep"');
  await writer.abort();
  await assertRejects(() => createLedgerWriter({ layout, steps: ["../keep"] }), RangeError);
});
