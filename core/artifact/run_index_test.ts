import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { temporaryFolder, writeSmallRun } from "./_fixtures/small_run.ts";
import { findRun, listRuns } from "./run_index.ts";

async function writeThree(runsDir: string): Promise<void> {
  await writeSmallRun({ runsDir, runId: "aa11", name: "text2sql", startedAt: "2026-01-01T00:00:00.000Z" });
  await writeSmallRun({ runsDir, runId: "aa22", name: "text2sql", startedAt: "2026-01-03T00:00:00.000Z" });
  await writeSmallRun({ runsDir, runId: "bb33", name: "gsm8k", startedAt: "2026-01-02T00:00:00.000Z" });
}

async function refusalOf(runsDir: string, wanted: string): Promise<FastDistillError> {
  const error = await assertRejects(() => findRun(runsDir, wanted), FastDistillError);
  assertEquals(error.code, "data.run_not_found");
  return error;
}

Deno.test("listRuns() lists the newest first and skips what is no run", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  await writeFile(join(folder.path, "effects.sqlite"), "");
  await mkdir(join(folder.path, "cache", "databases"), { recursive: true });
  await mkdir(join(folder.path, ".hidden", "stages"), { recursive: true });
  assertEquals((await listRuns(folder.path)).map(({ run_id }) => run_id), ["aa22", "bb33", "aa11"]);
  assertEquals(await listRuns(join(folder.path, "nowhere")), []);
});

Deno.test("listRuns() says where a run is now, not where it was written", async () => {
  await using folder = await temporaryFolder();
  const { dir } = await writeSmallRun({ runsDir: folder.path, runId: "aa11" });
  const moved = join(folder.path, "archive", "aa11");
  await mkdir(join(folder.path, "archive"));
  await rename(dir, moved);
  assertEquals((await listRuns(join(folder.path, "archive"))).map(({ run_dir }) => run_dir), [moved]);
});

Deno.test("listRuns() lists a damaged run as failed, with the error", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  const path = join(folder.path, "aa22", "run.json");
  const text = await readFile(path, "utf8");
  const damages: readonly (readonly [string, string])[] = [
    ["{", "data.invalid_manifest"],
    ["[]", "data.invalid_manifest"],
    ["{}", "data.invalid_manifest"],
    [text.replace('"kept": 7', '"kept": 8'), "data.digest_mismatch"],
  ];
  for (const [damage, code] of damages) {
    await writeFile(path, damage);
    const run = (await listRuns(folder.path)).find(({ run_id }) => run_id === "aa22")!;
    assertEquals([run.status, run.error?.code, run.partial], ["failed", code, true]);
  }
});

Deno.test("listRuns() lists a run that was cut off as interrupted", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "cc44", "stages"), { recursive: true });
  const [run] = await listRuns(folder.path);
  assertEquals([run!.run_id, run!.status, run!.error?.code], ["cc44", "interrupted", "run.incomplete"]);
});

Deno.test("findRun() finds by id, beginning, name and latest", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  for (
    const [wanted, id] of [["aa11", "aa11"], ["b", "bb33"], ["text2sql", "aa22"], ["latest", "aa22"]] as const
  ) {
    assertEquals((await findRun(folder.path, wanted)).run_id, id);
  }
});

Deno.test("findRun() says which runs a beginning fits", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  const { message, hint } = await refusalOf(folder.path, "aa");
  assertEquals(message, '"aa" is ambiguous: the ids of 2 runs begin with it');
  assertEquals(hint, "They are: aa22 (text2sql), aa11 (text2sql)");
});

Deno.test("findRun() proposes the nearest id or name", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  const near = async (wanted: string) => (await refusalOf(folder.path, wanted)).message;
  assertEquals(await near("text2sq"), 'No run has the id or name "text2sq"; did you mean "text2sql"?');
  assertEquals(await near("bb34"), 'No run has the id or name "bb34"; did you mean "bb33"?');
  assertEquals(await near("zzzz"), 'No run has the id or name "zzzz"');
  assertEquals(
    (await refusalOf(folder.path, "zzzz")).hint,
    "Newest: aa22 (text2sql), bb33 (gsm8k), aa11 (text2sql)",
  );
});

Deno.test("findRun() says when there is no run at all", async () => {
  await using folder = await temporaryFolder();
  const { message } = await refusalOf(join(folder.path, "runs"), "latest");
  assertEquals(message, `No run is in ${join(folder.path, "runs")}`);
});
